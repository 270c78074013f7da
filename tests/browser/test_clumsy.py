"""A clumsy and an unlucky visitor: double clicks, changed minds, a restart, odd names, a spoilt browser
store."""

import re

import pytest
from playwright.sync_api import expect

from tests.support.fake_upstream import FakeUpstream
from tests.support.pages import (
    USUAL,
    choose_example,
    describe,
    open_fold,
    press_edit,
    stage,
    upload_clip,
    wait_for_stage,
)
from tests.support.studio_app import KEY, running_app
from tests.support.waiting import until


def test_every_way_of_pressing_twice_sends_once(paid, new_page):
    app, upstream = paid
    upstream.durations = (0.2, 0.5)
    before = upstream.submits
    page = new_page(app.url)
    upload_clip(page, "bunny_1280x720.mp4")  # longer than the five seconds that are priced
    describe(page, "Make it winter")
    page.evaluate("""() => {
      const area = document.querySelector('#prompt textarea');
      const button = document.querySelector('#edit-button');
      area.focus();
      area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, bubbles: true}));
      button.click(); button.click(); }""")
    page.locator("#edit-button").dblclick(force=True, no_wait_after=True)
    wait_for_stage(page, "COMPLETED")
    assert upstream.submits == before + 1
    first = page.locator("#progress .identity code").inner_text()
    page.locator("#progress").get_by_role("button", name="Run again, about $2.10").dblclick()
    expect(page.locator("#progress .identity code")).to_have_text(re.compile(f"^(?!{first})"), timeout=30_000)
    wait_for_stage(page, "COMPLETED")
    page.get_by_role("tab", name="My edits").click()
    expect(page.locator("#history article")).to_have_count(2)
    assert upstream.submits == before + 2


def test_what_is_no_longer_watched_does_not_come_back(paid, new_page):
    app, upstream = paid
    upstream.durations = (0.2, 0.5)
    page = new_page(app.url)
    upload_clip(page)
    describe(page, "The first")
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    upstream.durations = (0.5, 600.0)
    describe(page, "The second")
    press_edit(page)
    wait_for_stage(page, "PROCESSING")
    second = page.locator("#progress .identity code").inner_text()
    page.get_by_role("tab", name="My edits").click()
    page.locator("#history article").nth(1).get_by_role("button", name="Open").click()
    wait_for_stage(page, "COMPLETED")
    first = page.locator("#progress .identity code").inner_text()
    assert first != second
    # A list that is drawn anew says when the second is done; the page goes on showing the first.
    page.get_by_role("tab", name="My edits").click()
    expect(page.locator("#history article").first).to_contain_text("Editing")
    upstream.finish(second)

    def is_ready():
        page.get_by_role("tab", name="Edit", exact=True).click()
        page.get_by_role("tab", name="My edits").click()
        return "ready" in page.locator("#history article").first.inner_text()

    until(is_ready, seconds=90, every=0.25)
    assert page.locator("#progress .identity code").text_content() == first


def test_an_edit_that_lost_its_key_asks_for_it_and_goes_on(tmp_path, new_page, browser):
    with (
        FakeUpstream() as upstream,
        running_app(tmp_path, SEGMIND_BASE_URL=upstream.url, SEGMIND_STORAGE_URL=upstream.url) as app,
    ):
        upstream.durations = (0.3, 600.0)
        context = browser.new_context(**USUAL)
        page = new_page(app.url, context=context, quiet=True)
        upload_clip(page)
        describe(page, "Make it snow")
        open_fold(page, "Engine and key")
        page.locator("#key input").fill(KEY)
        expect(page.locator("#offer")).to_contain_text("charged to your key")
        press_edit(page)
        wait_for_stage(page, "PROCESSING")
        app.kill()
        page.close()
        app.start()
        back = new_page(app.url, context=context, quiet=True)
        expect(back.get_by_test_id("status")).to_contain_text("Waiting for your key")
        back.get_by_role("button", name="Go on with my key").first.click()
        expect(back.locator(".toast-body")).to_contain_text("Paste the key under Edit, Engine and key")
        open_fold(back, "Engine and key")
        back.locator("#key input").fill(KEY)
        upstream.finish(next(iter(upstream.jobs)))
        back.get_by_role("button", name="Go on with my key").first.click()
        wait_for_stage(back, "COMPLETED")
        assert upstream.submits == 1
        assert KEY not in back.evaluate("JSON.stringify({...localStorage})")
        context.close()


@pytest.mark.parametrize("spoilt", ['"spoilt"', "null", "{", "", '{"a": [1]}', "x" * 100_000])
def test_a_spoilt_browser_store_is_a_new_visitor(paid, new_page, spoilt):
    app, upstream = paid
    upstream.durations = (0.2, 0.5)
    page = new_page(app.url, quiet=True)
    page.evaluate("value => { localStorage.setItem('studio_visitor', value) }", spoilt)
    page.reload()
    page.wait_for_selector("#edit-button")
    choose_example(page, "winter")
    press_edit(page)
    expect(stage(page)).to_be_visible(timeout=15_000)
