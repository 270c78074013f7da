"""Pictures of the page, to look at and for the README.

Three widths in both schemes, forced colours, zoomed to 200 %, a finished edit, its share page, a
comparison and My edits; then the README's moving picture and that of links (`hero.py`).

python -m tests.browser.screenshots [folder]        (default: examples/screenshots)
"""

import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser import hero
from tests.support.chromium import chromium
from tests.support.pages import choose_example, choose_quick, press_edit, wait_for_stage
from tests.support.studio_app import PROJECT, running_app

DESKTOP = {"viewport": {"width": 1366, "height": 768}}
TABLET = {"viewport": {"width": 768, "height": 1024}}
PHONE = {"viewport": {"width": 360, "height": 780}, "is_mobile": True, "has_touch": True}
FIRST = {"desktop": DESKTOP, "tablet": TABLET, "phone": PHONE}
SCHEMES = ("light", "dark")
SPECIAL = {
    "forced_colours": DESKTOP | {"forced_colors": "active"},
    "zoomed": {"viewport": {"width": 683, "height": 384}, "device_scale_factor": 2},
}


class Album:
    """Saves pictures of pages in `folder`, with a palette: a third of the size, and no difference to see."""

    def __init__(self, folder: Path, browser: Browser, url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._browser, self._url = folder, browser, url

    def open(self, **options) -> Page:
        page = self._browser.new_page(**options)
        page.goto(self._url)
        page.wait_for_selector("#edit-button")
        plays(page, 1.2)
        return page

    def add(self, page: Page, name: str, *, whole: bool = False) -> None:
        path = self._folder / f"{name}.png"
        page.evaluate("document.activeElement.blur()")
        page.mouse.move(0, 0)
        page.screenshot(path=path, full_page=whole, animations="disabled")
        with Image.open(path) as taken:
            picture = taken.convert("RGB")
        palette = picture.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=2)
        picture.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)


def plays(page: Page, seconds: float) -> None:
    """The edited video on the stage has come that far."""
    page.wait_for_function(
        "seconds => document.querySelector('#stage video.after').currentTime > seconds", arg=seconds
    )


def edit(page: Page) -> None:
    choose_example(page, "winter")
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    expect(page.locator("#download-sheet")).to_be_enabled(timeout=60_000)
    plays(page, 2)


def main(folder: Path) -> None:
    with running_app() as app, chromium() as browser:
        album = Album(folder, browser, app.url)
        for scheme in SCHEMES:
            for name, options in FIRST.items():
                page = album.open(color_scheme=scheme, **options)
                album.add(page, f"{name}_{scheme}")
                page.close()
        for name, options in SPECIAL.items():
            page = album.open(**options)
            album.add(page, name)
            page.close()

        page = album.open(viewport={"width": 1366, "height": 1180})
        edit(page)
        page.evaluate("window.scrollTo(0, 0)")
        album.add(page, "result")
        page.get_by_role("button", name="Share", exact=True).click()
        link = page.get_by_role("textbox", name="Link to this edit").input_value()
        # The policy of a share page lets no script be evaluated that is not its own.
        shared = browser.new_page(viewport={"width": 1180, "height": 960}, bypass_csp=True)
        shared.goto(link)
        plays(shared, 2)
        album.add(shared, "share")
        shared.close()
        page.set_viewport_size(DESKTOP["viewport"])
        choose_quick(page)
        page.get_by_role("tab", name="Compare").click()
        for number, prompt in enumerate(("Make it film noir", "Autumn, with falling leaves"), start=1):
            page.locator(f"#compare-{number} textarea").fill(prompt)
        page.get_by_role("button", name="Edit all").click()
        expect(page.locator("#compare-grid video")).to_have_count(2, timeout=120_000)
        album.add(page, "compare", whole=True)
        page.get_by_role("tab", name="My edits").click()
        expect(page.locator("#history article")).to_have_count(3)
        page.evaluate("Promise.all([...document.querySelectorAll('#history img')].map(one => one.decode()))")
        album.add(page, "my_edits")
        page.close()

        page = album.open(**PHONE)
        edit(page)
        album.add(page, "phone_result")
    for path in sorted(folder.glob("*.png")):
        name = path.relative_to(PROJECT) if path.is_relative_to(PROJECT) else path
        print(name, path.stat().st_size // 1024, "KB")


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "examples" / "screenshots"
    main(target)
    hero.main(
        target / "hero.webp", PROJECT / "examples" / "og.jpg" if len(sys.argv) < 2 else target / "og.jpg"
    )
