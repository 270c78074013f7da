"""A lost form is found again: after a reload, a restart of the app, a break of the connection, and by the
address of a tab."""

import contextlib
import os
import time
from pathlib import Path

from playwright.sync_api import Error, Page, expect

from tests.support.pages import USUAL_CLIP, describe, open_fold, upload_clip
from tests.support.studio_app import KEY, REFS, App, running_app

PROMPT = "Make it winter with @Image1 and @Element1"
LONG = "person_walk_720x1280.mp4"
KEPT = "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])"


def fill_everything(page: Page) -> None:
    """The prompt, a clip, options, a key, reference pictures and prompts to compare."""
    upload_clip(page, LONG)
    expect(page.locator("#clip-report b")).to_have_text(LONG)
    describe(page, PROMPT)
    open_fold(page, "Engine and key")
    page.locator("#key input").fill(KEY)
    expect(page.get_by_label("Kling O3 on Segmind")).to_be_checked()
    open_fold(page, "Options")
    page.get_by_label("Standard, faster and cheaper").check()
    page.get_by_label("1:1 square").check()
    page.get_by_label("Keep the sound of the clip").check()
    page.locator("#duration input[type=number]").fill("4")
    page.locator("#duration input[type=number]").blur()
    open_fold(page, "Pictures to use")
    page.get_by_label("Add images: choose files").set_input_files(str(REFS / "coffee_600x400.png"))
    page.get_by_role("button", name="Add an element").click()
    element = page.get_by_test_id("element-1")
    element.get_by_label("Name of element 1").fill("The astronaut")
    element.get_by_label("Front view: choose files").set_input_files(str(REFS / "astronaut_512x512.png"))
    expect(page.locator("#references img")).to_have_count(2)
    page.get_by_role("tab", name="Compare").click()
    page.locator("#compare-2 textarea").fill("Film noir")
    page.locator("#compare-2 textarea").blur()
    page.wait_for_function("(sessionStorage.getItem('studio_draft') || '').includes('Film noir')")


def check_everything(page: Page) -> None:
    """What `fill_everything` did is there, on the Compare tab that was left open; only the key is gone."""
    expect(page.get_by_role("tabpanel", name="Compare")).to_be_visible()
    expect(page.locator("#compare-2 textarea")).to_have_value("Film noir")
    page.get_by_role("tab", name="Edit", exact=True).click()
    expect(page.locator("#prompt textarea")).to_have_value(PROMPT)
    expect(page.locator("#clip video")).to_be_visible()
    expect(page.locator("#clip-report b")).to_have_text(LONG)
    open_fold(page, "Options")
    expect(page.get_by_label("Standard, faster and cheaper")).to_be_checked()
    expect(page.get_by_label("1:1 square")).to_be_checked()
    expect(page.get_by_label("Keep the sound of the clip")).to_be_checked()
    expect(page.locator("#duration input[type=number]")).to_have_value("4")
    open_fold(page, "Pictures to use")
    expect(page.locator("#references img")).to_have_count(2)
    expect(page.get_by_label("Name of element 1")).to_have_value("The astronaut")
    open_fold(page, "Engine and key")
    expect(page.locator("#key input")).to_have_value("")


def age_uploads(app: App) -> None:
    """Let what was uploaded be an hour old: a browser then takes its answers for fresh for some minutes."""
    an_hour_ago = time.time() - 3600
    for path in Path(app.temp).rglob("*"):
        if path.is_file():
            os.utime(path, (an_hour_ago, an_hour_ago))


def forget_uploads(app: App) -> None:
    """Remove what was uploaded, as an app does that is moved to another machine."""
    for path in Path(app.temp).rglob("*"):
        if path.is_file():
            path.unlink()


def test_what_was_typed_survives_a_reload_and_a_restart(tmp_path, new_page):
    with running_app(tmp_path) as app:
        page = new_page(app.url, quiet=True)
        fill_everything(page)
        assert KEY not in page.evaluate(KEPT)
        age_uploads(app)
        page.reload()
        check_everything(page)
        page.get_by_role("tab", name="Compare").click()
        app.kill()
        app.start()
        with contextlib.suppress(Error):  # Gradio may be loading the page again by itself just now
            page.reload()
        check_everything(page)
        forget_uploads(app)
        page.reload()
        expect(page.locator("#prompt textarea")).to_have_value(PROMPT)
        open_fold(page, "Pictures to use")
        expect(page.get_by_label("Name of element 1")).to_have_value("The astronaut")
        expect(page.locator("#references img")).to_have_count(0)
        expect(page.locator("#clip video")).to_have_count(0)
        expect(page.locator("#clip-report .problem, .toast-body")).to_have_count(0)


def test_a_page_that_lost_its_app_finds_it_again_with_what_was_typed(tmp_path, new_page):
    with running_app(tmp_path) as app:
        page = new_page(app.url, quiet=True)
        describe(page, "Make it winter")
        page.locator("#prompt textarea").blur()
        page.wait_for_function("(sessionStorage.getItem('studio_draft') || '').includes('winter')")
        page.evaluate("window.earlier = true")
        app.kill()
        describe(page, "Make it a rainy autumn")
        app.start()
        # Gradio loads the page again by itself.
        page.wait_for_function("!window.earlier", timeout=60_000)
        expect(page.locator("#prompt textarea")).to_have_value("Make it a rainy autumn", timeout=30_000)
        upload_clip(page)
        expect(page.locator("#clip-report b")).to_have_text(USUAL_CLIP, timeout=60_000)
        expect(page.locator("#prompt textarea")).to_have_value("Make it a rainy autumn")


def test_a_short_break_of_the_connection_loses_nothing(studio, new_page):
    page = new_page(studio.url, quiet=True)
    upload_clip(page)
    expect(page.locator("#clip-report b")).to_have_text(USUAL_CLIP)
    describe(page, "Make it winter")
    page.context.set_offline(True)
    describe(page, "Make it autumn")
    page.wait_for_timeout(1500)
    page.context.set_offline(False)
    describe(page, "Make it spring")
    expect(page.locator("#prompt textarea")).to_have_value("Make it spring")
    expect(page.locator("#clip video")).to_be_visible()
    page.reload()
    expect(page.locator("#prompt textarea")).to_have_value("Make it spring")
    expect(page.locator("#clip video")).to_be_visible()


def test_the_open_tab_has_an_address(studio, new_page):
    page = new_page(studio.url)
    for name, place in (("Compare", "#compare"), ("Code", "#code")):
        page.get_by_role("tab", name=name).click()
        page.wait_for_function("place => location.hash === place", arg=place)
    page.go_back()
    expect(page.get_by_role("tabpanel", name="Compare")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("tabpanel", name="Edit", exact=True)).to_be_visible()
    page.go_forward()
    expect(page.get_by_role("tabpanel", name="Compare")).to_be_visible()
    page.reload()
    expect(page.get_by_role("tabpanel", name="Compare")).to_be_visible()
    expect(page.get_by_role("tab", name="Compare")).to_have_attribute("aria-selected", "true")
