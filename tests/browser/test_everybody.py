"""The page for everybody: small screens, both schemes, screen readers."""

import importlib.resources
import json

import pytest
from playwright.sync_api import expect

TABS = ("Edit", "Compare", "My edits", "Code")


def serious(page) -> list[str]:
    """What axe-core calls serious or critical, as `rule: first element`."""
    script = next(
        path for path in importlib.resources.files("axe_core_python").iterdir() if path.name == "axe.min.js"
    )
    page.evaluate(script.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        (
            f"{v['id']}: {v['nodes'][0]['html'][:160]} "
            f"{json.dumps(v['nodes'][0].get('failureSummary', ''))[:200]}"
        )
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(studio, new_page, scheme):
    page = new_page(studio.url, color_scheme=scheme)
    for name in ("Engine and key", "Clip details and framing", "Pictures to use", "Options"):
        page.get_by_text(name).first.click()
    page.get_by_role("button", name="Add an element").click()
    found = {}
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(300)
        found[tab] = serious(page)
    assert found == {tab: [] for tab in TABS}


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(studio, new_page, width):
    page = new_page(studio.url, viewport={"width": width, "height": 800})
    for tab in TABS:
        page.get_by_role("tab", name=tab, exact=True).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab


def test_the_whole_form_can_be_reached_by_keyboard(studio, new_page):
    page = new_page(studio.url)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("(document.activeElement.closest('[id]') || {}).id || ''"))
    assert {"edit-button"} <= reached
    assert page.evaluate("document.documentElement.lang") != ""


def test_stages_are_announced(studio, new_page):
    page = new_page(studio.url)
    expect(page.get_by_test_id("status")).to_have_attribute("aria-live", "polite")
