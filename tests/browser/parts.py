"""Writes `modules/ui/assets/parts.txt`: what the page loads of Gradio before it can be used. `python -m tests.browser.parts`"""

from playwright.sync_api import Page

from modules.ui.early import NAMES
from tests.browser.chromium import chromium
from tests.studio_app import running_app


def wanted(page: Page, url: str) -> list[str]:
    """The names of Gradio's parts that the page asks for by itself: its answers are stripped of our links."""
    def plain(route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('fetchpriority="low" href', "data-unused"))

    page.route(url, plain)
    page.goto(url)
    page.wait_for_selector("#edit-button:enabled")
    loaded = page.evaluate("() => performance.getEntriesByType('resource').map(entry => entry.name)")
    names = {address.rsplit("/", 1)[1] for address in loaded if "/assets/" in address and address.endswith((".js", ".css"))}
    return sorted(name for name in names if not name.startswith("index-"))  # those stand in Gradio's own document


def main() -> None:
    with running_app() as app, chromium() as browser:
        names = wanted(browser.new_page(), app.url)
    NAMES.write_text("\n".join(names) + "\n", "utf-8")
    print(f"{len(names)} parts")


if __name__ == "__main__":
    main()
