"""The stage: two videos in step behind one line; and the comparison of prompts."""

from playwright.sync_api import expect

from tests.support.pages import MOTION, PLAYS, choose_example, choose_quick


def test_a_visitor_sees_a_before_and_after_playing_at_once(studio, new_page):
    page = new_page(studio.url, **MOTION)
    for name in ("before", "after"):
        assert page.locator(f"#stage video.{name}").evaluate(PLAYS)["moved"] > 0.2
    expect(page.locator("#stage .caption")).to_contain_text("Made by the preview engine")


def test_the_line_moves_by_keyboard_and_by_drag(studio, new_page):
    page = new_page(studio.url, **MOTION)
    line = page.get_by_role("slider", name="Position of the line between original and edit")
    line.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(line).to_have_attribute("aria-valuenow", "60")
    box = page.locator("#stage .stage").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 80, steps=4)
    page.mouse.up()
    expect(line).to_have_attribute("aria-valuenow", "25")


def test_the_two_videos_stay_in_step(studio, new_page):
    page = new_page(studio.url, **MOTION)
    page.locator("#stage video.after").evaluate(PLAYS)
    page.wait_for_function(
        """() => { const drift = document.querySelector('#stage .wipe').dataset.drift;
      return drift !== undefined && Math.abs(Number(drift)) < 0.12; }""",
        timeout=15_000,
    )


def test_the_layout_can_be_side_by_side(studio, new_page):
    page = new_page(studio.url, **MOTION)
    page.get_by_role("button", name="Side by side").click()
    before, after = (page.locator(f"#stage video.{name}").bounding_box() for name in ("before", "after"))
    assert before["x"] + before["width"] <= after["x"] + 3
    expect(page.get_by_role("button", name="Side by side")).to_have_attribute("aria-pressed", "true")


def test_results_do_not_shift_the_page(studio, new_page):
    page = new_page(studio.url, **MOTION)
    choose_example(page, "gold")
    choose_quick(page)
    where = """() => { const stage = document.querySelector('#stage .stage').getBoundingClientRect();
      const button = document.querySelector('#edit-button').getBoundingClientRect();
      return [stage.width, stage.height, stage.x, button.top + scrollY, button.left]; }"""
    before = page.evaluate(where)
    page.locator("#edit-button").click()
    page.wait_for_selector("#progress .progress[data-stage=COMPLETED]", timeout=90_000)
    assert page.evaluate(where) == before


def test_three_prompts_on_one_clip_play_in_step(studio, new_page):
    page = new_page(studio.url, **MOTION)
    choose_example(page, "winter")
    choose_quick(page)
    page.get_by_role("tab", name="Compare").click()
    expect(page.locator("#compare-1 textarea")).to_have_value(
        "Make it winter: snow falling, the meadow white, cold light"
    )
    page.locator("#compare-2 textarea").fill("Film noir")
    page.locator("#compare-3 textarea").fill("Golden hour")
    page.locator("#compare-3 textarea").blur()
    expect(page.locator("#compare-offer")).to_contain_text("3 edits")
    page.get_by_role("button", name="Edit all").click()
    expect(page.locator("#compare-grid video")).to_have_count(3, timeout=150_000)
    page.wait_for_function(
        """() => { const all = [...document.querySelectorAll('#compare-grid video')];
      const times = all.map(v => v.currentTime);
      return Math.min(...times) > 0.2 && Math.max(...times) - Math.min(...times) < 0.25; }""",
        timeout=20_000,
    )
