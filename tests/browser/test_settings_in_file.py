"""A result that is dropped on the page offers the settings that made it; a press fills the form, no more."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from modules.edit.file_settings import settings_tags
from modules.edit.request import EditRequest
from modules.media.fit.file_tags import tag
from modules.media.read.clip import probe
from tests.support.pages import (
    USUAL_CLIP,
    choose_quick,
    describe,
    open_fold,
    press_edit,
    upload_clip,
    wait_for_stage,
)
from tests.support.studio_app import CLIPS

PROMPT = """<script>document.title = 'owned'</script> "quoted" & 'single' <img src=x onerror=alert(1)> 雪
and a second line"""
ASKED = EditRequest(
    prompt=PROMPT, mode="std", duration="4", aspect_ratio="9:16", keep_audio=True, shot_type="wide"
)
DROP = """async ([name, address]) => {
  const file = new File([await (await fetch(address)).blob()], name, {type: 'video/mp4'});
  const data = new DataTransfer(), target = document.querySelector('#masthead h1');
  data.items.add(file);
  const told = {bubbles: true, cancelable: true, dataTransfer: data};
  target.dispatchEvent(new DragEvent('dragover', told));
  target.dispatchEvent(new DragEvent('drop', told));
}"""


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("results") / "result.mp4"
    shutil.copy(CLIPS / "person_park_1280x720.mp4", path)
    tag(path, settings_tags(ASKED, "preview", "abcdef0123", 0.0))
    return path


def drop(page: Page, url: str, path: Path) -> None:
    page.route("**/dropped.mp4", lambda route: route.fulfill(path=path))
    page.evaluate(DROP, [path.name, f"{url}/dropped.mp4"])
    expect(page.locator("#clip-report b")).to_have_text(path.name)


def test_a_dropped_result_fills_the_form_when_asked_to(studio, new_page, result, tmp_path):
    page, begun = new_page(studio.url), studio.rows("SELECT count(*) FROM jobs")
    open_fold(page, "Options")
    drop(page, studio.url, result)
    offered = page.locator("#clip-report .made-with")
    expect(offered).to_contain_text("This clip was made here with:")
    expect(offered).to_contain_text(
        "<script>document.title = 'owned'</script> \"quoted\" & 'single' <img src=x"
    )
    button = page.get_by_role("button", name="Use its settings")
    expect(page.locator("#prompt textarea")).to_have_value("")
    button.click()
    expect(page.locator("#prompt textarea")).to_have_value(PROMPT)
    expect(page.get_by_label("Standard, faster and cheaper")).to_be_checked()
    expect(page.get_by_label("9:16 tall")).to_be_checked()
    expect(page.get_by_label("Keep the sound of the clip")).to_be_checked()
    expect(page.locator("#duration input[type=number]")).to_have_value("4")
    expect(page.locator("#shot-type textarea")).to_have_value("wide")
    # The clip stays, nothing begins, and nothing of the text has become a part of the page.
    expect(page.locator("#clip-report .cut")).to_contain_text("is cut away")
    assert studio.rows("SELECT count(*) FROM jobs") == begun
    assert (
        page.title() != "owned" and page.locator("#clip-report script, #clip-report img[src=x]").count() == 0
    )


def test_another_clip_takes_the_offer_away(studio, new_page, result):
    page = new_page(studio.url)
    drop(page, studio.url, result)
    expect(page.locator("#use-settings")).to_be_visible()
    page.locator("#clip").get_by_role("button", name="Clear").click()
    expect(page.locator("#use-settings")).to_have_count(0)
    upload_clip(page)
    expect(page.locator("#clip-report b")).to_have_text(USUAL_CLIP)
    expect(page.locator("#use-settings")).to_have_count(0)


def test_a_result_that_is_downloaded_here_offers_its_own(studio, new_page, tmp_path):
    page = new_page(studio.url)
    upload_clip(page)
    choose_quick(page)
    describe(page, "film noir")
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    with page.expect_download() as downloaded:
        page.get_by_text("Download the video").click()
    kept = tmp_path / "kept.mp4"
    downloaded.value.save_as(kept)
    assert probe(kept).made_with.request.prompt == "film noir"
    other = new_page(studio.url)
    drop(other, studio.url, kept)
    other.get_by_role("button", name="Use its settings").click()
    expect(other.locator("#prompt textarea")).to_have_value("film noir")
