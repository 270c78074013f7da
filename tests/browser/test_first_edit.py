"""From the first page to an edited clip, without a key and without reading anything."""

from playwright.sync_api import expect

from tests.support.pages import choose_example, edited_video_plays, press_edit, wait_for_stage


def test_an_example_becomes_an_edited_video_beside_its_original(studio, new_page):
    page = new_page(studio.url)
    choose_example(page, "winter")
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    after = edited_video_plays(page)
    assert after["error"] is None and after["moved"] > 0.2, after
    assert after["width"] / after["height"] == 16 / 9
    before = page.locator("#stage video.before")
    assert before.get_attribute("src") and before.get_attribute("src") != page.locator(
        "#stage video.after"
    ).get_attribute("src")
    expect(page.locator("#progress")).to_contain_text("free")


def test_the_page_says_what_will_run_before_anything_is_pressed(studio, new_page):
    page = new_page(studio.url)
    expect(page.locator("#offer")).to_contain_text("not Kling")
    expect(page.locator("#offer")).to_contain_text("free")
