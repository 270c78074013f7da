"""An end in doubt, as the page tells it: what is checked, what is found, and what can be done."""

import pytest
from playwright.sync_api import expect

from tests.support.pages import describe, press_edit, stage, upload_clip, wait_for_stage
from tests.support.upstream_faults import answer, close_after_body


@pytest.fixture
def app(paid):
    _, upstream = paid
    upstream.history.kept = True
    yield paid
    upstream.history.kept, upstream.history.late = False, 0.0
    upstream.clear("status")


def test_a_lost_answer_is_checked_before_the_eyes_of_the_visitor(app, new_page):
    studio, upstream = app
    upstream.durations, upstream.history.late = (0.2, 0.5), 3.0
    upstream.script("submit", close_after_body())
    before = upstream.submits
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "Make it snow, and lose the answer")
    press_edit(page)
    expect(page.locator("#progress")).to_contain_text("Checking whether it was sent", timeout=30_000)
    expect(page.locator("#progress")).to_contain_text("Nothing is sent a second time")
    wait_for_stage(page, "COMPLETED")
    assert upstream.submits == before + 1


def test_an_expired_edit_is_looked_up_again_by_a_press(app, new_page):
    studio, upstream = app
    upstream.durations = (0.2, 600.0)
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "Make it snow, and forget the record")
    press_edit(page)
    wait_for_stage(page, "PROCESSING")
    upstream.history.late = 1e9
    upstream.always("status", answer(404, {"error": "Request not found"}))
    wait_for_stage(page, "EXPIRED")
    expect(page.locator("#progress")).to_contain_text("could not be fetched")
    upstream.history.late = 0.0
    upstream.finish(upstream.accepted[-1].id)
    page.get_by_role("button", name="Look again").click()
    wait_for_stage(page, "COMPLETED")
    expect(stage(page)).to_be_visible()
