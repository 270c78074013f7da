"""What an edit costs is said on the button that spends it, what failed cost nothing, and what is deleted can
be taken back for ten seconds."""

from playwright.sync_api import expect

from tests.support.fake_job import JobPlan
from tests.support.pages import USUAL, choose_example, describe, press_edit, upload_clip, wait_for_stage


def edit(app, new_page, **options):
    """A page whose edit by Segmind has been sent."""
    page = new_page(app.url, **options)
    upload_clip(page, "bunny_1280x720.mp4")
    describe(page, "Make it winter")
    press_edit(page)
    return page


def my_edits(page):
    page.get_by_role("tab", name="My edits").click()
    return page.locator("#history article")


def test_running_again_carries_its_price(paid, new_page):
    app, upstream = paid
    upstream.durations = (0.1, 0.2)
    page = edit(app, new_page)
    wait_for_stage(page, "COMPLETED")
    again = page.locator("#progress").get_by_role("button", name="Run again")
    expect(again).to_have_text("Run again, about $2.10")
    expect(my_edits(page).get_by_role("button", name="Run again")).to_have_text("Run again, about $2.10")


def test_a_failed_edit_cost_nothing_and_says_so(paid, new_page):
    app, upstream = paid
    upstream.next_jobs.append(JobPlan("FAILED"))
    page = edit(app, new_page)
    wait_for_stage(page, "FAILED")
    progress = page.locator("#progress")
    expect(progress.locator(".facts")).to_contain_text("Costnothing")
    expect(page.get_by_test_id("status")).to_contain_text("othing was charged")
    expect(progress.get_by_role("button", name="Try again")).to_have_text("Try again, about $2.10")
    card = my_edits(page).first
    expect(card.locator(".note").first).to_contain_text("nothing")
    for place in (progress, card):
        told = place.locator("dl, p").all_text_contents()
        assert not any("$2.10" in one for one in told), told


def test_forgetting_waits_ten_seconds_for_an_undo(studio, new_page, browser):
    context = browser.new_context(**USUAL)
    context.clock.install()
    page = new_page(studio.url, context=context)
    choose_example(page, "winter")
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    cards = my_edits(page)
    job_id = cards.first.get_attribute("data-testid").removeprefix("edit-")

    def hidden() -> bool:
        return bool(studio.rows("SELECT hidden FROM jobs WHERE job_id = ?", job_id)[0][0])

    forget, undo = (cards.get_by_role("button", name=name) for name in ("Forget", "Undo"))
    forget.click()
    expect(undo).to_be_focused()
    context.clock.fast_forward(9_000)
    assert not hidden()
    undo.click()
    context.clock.fast_forward(20_000)
    expect(forget).to_be_visible()
    assert not hidden()

    # A page that is closed meanwhile deletes nothing.
    forget.click()
    expect(undo).to_be_visible()
    page.close()
    page = new_page(studio.url, context=context)
    cards = my_edits(page)
    expect(cards).to_have_count(1)
    assert not hidden()

    cards.get_by_role("button", name="Forget").click()
    expect(cards.get_by_role("button", name="Undo")).to_be_visible()
    context.clock.fast_forward(10_000)
    expect(cards).to_have_count(0)
    assert hidden()
    context.close()
