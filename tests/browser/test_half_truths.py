"""A preview edit that did only a part of what was asked says so wherever it is shown, with what is
missing."""

from playwright.sync_api import expect

from tests.support.pages import choose_example, choose_quick, describe, press_edit, wait_for_stage

PARTLY = "Make it winter and add a red hat"


def test_what_was_left_undone_is_said_everywhere(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    choose_quick(page)
    describe(page, PARTLY)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    expect(page.get_by_test_id("status").locator("b")).to_have_text("Only partly done")
    undone = page.locator("#progress .cannot")
    expect(undone).to_contain_text("hat")
    sentence = undone.inner_text()

    page.get_by_role("tab", name="My edits").click()
    card = page.locator("#history article").first
    expect(card).to_contain_text("Only partly done")
    expect(card).to_contain_text(sentence)

    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-1 textarea")).to_have_value(PARTLY)
    page.get_by_role("button", name="Edit all").click()
    cell = page.get_by_test_id("cell-1")
    expect(cell.locator("video")).to_be_visible(timeout=90_000)
    expect(cell.locator("b")).to_have_text("Only partly done")
    expect(cell).to_contain_text(sentence)
