"""My edits of a visitor who has five hundred of them."""

import time

from playwright.sync_api import expect

from tests.support.old_edits import add_old_edits
from tests.support.pages import choose_example, press_edit, stage

MANY = 500
TABLE = "() => [...document.querySelectorAll('#history article .prompt')].map(one => one.textContent)"


def test_five_hundred_edits_are_paged_and_found_by_word(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    press_edit(page)
    expect(stage(page)).to_be_visible()
    visitor = studio.rows("SELECT visitor FROM jobs ORDER BY created_at DESC LIMIT 1")[0][0]
    add_old_edits(studio, visitor, MANY - 1)

    cards, pages = page.locator("#history article"), page.locator("#history nav")
    began = time.monotonic()
    page.get_by_role("tab", name="My edits").click()
    expect(cards).to_have_count(20)
    assert time.monotonic() - began < 5
    expect(pages).to_have_text("Page 1 of 25, 500 editsOlder")
    expect(cards.nth(1)).to_contain_text("Edit 1:")

    page.get_by_role("button", name="Older").click()
    expect(pages).to_have_text("NewerPage 2 of 25, 500 editsOlder")
    expect(cards.first).to_contain_text("Edit 20:")
    page.get_by_role("button", name="Newer").click()
    expect(pages).to_have_text("Page 1 of 25, 500 editsOlder")
    page.get_by_role("button", name="Older").click()
    expect(pages).to_contain_text("Page 2 of 25")

    search = page.locator("#edits-search :is(input, textarea)")
    search.fill("leaves")
    expect(pages).to_have_text("Page 1 of 25, 494 editsOlder")
    search.fill("HERON")
    expect(cards).to_have_count(5)
    expect(pages).to_have_count(0)
    assert page.evaluate(TABLE) == [f"Edit {number}: a heron in winter" for number in (7, 107, 207, 307, 407)]
    search.fill("no such word")
    expect(page.locator("#history")).to_contain_text("No edit of this browser mentions “no such word”.")
    search.fill("")
    expect(pages).to_contain_text("500 edits")
