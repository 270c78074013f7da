"""Results travel: wherever a result can be downloaded it is named after its clip and its prompt, and a
comparison is still there after a reload."""

import re

from playwright.sync_api import Page, expect

from tests.support.pages import (
    choose_example,
    choose_quick,
    describe,
    edited_video_plays,
    press_edit,
    wait_for_stage,
)

WINTER, NOIR = "Make it winter, with falling snow", "Make it film noir"


def name_of(page: Page, button) -> str:
    """Under which name the browser would save what `button` downloads. The file must hold something."""
    with page.expect_download() as begun:
        button.click()
    assert begun.value.path().stat().st_size > 10_000
    return begun.value.suggested_filename


def test_a_result_is_named_after_its_clip_and_its_prompt(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    choose_quick(page)
    describe(page, WINTER)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    name = name_of(page, page.locator("#download-video"))
    assert re.fullmatch(r"bunny-1280x720-winter-[a-z-]+\.mp4", name)
    expect(page.locator("#download-sheet")).to_be_enabled(timeout=60_000)
    assert name_of(page, page.locator("#download-sheet")) == name.replace(".mp4", ".png")
    page.get_by_role("tab", name="My edits").click()
    card = page.locator("#history article").first
    assert name_of(page, card.get_by_role("link", name="Download")) == name


def test_a_comparison_can_be_opened_downloaded_and_survives_a_reload(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    choose_quick(page)
    page.get_by_role("tab", name="Compare").click()
    for number, prompt in enumerate((WINTER, NOIR), start=1):
        page.locator(f"#compare-{number} textarea").fill(prompt)
    expect(page.locator("#compare-offer")).to_contain_text("2 edits")
    page.get_by_role("button", name="Edit all").click()
    videos = page.locator("#compare-grid video")
    expect(videos).to_have_count(2, timeout=120_000)

    page.reload()
    expect(videos).to_have_count(2)
    for number, prompt in enumerate((WINTER, NOIR), start=1):
        expect(page.locator(f"#compare-{number} textarea")).to_have_value(prompt)
        expect(page.get_by_test_id(f"cell-{number}")).to_contain_text(prompt)
    links = page.locator("#compare-grid").get_by_role("link", name="Download")
    expect(links).to_have_count(2)
    assert name_of(page, links.first).startswith("bunny-1280x720-winter")
    assert name_of(page, links.last) == "bunny-1280x720-film-noir.mp4"
    page.get_by_test_id("cell-2").get_by_role("button", name="Open").click()
    expect(page.locator("#stage .caption")).to_be_visible()
    wait_for_stage(page, "COMPLETED")
    assert edited_video_plays(page)["error"] is None


def test_one_edit_is_not_called_edits(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-offer")).to_contain_text("1 edit with")
    page.locator("#compare-2 textarea").fill(NOIR)
    expect(page.locator("#compare-offer")).to_contain_text("2 edits with")
