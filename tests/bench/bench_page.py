"""How heavy and how quick the page is, beside two stock pages in the same browser, by turns.

    python -m tests.bench.bench_page [--runs 7]            (STUDIO_CHROMIUM names the browser)

The stock pages (`stock_pages`): bare Blocks, and a native page with the same nine parameters and examples.
For each of LINES (bandwidth and delay, set in the browser) the median of the visits with an empty cache:
seconds until prompt and examples can be read, until the button is painted and can be pressed (both by the
page's own clock), bytes over the wire, requests; the ratios are medians of the ratios of neighbouring visits.
Then seconds from `python app.py` to the first whole page, and from pressing Edit to a playing result for a 5
s 720p clip on the preview engine, beside a plain transcode of that clip.
"""

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.bench.bench_render import CLIP, transcode
from tests.bench.figure import Figure
from tests.bench.stock_pages import running
from tests.support.chromium import chromium
from tests.support.pages import describe, edited_video_plays, press_edit, upload_clip, wait_for_stage
from tests.support.studio_app import running_app

RUNS = 7
LINES = {
    "loopback": None,
    "10 Mbit/s, 40 ms": {"bits": 10e6, "delay": 40},
    "1.6 Mbit/s, 150 ms": {"bits": 1.6e6, "delay": 150},
}
"""Bandwidth in bit/s and round-trip delay in milliseconds, as Lighthouse names its slow 4G."""
SLOW, FAST = "1.6 Mbit/s, 150 ms", "10 Mbit/s, 40 ms"
BARE, NATIVE, OURS = "bare Blocks", "native page", "this page"
QUIET, LONGEST = 2.0, 30.0
"""Seconds without a byte after which a page counts as loaded, and after which it is not waited for."""


PAINTED = """
const seen = (name, found) => {
  if (window[name] || !found()) return;
  window[name] = -1;
  requestAnimationFrame(() => requestAnimationFrame(() => { window[name] = performance.now(); }));
};
const shown = (node) => node && node.offsetHeight > 0;
new MutationObserver(() => {
  const form = ['#prompt textarea', '.example img, #examples tbody td'];
  seen('readable', () => form.every(one => shown(document.querySelector(one))));
  seen('painted', () => shown(document.querySelector('#edit-button:not([disabled])')));
}).observe(document, {
  childList: true, subtree: true, attributes: true, attributeFilter: ['disabled', 'style', 'class'],
});
"""


@dataclass(frozen=True)
class Visit:
    """Seconds until the form and the examples can be read (0: the page has none) and until the button is
    painted; bytes; requests."""

    readable: float
    painted: float
    size: int
    requests: int


def visit(browser: Browser, url: str, line: dict | None = None) -> Visit:
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.add_init_script(PAINTED)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if line:
        rate = line["bits"] / 8
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": line["delay"],
                "downloadThroughput": rate,
                "uploadThroughput": rate,
            },
        )
    asked, sizes, moved = [], {}, [0.0]

    def note(event: dict, size: int) -> None:
        sizes[event["requestId"]], moved[0] = size, time.monotonic()

    def more(event: dict) -> None:  # a video's request may never end
        note(event, sizes.get(event["requestId"], 0) + int(event["encodedDataLength"]))

    session.on("Network.dataReceived", more)
    session.on("Network.loadingFinished", lambda event: note(event, int(event["encodedDataLength"])))
    session.on("Network.requestWillBeSent", lambda event: (asked.append(event), note(event, 0)))
    page.goto(url, wait_until="commit", timeout=120_000)
    page.wait_for_function("window.painted > 0", timeout=120_000)
    ends = time.monotonic() + LONGEST
    while time.monotonic() < min(ends, moved[0] + QUIET):
        page.wait_for_timeout(200)
    readable, painted = page.evaluate("[Math.max(0, window.readable || 0), window.painted]")
    context.close()
    return Visit(readable / 1000, painted / 1000, sum(sizes.values()), len(asked))


@dataclass(frozen=True)
class Measured:
    """By line, a round of visits after the other, each by page; the seconds of each page to its first answer,
    of ours to a page that can be used; of edits, and of a plain transcode of their clip."""

    visits: dict[str, list[dict[str, Visit]]]
    answered: dict[str, float]
    usable: float
    edits: list[float]
    transcode: float

    def middle(self, line: str, page: str, field: str) -> float:
        return statistics.median(getattr(one[page], field) for one in self.visits[line])

    def ratio(self, line: str, page: str, field: str) -> float:
        """Ours to that page, of visits that were neighbours."""
        rounds = self.visits[line]
        return statistics.median(getattr(one[OURS], field) / getattr(one[page], field) for one in rounds)


