"""The clip keeps its shape and its length: what is chosen is what is edited, and a change is said before."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.media_samples import clip
from tests.support.pages import describe, edited_video_plays, open_fold, press_edit, wait_for_stage


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """`phone.mp4`, 9:16 and 3.9 s; `square.mp4`, 1:1 and 3 s; `long.mp4`, 16:9 and 7 s."""
    folder = tmp_path_factory.mktemp("clips")
    clip(folder / "phone.mp4", 360, 640, 3.9)
    clip(folder / "square.mp4", 480, 480, 3)
    clip(folder / "long.mp4", 320, 180, 7)
    return folder


def choose(page: Page, path: Path) -> None:
    """Choose a clip, instead of another one if there is one, and wait for what is said of it."""
    if page.locator("#clip video").count():
        page.locator("#clip").get_by_role("button", name="Clear").click()
    page.locator("#clip input[type=file]").set_input_files(str(path))
    expect(page.locator("#clip-report b")).to_have_text(path.name)


def test_a_phone_clip_is_edited_as_one(studio, new_page, clips):
    page = new_page(studio.url)
    choose(page, clips / "phone.mp4")
    expect(page.locator("#clip-report")).to_contain_text("Edited as 9:16, the shape of the clip.")
    expect(page.locator("#clip-report .cut")).to_have_count(0)
    open_fold(page, "Options")
    expect(page.get_by_label("Same as the clip")).to_be_checked()
    page.get_by_label("Standard, faster and cheaper").check()
    describe(page, "film noir")
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    edited = edited_video_plays(page)
    assert edited["width"] / edited["height"] == 9 / 16


def test_what_another_shape_cuts_away_is_shown_before_the_press(studio, new_page, clips):
    page = new_page(studio.url)
    choose(page, clips / "phone.mp4")
    open_fold(page, "Options")
    page.get_by_label("16:9 wide").check()
    expect(page.locator("#clip-report .cut")).to_contain_text("68 % of the picture is cut away")
    framed = page.locator("#clip-report img.still.framed")
    expect(framed).to_be_visible(timeout=30_000)
    page.wait_for_function("document.querySelector('#clip-report img.still.framed').naturalWidth > 0")
    assert framed.bounding_box()["y"] < page.locator("#edit-button").bounding_box()["y"]
    page.get_by_label("Same as the clip").check()
    expect(page.locator("#clip-report")).to_contain_text("Edited as 9:16")
    expect(framed).to_have_count(0)


def test_a_square_clip_stays_square(studio, new_page, clips):
    page = new_page(studio.url)
    choose(page, clips / "square.mp4")
    expect(page.locator("#clip-report")).to_contain_text("Edited as 1:1, the shape of the clip.")
    page.get_by_role("tab", name="Code").click()
    expect(page.locator("#code .cm-content")).to_contain_text("'1:1'")


def test_the_duration_follows_the_length_of_the_clip(studio, new_page, clips):
    page = new_page(studio.url)
    open_fold(page, "Options")
    slider, number = (page.locator(f"#duration input[type={kind}]") for kind in ("range", "number"))
    choose(page, clips / "phone.mp4")
    expect(slider).to_have_attribute("max", "4")
    expect(number).to_have_value("4")
    choose(page, clips / "long.mp4")
    expect(slider).to_have_attribute("max", "7")
    number.fill("7")
    number.blur()
    expect(number).to_have_value("7")
    expect(page.locator("#clip-report b")).to_have_text("long.mp4")
    choose(page, clips / "phone.mp4")
    expect(slider).to_have_attribute("max", "4")
    expect(number).to_have_value("4")
