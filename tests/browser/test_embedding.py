"""The page inside a frame of another site: with storage of its own there, with none, and in a sandbox.

The page around is on another port and under another name of this machine, which makes it another site for a
browser. Whether a frame may keep anything is what people set in Chromium's settings ("third-party cookies").
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.support.chromium import profile
from tests.support.pages import USUAL, choose_example, choose_quick, press_edit, upload_clip, wait_for_stage
from tests.support.studio_app import App
from tests.support.web_site import Site, body

BLOCKED, ALLOWED = {"cookie_controls_mode": 1}, {"cookie_controls_mode": 0}
AROUND = (
    "<!doctype html><html lang=en><title>A page around</title><meta charset=utf-8><link rel=icon href=data:,>"
    "<style>body {{ font: 18px/1.5 Georgia, serif; max-width: 1200px; margin: 24px auto; padding: 0 24px }}"
    "iframe {{ width: 100%; height: 760px; border: 1px solid #999 }}</style>"
    "<h1>A page around</h1><p>What follows is another site's.</p>"
    '<iframe title="The studio" src="{url}" {more}></iframe>'
)
POST = """([kind, mode]) => fetch('/gradio_api/call/edit', {method: 'POST', mode,
  headers: {'Content-Type': kind}, body: JSON.stringify({data: ['winter', null]})})
  .then(answer => `${answer.type} ${answer.status}`, error => error.name)"""

Embed = Callable[..., Page]


@pytest.fixture
def web() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def embed(browser: Browser, studio: App, web: Site, new_page, tmp_path: Path) -> Iterator[Embed]:
    """`embed(preferences, attributes)`: another site's page with the studio in a frame."""
    windows = []

    def open_page(preferences: dict, more: str = "", *, quiet: bool = False) -> Page:
        around = AROUND.format(url=studio.url, more=more).encode()
        web.pages["/"] = body(around, Content_Type="text/html; charset=utf-8")
        folder = tmp_path / f"profile-{len(windows)}"
        windows.append(profile(browser, folder, {"profile": preferences}, **USUAL))
        place = f"http://localhost:{web.port}/"
        return new_page(place, context=windows[-1], ready="iframe", quiet=quiet)

    yield open_page
    for window in windows:
        window.close()


def inside(page: Page) -> FrameLocator:
    expect(page.frame_locator("iframe").locator("#edit-button")).to_be_visible(timeout=30_000)
    return page.frame_locator("iframe")


def edited(page: Page, frame: FrameLocator) -> int:
    """An upload, an edit and its download; the size of what was downloaded."""
    upload_clip(frame)
    frame.locator("#prompt textarea").fill("make it a snowy winter")
    choose_quick(frame)
    press_edit(frame)
    wait_for_stage(frame, "COMPLETED")
    with page.expect_download() as coming:
        frame.locator("#download-video").click()
    return Path(coming.value.path()).stat().st_size


def test_where_storage_is_blocked_it_says_so_and_all_else_works(embed):
    page = embed(BLOCKED)
    frame = inside(page)
    expect(frame.get_by_text("your edits are not remembered in this frame")).to_be_visible()
    expect(frame.get_by_text("This browser keeps nothing for this page,")).to_be_hidden()
    alone = frame.get_by_role("link", name="open the page by itself")
    with page.context.expect_page() as opened:
        alone.click()
    expect(opened.value.locator("#edit-button")).to_be_visible(timeout=30_000)
    expect(opened.value.get_by_text("your edits are not remembered")).to_have_count(2)
    for sentence in opened.value.get_by_text("your edits are not remembered").all():
        expect(sentence).to_be_hidden()
    assert edited(page, frame) > 10_000
    frame.get_by_role("tab", name="My edits").click()
    expect(frame.locator("#history article")).to_have_count(1)


def test_where_storage_is_allowed_the_frame_remembers(embed):
    page = embed(ALLOWED)
    frame = inside(page)
    expect(frame.get_by_text("your edits are not remembered in this frame")).to_be_hidden()
    choose_example(frame, "winter")
    choose_quick(frame)
    press_edit(frame)
    wait_for_stage(frame, "COMPLETED")
    page.reload()
    frame = inside(page)
    frame.get_by_role("tab", name="My edits").click()
    expect(frame.locator("#history article")).to_have_count(1)


def test_a_sandbox_with_its_own_origin_is_enough(embed):
    page = embed(ALLOWED, 'sandbox="allow-scripts allow-forms allow-downloads allow-same-origin"')
    assert edited(page, inside(page)) > 10_000


def test_a_sandbox_that_takes_the_origin_away_can_ask_for_nothing(studio, embed):
    """Its posts say `Origin: null`, as those of any site's sandbox would: taking them would take everybody's.
    So the page stays empty there, as README says, and neither of these begins an edit."""
    page = embed(ALLOWED, 'sandbox="allow-scripts allow-forms allow-downloads"', quiet=True)
    before = studio.rows("SELECT COUNT(*) FROM jobs")
    inner = page.frames[1]
    inner.wait_for_load_state()
    answers = [
        inner.evaluate(POST, [kind, mode])
        for kind, mode in (("application/json", "cors"), ("text/plain", "no-cors"))
    ]
    assert inner.evaluate("origin") == "null" and answers == ["TypeError", "opaque 0"]
    assert studio.rows("SELECT COUNT(*) FROM jobs") == before
