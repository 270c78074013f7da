"""Make the screenshots of the README: the page at three widths in two schemes, and the page with a finished
edit.

python -m tests.browser.screenshots [folder]        (default: examples/screenshots)
"""

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support.chromium import chromium
from tests.support.pages import choose_example, press_edit, wait_for_stage
from tests.support.studio_app import PROJECT, running_app

WIDTHS = {"desktop": (1280, 900), "tablet": (820, 1180), "phone": (390, 844)}


def open_page(browser: Browser, url: str, size: tuple[int, int], scheme: str) -> Page:
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page.goto(url)
    page.wait_for_selector("#edit-button")
    page.wait_for_function("document.querySelector('#stage video.after').currentTime > 1.2")
    return page


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with running_app() as app, chromium() as browser:
        for scheme in ("light", "dark"):
            for name, size in WIDTHS.items():
                page = open_page(browser, app.url, size, scheme)
                page.screenshot(path=folder / f"{name}_{scheme}.png")
                page.close()
        page = open_page(browser, app.url, (1280, 1180), "light")
        choose_example(page, "winter")
        press_edit(page)
        wait_for_stage(page, "COMPLETED")
        page.wait_for_function("document.querySelector('#stage video.after').currentTime > 2")
        page.evaluate("window.scrollTo(0, 0)")
        page.wait_for_timeout(600)
        page.screenshot(path=folder / "result.png")
        page.set_viewport_size({"width": 1280, "height": 900})
        page.get_by_role("tab", name="My edits").click()
        page.get_by_test_id("edit-").first.or_(page.locator("#history article").first).wait_for()
        page.screenshot(path=folder / "my_edits.png")
    for path in sorted(folder.glob("*.png")):
        print(
            path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path,
            path.stat().st_size // 1024,
            "KB",
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "examples" / "screenshots")