def measure(runs: int, edits: int, lines: dict[str, dict | None]) -> Measured:
    with (
        chromium(whole=True) as browser,
        running("bare") as (bare, first),
        running("native") as (native, second),
    ):
        addresses = {BARE: bare, NATIVE: native}
        for url in addresses.values():
            visit(browser, url)
        began = time.perf_counter()
        with running_app(whole=True) as app:
            answered = {BARE: first, NATIVE: second, OURS: time.perf_counter() - began}
            usable = answered[OURS] + visit(browser, app.url).painted
            addresses[OURS] = app.url
            visits = {
                name: [
                    {page: visit(browser, url, line) for page, url in addresses.items()} for _ in range(runs)
                ]
                for name, line in lines.items()
            }
            pairs = [(edited(browser, app.url), transcoded()) for _ in range(edits)]
    times, plain = map(list, zip(*pairs, strict=True))
    return Measured(visits, answered, usable, times, statistics.median(plain))


def figures(quick: bool = False) -> list[Figure]:
    lines = {name: LINES[name] for name in (SLOW, FAST)}
    found = measure(2 if quick else 5, 1 if quick else 3, lines)

    def beside(name: str, line: str, page: str, field: str, unit: str = "s", per: float = 1.0) -> Figure:
        ours, yardstick = (found.middle(line, one, field) / per for one in (OURS, page))
        return Figure("The page", name, ours, unit, yardstick, page)

    return [
        beside("readable, 1.6 Mbit/s", SLOW, NATIVE, "readable"),
        beside("can be pressed, 1.6 Mbit/s", SLOW, NATIVE, "painted"),
        beside("can be pressed, 1.6 Mbit/s", SLOW, BARE, "painted"),
        beside("readable, 10 Mbit/s", FAST, NATIVE, "readable"),
        beside("can be pressed, 10 Mbit/s", FAST, NATIVE, "painted"),
        beside("can be pressed, 10 Mbit/s", FAST, BARE, "painted"),
        beside("weight", FAST, NATIVE, "size", "MB", 1e6),
        beside("requests", FAST, NATIVE, "requests", ""),
        Figure(
            "The page",
            "start of the app to an answer",
            found.answered[OURS],
            "s",
            found.answered[NATIVE],
            NATIVE,
        ),
        Figure(
            "The page",
            "Edit to a playing result, 5 s clip",
            statistics.median(found.edits),
            "s",
            found.transcode,
            "plain transcode",
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.bench_page", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--runs", type=int, default=RUNS, help="visits of each page on each line")
    found = measure(parser.parse_args().runs, 3, LINES)
    for line in found.visits:
        report(line, found)
    print(
        f"\ncold start: {found.answered[OURS]:.1f} s to the first answer, {found.usable:.1f} s to a page "
        f"that can be used; first answer of {NATIVE} {found.answered[NATIVE]:.1f} s, of {BARE} "
        f"{found.answered[BARE]:.1f} s"
    )
    print(
        f"press Edit to a playing result, 5 s of 1280x720: {statistics.median(found.edits):.1f} s (of "
        f"{', '.join(f'{t:.1f}' for t in found.edits)}); a plain transcode {found.transcode:.1f} s"
    )


def report(line: str, found: Measured) -> None:
    """Print the medians of the three pages, and the medians of the ratios."""
    print(f"\n{line:26}{'readable':>10}{'painted':>12}{'weight':>12}{'requests':>10}")
    fields = ("readable", "painted", "size", "requests")
    for page in (BARE, NATIVE, OURS):
        readable, painted, size, requests = (found.middle(line, page, field) for field in fields)
        shown = f"{readable:>8.2f} s" if readable else f"{'-':>10}"
        print(f"{page:26}{shown}{painted:>10.2f} s{size / 1e6:>9.2f} MB{requests:>10.0f}")
    for page in (BARE, NATIVE):
        readable = f"{found.ratio(line, page, 'readable'):.2f}" if page == NATIVE else ""
        painted, size, requests = (found.ratio(line, page, field) for field in fields[1:])
        print(f"{f'ratio to {page}':26}{readable:>10}{painted:>12.2f}{size:>12.2f}{requests:>10.2f}")


def transcoded() -> float:
    """Seconds of a plain transcode of the clip that is edited."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        transcode(CLIP, Path(folder) / "plain.mp4")
        return time.perf_counter() - began


def edited(browser: Browser, url: str) -> float:
    """Seconds from the press of the button to a playing result."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(url)
    page.wait_for_selector("#edit-button")
    upload_clip(page, CLIP.name)
    describe(page, "Turn it into a cyberpunk night with rain")
    page.wait_for_timeout(1000)
    pressed = time.perf_counter()
    press_edit(page)
    wait_for_stage(page, "COMPLETED")
    assert edited_video_plays(page)["moved"] > 0
    took = time.perf_counter() - pressed
    page.close()
    return took


if __name__ == "__main__":
    main()
