"""The page's own fields, tabs and folds: by mouse, by keyboard, and what reaches the server."""

from pathlib import Path

from playwright.sync_api import expect

from tests.support.pages import (
    choose_example,
    choose_quick,
    describe,
    open_fold,
    press_edit,
    upload_clip,
    wait_for_stage,
)


def test_tabs_follow_the_arrow_keys_and_show_one_pane(studio, new_page):
    page = new_page(studio.url)
    page.get_by_role("tab", name="Edit", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Compare")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    expect(page.get_by_role("tabpanel", name="Compare")).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("tabpanel", name="Code")).to_be_visible()
    expect(page.locator("#code .cm-content")).to_contain_text("segmind")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tabpanel", name="Edit", exact=True)).to_be_visible()


def test_a_fold_says_whether_it_is_open(studio, new_page):
    page = new_page(studio.url)
    fold = page.get_by_role("button", name="Options")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_label("Shot type")).to_be_hidden()
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_label("Shot type")).to_be_visible()
    fold.press("Enter")
    expect(page.get_by_label("Shot type")).to_be_hidden()


def test_what_is_chosen_in_the_options_reaches_the_code(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    open_fold(page, "Options")
    page.get_by_label("Standard, faster and cheaper").check()
    page.get_by_label("9:16 tall").check()
    page.locator("#duration input[type=number]").fill("99")
    page.locator("#duration input[type=number]").blur()
    expect(page.locator("#duration input[type=number]")).to_have_value("5")
    page.get_by_role("tab", name="Code").click()
    for text in ("'9:16'", "'std'", "'5'"):
        expect(page.locator("#code .cm-content")).to_contain_text(text)


def test_a_key_chooses_kling_and_its_absence_the_free_engine(studio, new_page):
    page = new_page(studio.url)
    open_fold(page, "Engine and key")
    page.locator("#key input").fill("SG_0123456789abcdef")
    expect(page.get_by_label("Kling O3 on Segmind")).to_be_checked()
    expect(page.locator("#offer")).to_contain_text("$")
    page.locator("#key input").fill("")
    expect(page.get_by_label("Preview engine, free")).to_be_checked()
    expect(page.locator("#offer")).to_contain_text("free")


def test_results_can_be_taken_home(studio, new_page):
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "film noir")
    choose_quick(page)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    for name, beginning in (("Download the video", b"ftyp"), ("Download a contact sheet", b"PNG")):
        with page.expect_download() as waited:
            page.get_by_role("link", name=name).or_(page.get_by_role("button", name=name)).click()
        assert beginning in Path(waited.value.path()).read_bytes()[:16]
