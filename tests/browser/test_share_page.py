"""Sharing a result on the page, and the page that whoever has the link sees."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.pages import (
    MOTION,
    PLAYS,
    choose_quick,
    describe,
    press_edit,
    upload_clip,
    wait_for_stage,
)
from tests.support.web_site import Site

PROMPT = 'film noir <script>document.title = "hacked"</script> & "quotes"'


@pytest.fixture
def shared(new_page, studio):
    """A page with an edit that was just shared, and the link."""
    page = new_page(studio.url)
    upload_clip(page)
    describe(page, PROMPT)
    choose_quick(page)
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    page.get_by_role("button", name="Share", exact=True).click()
    link = page.get_by_label("Link to this edit")
    expect(link).to_be_visible()
    return page, link.input_value()


def test_a_result_is_shared_seen_by_somebody_else_and_tried(shared, new_page, browser, studio):
    _, url = shared
    assert re.fullmatch(rf"{re.escape(studio.url)}/share/[\w-]{{22}}", url)
    faults: list[str] = []
    guest = browser.new_context(viewport={"width": 390, "height": 844}, **MOTION)
    seen = guest.new_page()
    seen.on("console", lambda message: message.type == "error" and faults.append(message.text))
    seen.on("pageerror", lambda error: faults.append(str(error)))
    seen.goto(url)
    expect(seen.get_by_role("heading")).to_have_text(PROMPT)
    assert "hacked" not in seen.title().split(" · ")[1]
    for one in ("before", "after"):
        played = seen.locator(f"video.{one}").evaluate(PLAYS)
        assert played["moved"] > 0.2 and played["error"] is None, (one, played)
    assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth")
    bar = seen.get_by_role("slider", name="Position of the line")
    bar.focus()
    bar.press("Home")
    expect(bar).to_have_attribute("aria-valuenow", "0")
    # The form with the same clip and settings, in a browser that has never been here.
    seen.get_by_role("link", name="Try this edit").click()
    expect(seen.locator("#prompt textarea")).to_have_value(PROMPT)
    expect(seen.locator("#clip video")).to_be_visible()
    expect(seen.locator("#clip-report")).to_contain_text("shared-clip.mp4")
    assert "share" not in parse_qs(urlsplit(seen.url).query)  # it was read, and a reload keeps what is typed
    press_edit(seen)
    wait_for_stage(seen, "COMPLETED")
    guest.close()
    assert faults == []


def test_my_edits_lists_what_is_shared_and_takes_it_back(shared):
    page, url = shared
    page.get_by_role("tab", name="My edits").click()
    card = page.locator("#history .edit").first
    expect(card).to_contain_text("Shared: everybody who has the link sees it")
    card.get_by_role("button", name="Stop sharing").click()
    expect(card).not_to_contain_text("Shared:")
    gone = page.request.get(url)
    assert gone.status == 404 and "taken back" in gone.text()
    page.get_by_role("tab", name="Edit", exact=True).click()
    expect(page.get_by_role("button", name="Share", exact=True)).to_be_visible()


def test_the_embedded_page_plays_in_a_frame_of_another_site(shared, browser):
    _, url = shared
    context = browser.new_context(viewport={"width": 700, "height": 560}, **MOTION)
    site = Site()
    site.pages["/article"] = lambda handler: handler.wfile.write(
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n"
        + f'<iframe src="{url}?embed" width="640" height="500"></iframe>'.encode()
    )
    host = context.new_page()
    host.goto(f"http://localhost:{site.port}/article")
    frame = host.frame_locator("iframe")
    expect(frame.get_by_text("Made by the preview engine, not Kling")).to_be_visible()
    expect(frame.get_by_role("heading")).to_have_count(0)
    assert frame.locator("video.after").evaluate(PLAYS)["moved"] > 0.2
    context.close()
    site.close()
