"""What is on the first screen, and where the page is after a press: nobody should have to look for either."""

import pytest
from playwright.sync_api import Page

from tests.support.pages import choose_example, choose_quick, open_fold, press_edit, wait_for_stage

DESKTOP, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
FOLDS = ("Engine and key", "Clip details and framing", "Pictures to use", "Options")
IN_VIEW = """() => { const box = document.querySelector('#stage .stage').getBoundingClientRect();
  return box.height > 100 && box.top > -1 && box.bottom < innerHeight + 1; }"""


def edges(page: Page, selector: str) -> tuple[float, float]:
    """The upper and the lower edge of a part of the page that was not scrolled, in px."""
    box = page.locator(selector).bounding_box()
    return box["y"], box["y"] + box["height"]


def test_the_clip_the_prompt_and_the_button_are_on_the_first_screen(studio, new_page):
    page = new_page(studio.url, viewport=DESKTOP)
    for part in ("#clip", "#clip-url", "#prompt", "#offer", "#edit-button"):
        top, bottom = edges(page, part)
        assert top >= 0 and bottom <= DESKTOP["height"], part


def test_on_a_phone_the_form_comes_first(studio, new_page):
    page = new_page(studio.url, viewport=PHONE, is_mobile=True, has_touch=True)
    assert edges(page, "#clip")[0] < 300
    assert edges(page, "#edit-button")[1] <= PHONE["height"]


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_after_a_press_the_whole_stage_is_in_view(studio, new_page, screen):
    page = new_page(studio.url, viewport=screen)
    choose_example(page, "winter")
    choose_quick(page)
    press_edit(page)
    page.wait_for_selector("#progress .progress[data-stage]")
    page.wait_for_function(IN_VIEW)
    wait_for_stage(page, "COMPLETED")
    page.wait_for_selector("#stage .wipe[data-state=result]")
    page.wait_for_function(IN_VIEW)


@pytest.mark.parametrize("width", [360, 768, 1366])
def test_nothing_scrolls_sideways_with_everything_open(studio, new_page, width):
    page = new_page(studio.url, viewport={"width": width, "height": 800})
    choose_example(page, "mountains")
    for fold in FOLDS:
        open_fold(page, fold)
    page.get_by_role("button", name="Weather", exact=True).click()
    page.wait_for_selector("#references img")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
