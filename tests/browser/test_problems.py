"""Nothing is refused in silence: what is wrong is said at its field and beside the button, wherever the field
stands, and is gone when it is put right."""

import pytest
from playwright.sync_api import Page, expect

from tests.support.pages import describe, open_fold, press_edit, said, stage, upload_clip
from tests.support.studio_app import KEY, REFS


def bad_key(page: Page) -> None:
    open_fold(page, "Engine and key")
    page.locator("#key input").fill("my password")
    page.get_by_label("Kling O3 on Segmind").check()
    expect(page.locator("#offer")).to_contain_text("Kling O3 on Segmind")
    open_fold(page, "Engine and key")


def no_picture(page: Page) -> None:
    open_fold(page, "Pictures to use")
    page.get_by_role("button", name="Add an element").click()
    expect(page.get_by_test_id("element-1")).to_be_visible()
    open_fold(page, "Pictures to use")


def no_shot_type(page: Page) -> None:
    open_fold(page, "Options")
    page.get_by_label("Shot type").fill("")
    page.get_by_label("Shot type").blur()
    open_fold(page, "Options")


def good_engine(page: Page) -> None:
    page.get_by_label("Preview engine, free").check()


def picture(page: Page) -> None:
    page.get_by_test_id("element-1").get_by_label("Front view: choose files").set_input_files(
        str(REFS / "astronaut_512x512.png")
    )
    expect(page.get_by_test_id("element-1").locator("img")).to_be_visible()


def shot_type(page: Page) -> None:
    page.get_by_label("Shot type").fill("customize")


@pytest.mark.parametrize(
    ("name", "spoil", "block", "sentence", "mend"),
    [
        ("key", bad_key, "#key", "does not look like a Segmind key", good_engine),
        ("references", no_picture, "#references", "no frontal picture", picture),
        ("shot_type", no_shot_type, "#shot-type", "is empty or too long", shot_type),
    ],
)
def test_a_problem_in_a_closed_fold_is_shown(studio, new_page, name, spoil, block, sentence, mend):
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "Make it winter with @Element1" if name == "references" else "Make it winter")
    spoil(page)
    expect(page.locator(block)).to_be_hidden()
    press_edit(page)
    expect(said(page, name)).to_contain_text(sentence)
    expect(page.locator("#problems [role=alert]")).to_contain_text("Nothing was sent.")
    expect(page.locator(block)).to_be_in_viewport()
    expect(page.locator(f"{block} :focus")).to_have_count(1)
    expect(page.locator(f"{block} div.validation-error")).to_contain_text(sentence)
    expect(page.locator(f"{block} div.validation-error")).to_be_visible()
    page.locator("#masthead h1").scroll_into_view_if_needed()
    page.locator("#prompt textarea").focus()
    said(page, name).click()
    expect(page.locator(block)).to_be_in_viewport()
    expect(page.locator(f"{block} :focus")).to_have_count(1)
    mend(page)
    press_edit(page)
    expect(stage(page)).to_be_visible(timeout=30_000)
    expect(page.locator("#problems [data-field]")).to_have_count(0)
    expect(page.locator("div.validation-error:visible")).to_have_count(0)


def test_all_that_is_wrong_is_said_at_once_and_stays(studio, new_page):
    page = new_page(studio.url)
    press_edit(page)
    told = page.locator("div.validation-error:visible")
    expect(told).to_have_count(2)
    expect(page.locator("#clip div.validation-error")).to_contain_text("No clip was given.")
    # Gradio takes its messages away at the next event, whichever it is: none may follow by itself.
    page.wait_for_timeout(1500)
    expect(told).to_have_count(2)
    expect(page.locator("#prompt textarea")).to_be_focused()


def test_the_message_at_the_clip_goes_when_a_clip_is_chosen(studio, new_page):
    page = new_page(studio.url)
    describe(page, "Make it winter")
    press_edit(page)
    expect(page.locator("#clip div.validation-error")).to_be_visible()
    upload_clip(page)
    expect(page.locator("#clip div.validation-error")).to_have_count(0)


def test_only_what_has_the_form_of_a_key_chooses_kling(studio, new_page):
    page = new_page(studio.url)
    open_fold(page, "Engine and key")
    key, kling = page.locator("#key input"), page.get_by_label("Kling O3 on Segmind")
    expect(key).to_have_attribute("autocomplete", "new-password")
    for wrong in ("hunter2", KEY[:-1], KEY + "0", "sg_0123456789abcdef"):
        key.fill(wrong)
        expect(page.locator("#hints")).to_contain_text("no Segmind key")
        expect(kling).not_to_be_checked()
        key.fill("")
        expect(page.locator("#hints")).not_to_contain_text("no Segmind key")
    key.fill(KEY)
    expect(kling).to_be_checked()
