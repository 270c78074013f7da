"""Reload, close and come back, a second tab: the page shows the running job again, and nothing is sent
twice."""

from playwright.sync_api import expect

from tests.support.pages import (
    USUAL,
    choose_example,
    choose_quick,
    describe,
    edited_video_plays,
    press_edit,
    stage,
    upload_clip,
    wait_for_stage,
)


def test_a_reload_while_it_runs_shows_it_again_and_charges_once(paid, new_page, browser):
    app, upstream = paid
    upstream.durations = (1.0, 600.0)
    before = upstream.submits
    page = new_page(app.url)
    upload_clip(page)
    describe(page, "Make it winter")
    press_edit(page)
    expect(stage(page)).to_be_visible()
    page.reload()
    wait_for_stage(page, "PROCESSING")
    page.reload()
    wait_for_stage(page, "PROCESSING")
    upstream.finish(upstream.accepted[-1].id)
    wait_for_stage(page, "COMPLETED")
    assert edited_video_plays(page)["moved"] > 0
    assert upstream.submits == before + 1


def test_closing_the_tab_loses_nothing(paid, browser, new_page):
    app, upstream = paid
    upstream.durations = (0.5, 2.0)
    before = upstream.submits
    context = browser.new_context(**USUAL)
    page = new_page(app.url, context=context)
    upload_clip(page)
    describe(page, "Make it autumn")
    press_edit(page)
    expect(stage(page)).to_be_visible()
    page.close()
    back = new_page(app.url, context=context)
    wait_for_stage(back, "COMPLETED")
    assert upstream.submits == before + 1
    context.close()


def test_a_second_tab_sees_the_same_job_and_another_browser_does_not(paid, browser, new_page):
    app, upstream = paid
    upstream.durations = (0.5, 4.0)
    context = browser.new_context(**USUAL)
    first = new_page(app.url, context=context)
    upload_clip(first)
    describe(first, "Make it noir")
    press_edit(first)
    wait_for_stage(first, "PROCESSING")
    second = new_page(app.url, context=context)
    expect(stage(second)).to_be_visible()
    stranger = new_page(app.url)
    expect(stranger.locator("#offer")).to_contain_text("paid by the owner")
    expect(stage(stranger)).to_be_hidden()
    wait_for_stage(second, "COMPLETED")
    wait_for_stage(first, "COMPLETED")
    context.close()


def test_my_edits_lists_it_and_reuses_its_settings(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    choose_quick(page)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    page.get_by_role("tab", name="My edits").click()
    card = page.locator("#history article").first
    expect(card).to_contain_text("winter")
    expect(card).to_contain_text("free")
    card.get_by_role("button", name="Use as next source").click()
    expect(page.locator("#prompt textarea")).to_have_value("")
    expect(page.locator("#clip video")).to_be_visible()
    page.get_by_role("tab", name="My edits").click()
    page.locator("#history article").first.get_by_role("button", name="Reuse settings").click()
    expect(page.locator("#prompt textarea")).to_have_value(
        "Make it winter: snow falling, the meadow white, cold light"
    )
    page.get_by_role("tab", name="My edits").click()
    page.locator("#history article").first.get_by_role("button", name="Forget").click()
    expect(page.locator("#history article")).to_have_count(0)
