"""Clips that a browser does not show, or does not take for one: each is shown by its still and can be edited."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.media_samples import clip
from tests.support.pages import describe, press_edit, stage, upload_clip

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
    expect(report).to_contain_text("3.2 s · 320 x 180, wide")
    expect(report).to_contain_text("This browser cannot play it here; it can be edited.")
    expect(report.get_by_text("This browser cannot play it here")).to_be_visible()
    expect(on_stage).to_have_attribute("data-state", "clip")
    expect(on_stage.locator(".caption")).to_contain_text("it can be edited")
    expect(report.locator("img.still")).to_be_visible(timeout=60_000)
    page.wait_for_function(f"({SHOWN})(document.querySelector('#clip-report img.still'))")
    expect(on_stage.locator("video.before")).to_have_attribute("poster", f"{page.url}gradio_api/file=")


@pytest.mark.parametrize("name", UNPLAYABLE)
def test_a_clip_that_cannot_be_played_shows_its_still(studio, new_page, clips, name):
    page = new_page(studio.url)
    page.locator("#clip input[type=file]").set_input_files(str(clips / name))
    shows_its_still(page, name)
    expect(page.locator(".toast-body")).to_have_count(0)
