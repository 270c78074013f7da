"""A real browser. Every page of a test is watched: an error in the console, an uncaught exception, or a
request to another host fails the test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.support.chromium import chromium
from tests.support.fake_upstream import FakeUpstream
from tests.support.pages import USUAL
from tests.support.studio_app import KEY, App, running_app

EXPECTED = ("net::ERR_ABORTED", "AbortError", "errored out", "status of 422 (Unprocessable")
"""What is no fault: what Gradio's client says when a page that is left ends its open streams; and Gradio's
own way to tell of a validation message, an answer with the status 422, which browsers note."""
QUIET_WHILE_LEFT = """(() => {
  let leaving = false;
  const say = console.error;
  console.error = (...told) => { if (!leaving) say.apply(console, told); };
  addEventListener('beforeunload', () => { leaving = true; setTimeout(() => { leaving = false; }, 3000); });
  addEventListener('pagehide', () => { leaving = true; });
  for (const kind of ['error', 'unhandledrejection'])
    addEventListener(kind, event => { if (leaving) event.preventDefault(); });
})();"""
"""Silences a page from the moment in which it is being left: Gradio's client then asks once more for a stream
that is gone; and as a leaving page counts as hidden, it reads the newest message at once although older ones
still wait for a timer, so a difference comes before what it differs from. On a page that is not being left
these are faults, and are heard."""

expect.set_options(timeout=15_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as one:
        yield one


@pytest.fixture(scope="package")
def paid() -> Iterator[tuple[App, FakeUpstream]]:
    """An app with an owner's key, and its upstream, which counts."""
    with (
        FakeUpstream() as upstream,
        running_app(
            SEGMIND_BASE_URL=upstream.url,
            SEGMIND_STORAGE_URL=upstream.url,
            SEGMIND_API_KEY=KEY,
            STUDIO_DAILY_BUDGET_USD="500",
        ) as app,
    ):
        yield app, upstream


class Watched:
    """What went wrong on a page."""

    def __init__(self, page: Page) -> None:
        self.faults: list[str] = []
        self.foreign: list[str] = []
        page.add_init_script(QUIET_WHILE_LEFT)
        page.on("pageerror", lambda error: self.faults.append(f"exception: {error}"))
        page.on("console", self._said)
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        url = request.url
        if not url.startswith(("http://127.0.0.1", "http://localhost:", "data:", "blob:")):
            self.foreign.append(url)


@pytest.fixture
def new_page(browser) -> Iterator:
    """`new_page(url, **context_options)` opens a page in a browser profile of its own, unless `context` is
    given, and waits for `ready`."""
    contexts, watched = [], []

    def open_page(
        url: str, *, context=None, quiet: bool = False, ready: str = "#edit-button", **options
    ) -> Page:
        if context is None:
            context = browser.new_context(**USUAL | options)
            contexts.append(context)
        page = context.new_page()
        if not quiet:
            watched.append(Watched(page))
        page.goto(url)
        page.wait_for_selector(ready)
        return page

    yield open_page
    faults = [fault for one in watched for fault in one.faults if not any(map(fault.__contains__, EXPECTED))]
    foreign = [url for one in watched for url in one.foreign]
    for context in contexts:
        context.close()
    assert faults == [] == foreign
