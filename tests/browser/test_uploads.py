"""A press of Edit while something is being uploaded waits for it. The uploads are held back by the test."""

import re

from playwright.sync_api import Page, Route, expect

from tests.support.pages import describe, open_fold, press_edit, stage, upload_clip
from tests.support.studio_app import CLIPS, REFS

UPLOAD = re.compile(r"/gradio_api/upload(\?|$)")


class Uploads:
    """Holds the uploads of a page back until `release`."""

    def __init__(self, page: Page) -> None:
        self._held: list[Route] = []
        self._page = page
        page.route(UPLOAD, lambda route: self._held.append(route))

    def wait(self) -> None:
        while not self._held:
            self._page.wait_for_timeout(50)

    def release(self) -> None:
        for one in self._held:
            one.continue_()
        self._held.clear()


def test_a_press_waits_for_the_clip(studio, new_page):
    page = new_page(studio.url)
    uploads = Uploads(page)
    describe(page, "Make it winter")
    page.locator("#clip input[type=file]").set_input_files(str(CLIPS / "dunes_966x544.mp4"))
    uploads.wait()
    expect(page.locator("#clip")).to_contain_text("Uploading")
    press_edit(page)
    expect(page.locator("#edit-button")).to_have_text("Waiting for the upload…")
    uploads.release()
    expect(stage(page)).to_be_visible(timeout=30_000)
    expect(page.locator("#problems [data-field]")).to_have_count(0)


def test_a_press_waits_for_a_reference_picture(studio, new_page):
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, "Put @Element1 on the dune")
    open_fold(page, "Pictures to use")
    page.get_by_role("button", name="Add an element").click()
    uploads = Uploads(page)
    picture = REFS / "astronaut_512x512.png"
    page.get_by_label("Front view: choose files").set_input_files(str(picture))
    uploads.wait()
    expect(page.locator("#references")).to_contain_text(f"Uploading {picture.name}…")
    press_edit(page)
    expect(page.locator("#edit-button")).to_have_text("Waiting for the upload…")
    uploads.release()
    expect(stage(page)).to_be_visible(timeout=30_000)
    expect(page.locator("#problems [data-field]")).to_have_count(0)


def test_a_press_after_a_failed_upload_says_that_there_is_no_clip(studio, new_page):
    page = new_page(studio.url, quiet=True)
    page.route(UPLOAD, lambda route: route.abort())
    describe(page, "Make it winter")
    page.locator("#clip input[type=file]").set_input_files(str(CLIPS / "dunes_966x544.mp4"))
    press_edit(page)
    expect(page.locator("#problems [data-field=video]")).to_contain_text("No clip was given.")
    expect(page.locator("#clip input[type=file]")).to_be_attached()
