"""Clips that a browser does not show, or does not take for one: each has its still and can be edited."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.media_samples import clip
from tests.support.pages import (
    PLAYS,
    USUAL_CLIP,
    choose_quick,
    describe,
    edited_video_plays,
    press_edit,
    upload_clip,
    wait_for_stage,
)

SHOWN = "node => node.complete && node.naturalWidth > 0"
DROP = """async ([place, name, type, url]) => {
  const bytes = await (await fetch(url)).arrayBuffer();
  const carrier = new DataTransfer();
  carrier.items.add(new File([bytes], name, {type}));
  const target = document.querySelector(place);
  const told = {bubbles: true, cancelable: true, composed: true, dataTransfer: carrier};
  const over = !target.dispatchEvent(new DragEvent('dragover', told));
  return [over, !target.dispatchEvent(new DragEvent('drop', told))];
}"""
"""Drops a file; answers whether the page took the dragging and the drop, which the browser would else act
on."""
UNPLAYABLE = ("hevc.mp4", "prores.mov", "old.avi", "old.mpg", "moving.gif")


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """Clips of 3.2 s, 320 x 180, of the kinds that UNPLAYABLE names, and `plain.mkv`."""
    folder = tmp_path_factory.mktemp("clips")
    size = 320, 180, 3.2, 25
    clip(folder / "hevc.mp4", *size, codec="libx265")
    clip(folder / "prores.mov", 320, 180, 3.2, 10, codec="prores_ks", pix_fmt="yuv422p10le")
    clip(folder / "old.avi", *size, codec="mpeg4")
    clip(folder / "old.mpg", *size, codec="mpeg2video", container="mpeg", bitrate=400_000)
    clip(folder / "moving.gif", 320, 180, 3.2, 10, codec="gif", pix_fmt="rgb8")
    clip(folder / "plain.mkv", *size)
    return folder


def shows_its_still(page: Page, name: str) -> None:
    """The report and the stage show a still of the clip `name` and say that it can be edited."""
    report, on_stage = page.locator("#clip-report"), page.locator("#stage .wipe")
    expect(report.locator("b")).to_have_text(name)
    expect(report).to_contain_text(re.compile(r"3\.\d s · 320 x 180, wide"))
    expect(report).to_contain_text("This browser cannot play it here; it can be edited.")
    expect(report.get_by_text("This browser cannot play it here")).to_be_visible()
    expect(on_stage).to_have_attribute("data-state", "clip")
    expect(on_stage.locator(".caption")).to_contain_text("it can be edited")
    expect(report.locator("img.still")).to_be_visible(timeout=60_000)
    page.wait_for_function(f"({SHOWN})(document.querySelector('#clip-report img.still'))")
    expect(on_stage.locator("video.before")).to_have_attribute("poster", re.compile("gradio_api/file=.*jpg"))


@pytest.mark.parametrize("name", UNPLAYABLE)
def test_a_clip_that_cannot_be_played_shows_its_still(studio, new_page, clips, name):
    page = new_page(studio.url)
    page.locator("#clip input[type=file]").set_input_files(str(clips / name))
    shows_its_still(page, name)
    expect(page.locator(".toast-body")).to_have_count(0)


def test_it_is_edited_all_the_same(studio, new_page, clips):
    page = new_page(studio.url)
    page.locator("#clip input[type=file]").set_input_files(str(clips / "old.avi"))
    expect(page.locator("#clip-report b")).to_have_text("old.avi")
    describe(page, "film noir")
    choose_quick(page)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    assert edited_video_plays(page)["moved"] > 0.2
    assert page.locator("#stage video.before").evaluate(PLAYS)["moved"] > 0.2


def test_a_file_of_which_the_system_knows_no_type_can_be_chosen(studio, new_page, clips):
    page = new_page(studio.url)
    file = {"name": "plain.mkv", "mimeType": "", "buffer": (clips / "plain.mkv").read_bytes()}
    page.locator("#clip input[type=file]").set_input_files(file)
    expect(page.locator("#clip-report b")).to_have_text("plain.mkv")


@pytest.mark.parametrize("place", ["#clip .upload-container button", "#masthead h1", "#stage .stage"])
def test_a_dropped_file_is_taken_wherever_it_falls(studio, new_page, clips, place):
    page = new_page(studio.url)
    page.route("**/dropped.mkv", lambda route: route.fulfill(path=clips / "plain.mkv"))
    page.wait_for_selector("#clip input[type=file]", state="attached")
    assert page.evaluate(DROP, [place, "holiday.mkv", "", f"{studio.url}/dropped.mkv"]) == [True, True]
    expect(page.locator("#clip-report b")).to_have_text("holiday.mkv")
    assert page.url.rstrip("/") == studio.url


def test_another_file_dropped_beside_the_field_replaces_the_clip(studio, new_page, clips):
    page = new_page(studio.url)
    page.route("**/dropped.gif", lambda route: route.fulfill(path=clips / "moving.gif"))
    upload_clip(page)
    expect(page.locator("#clip-report b")).to_have_text(USUAL_CLIP)
    told = ["#masthead h1", "moving.gif", "image/gif", f"{studio.url}/dropped.gif"]
    assert page.evaluate(DROP, told) == [True, True]
    expect(page.locator("#clip-report b")).to_have_text("moving.gif")


def test_a_dropped_text_changes_nothing(studio, new_page):
    page = new_page(studio.url)
    page.route("**/dropped.txt", lambda route: route.fulfill(body="a text"))
    told = ["#masthead h1", "notes.txt", "text/plain", f"{studio.url}/dropped.txt"]
    assert page.evaluate(DROP, told) == [True, True]
    expect(page.locator("#clip input[type=file]")).to_be_attached()
    assert page.url.rstrip("/") == studio.url


def test_a_clip_is_chosen_without_a_program_from_elsewhere(studio, new_page):
    page = new_page(studio.url)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    upload_clip(page)
    expect(page.locator("#clip-report b")).to_be_visible()
    page.locator("#clip video").evaluate(PLAYS)
    assert [
        url for url in asked if "ffmpeg" in url or not url.startswith((studio.url, "blob:", "data:"))
    ] == []
    page.locator("#clip").hover()
    expect(page.get_by_role("button", name="Clear")).to_be_visible()
    expect(page.locator("#clip").get_by_role("button", name=re.compile("trim", re.IGNORECASE))).to_have_count(
        0
    )


def test_a_recording_without_a_camera_is_refused_calmly(studio, new_page):
    page = new_page(studio.url)
    page.get_by_role("button", name="Capture from camera").click()
    page.get_by_role("button", name="Click to Access Webcam").click()
    expect(page.locator("#clip-said")).to_contain_text("No camera could be used.")
    page.get_by_role("button", name="Upload file").click()
    upload_clip(page)
    expect(page.locator("#clip-report b")).to_be_visible()
