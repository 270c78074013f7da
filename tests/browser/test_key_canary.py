"""A visitor's key and the owner's are in nothing that a browser keeps, shows or was told."""

import contextlib
import json

from playwright.sync_api import Error, Page, Request, expect

from tests.support.canaries import told_in
from tests.support.pages import describe, open_fold, press_edit, upload_clip, wait_for_stage
from tests.support.studio_app import KEY as OWNER

VISITOR = "SG_0123456789fedcba"
KEPT = """async () => {
  const caches_ = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys()) caches_.push(request.url);
  return [Object.entries(sessionStorage), caches_, history.state, location.href, window.name, document.title];
}"""


def kept(page: Page) -> bytes:
    """All that the browser keeps of the page, whether it lasts or not: with what IndexedDB and cookies hold
    that no script may read."""
    lasting = page.context.storage_state(indexed_db=True)
    return json.dumps([lasting, page.evaluate(KEPT), page.content()]).encode()


def test_a_browser_keeps_no_key(paid, new_page):
    app, upstream = paid
    upstream.durations = (0.2, 0.5)
    page, asked = new_page(app.url), []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("requestfinished", note)  # streams have no end, and a wire test of their own
    upload_clip(page)
    describe(page, "Make it winter")
    open_fold(page, "Engine and key")
    page.locator("#key input").fill(VISITOR)
    page.locator("#key input").blur()
    expect(page.locator("#offer")).to_contain_text("Kling O3 on Segmind")
    assert [told_in(kept(page), key) for key in (VISITOR, OWNER)] == [[], []]
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    assert VISITOR in {one.headers.get("x-api-key") for one in upstream.seen}
    while_shown = kept(page)
    page.reload()
    page.wait_for_selector("#edit-button")
    open_fold(page, "Engine and key")
    expect(page.locator("#key input")).to_have_value("")
    told = b""
    for request in asked:
        with contextlib.suppress(Error):  # what the browser does not keep for long
            told += request.url.encode() + request.response().body()
    assert b"gradio" in told and b"localStorage" in while_shown
    everything = while_shown + kept(page) + told
    assert [told_in(everything, key) for key in (VISITOR, OWNER)] == [[], []]
