"""Help under the prompt: chips, starters, the count, Ctrl+Enter."""

from playwright.sync_api import expect

from tests.support.pages import choose_example, describe, open_fold, said, stage, upload_clip
from tests.support.studio_app import REFS


def test_a_chip_is_inserted_at_the_cursor(studio, new_page):
    page = new_page(studio.url)
    open_fold(page, "Pictures to use")
    page.locator("#references .images input[type=file]").set_input_files(
        [str(REFS / "sunset.jpg"), str(REFS / "coffee_600x400.png")]
    )
    chip = page.locator("#prompt-tools .chip", has_text="@Image2")
    expect(chip).to_be_visible(timeout=15_000)
    describe(page, "Use as the sky")
    page.locator("#prompt textarea").evaluate("box => box.setSelectionRange(3, 3)")
    chip.click()
    expect(page.locator("#prompt textarea")).to_have_value("Use @Image2 as the sky")
    expect(page.locator("#prompt-tools .warning")).to_be_empty()


def test_a_starter_fills_the_prompt_and_the_count_follows(studio, new_page):
    page = new_page(studio.url)
    page.locator("#prompt-tools").get_by_role("button", name="Weather").click()
    page.get_by_role("button", name="Autumn: red and golden leaves").click()
    expect(page.locator("#prompt textarea")).to_have_value(
        "Autumn: red and golden leaves drifting through the frame"
    )
    expect(page.locator("#prompt-tools .count")).to_have_text("56 / 2,500")


def test_ctrl_enter_edits_what_was_just_typed(studio, new_page):
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "Make it film noir")
    page.locator("#prompt textarea").press("Control+Enter")
    expect(stage(page)).to_be_visible(timeout=15_000)
    expect(said(page, "prompt")).to_have_count(0)


def test_elements_can_be_named_reordered_and_removed_without_losing_text(studio, new_page):
    page = new_page(studio.url)
    open_fold(page, "Pictures to use")
    page.get_by_role("button", name="Add an element").click()
    first = page.get_by_test_id("element-1")
    first.get_by_label("Name of element 1").fill("Astronaut")
    first.get_by_label("Front view: choose files").set_input_files(str(REFS / "astronaut_512x512.png"))
    expect(first.locator("img")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Add another element").click()
    page.get_by_label("Name of element 2").fill("The coffee cup")
    page.get_by_test_id("element-2").locator("input[type=file]").first.set_input_files(
        str(REFS / "coffee_600x400.png")
    )
    expect(page.get_by_test_id("element-2").locator("img")).to_be_visible(timeout=15_000)
    expect(page.get_by_label("Name of element 2")).to_have_value("The coffee cup")
    page.get_by_role("button", name="Move element 2 up").click()
    expect(page.get_by_label("Name of element 1")).to_have_value("The coffee cup")
    expect(page.get_by_label("Name of element 2")).to_have_value("Astronaut")
    page.get_by_role("button", name="Remove element 1").click()
    expect(page.get_by_label("Name of element 1")).to_have_value("Astronaut")
    expect(page.locator("#prompt-tools .chip")).to_have_count(1)


def test_ten_elements_are_the_most(studio, new_page):
    page = new_page(studio.url)
    open_fold(page, "Pictures to use")
    page.get_by_role("button", name="Add an element").click()
    for _ in range(9):
        page.get_by_role("button", name="Add another element").click()
    expect(page.get_by_test_id("element-10")).to_be_visible()
    expect(page.get_by_role("button", name="Add another element")).to_have_count(0)


def test_an_examples_pictures_are_known_without_opening_anything(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "mountains")
    expect(page.locator("#prompt-tools .chip")).to_have_text(["@Image1"])
    expect(page.locator("#prompt-tools .warning")).to_be_empty()
    choose_example(page, "winter")
    expect(page.locator("#prompt-tools .chip")).to_have_count(0)
