"""How light the page of a shared edit is, how soon it is painted on a slow line, and what previews of its
link show.

    python -m tests.bench.bench_share           (STUDIO_CHROMIUM names the browser)

The median of RUNS visits with an empty cache at 1.6 Mbit/s and 150 ms: the browser's own first contentful
paint, beside a page with one line of text on the same line; bytes without the videos. Then the share page and
the main page as three readers of links see them, which fetch the first 32 KB and run no script.
"""

import statistics
from dataclasses import dataclass
from html.parser import HTMLParser

import requests
from playwright.sync_api import Browser

from tests.bench.bench_page import LINES
from tests.bench.figure import Figure
from tests.support.chromium import chromium
from tests.support.raw_events import RawPage
from tests.support.raw_requests import call
from tests.support.studio_app import CLIPS, running_app
from tests.support.web_site import Site

RUNS = 5
LINE = LINES["1.6 Mbit/s, 150 ms"]
FIRST_BYTES = 32 * 1024
READERS = {
    "Open Graph (Facebook, LinkedIn)": ("og:title", "og:description", "og:image", "og:url", "og:type"),
    "chat (Slack, Discord)": ("og:title", "og:description", "og:image", "og:video", "og:site_name"),
    "X": (
        "twitter:card",
        "twitter:title|og:title",
        "twitter:description|og:description",
        "twitter:image|og:image",
    ),
}
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


class Tags(HTMLParser):
    """The meta tags of a document's beginning, as the first value of each name."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.feed(document)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        name = told.get("property") or told.get("name")
        if tag == "meta" and name:
            self.found.setdefault(name, told.get("content") or "")


def visit(browser: Browser, url: str) -> tuple[float, int]:
    """Seconds to the first paint, and bytes over the wire without videos."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, reduced_motion="reduce", bypass_csp=True
    )
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    rate = LINE["bits"] / 8
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": LINE["delay"], "downloadThroughput": rate, "uploadThroughput": rate},
    )
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session.on("Network.responseReceived", lambda event: kinds.__setitem__(event["requestId"], event["type"]))
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.__setitem__(event["requestId"], int(event["encodedDataLength"])),
    )
    page.goto(url, wait_until="commit", timeout=60_000)
    page.wait_for_function(f"{PAINT} > 0", timeout=60_000)
    page.wait_for_timeout(1500)
    painted = page.evaluate(PAINT) / 1000
    context.close()
    return painted, sum(size for request, size in sizes.items() if kinds.get(request) != "Media")


def beginning(url: str) -> str:
    """The first 32 KB of a document, which is what readers of links fetch."""
    with requests.get(url, stream=True, timeout=10) as answer:
        return answer.raw.read(FIRST_BYTES, decode_content=True).decode("utf-8", "replace")


def tags(head: str) -> dict[str, dict[str, str]]:
    """By reader and tag (one or the other of `a|b`), what it says; "" where it is missing."""
    found, told = Tags(head).found, {}
    for reader, wanted in READERS.items():
        told[reader] = {}
        for names in wanted:
            one = next((each for each in names.split("|") if each in found), names)
            told[reader][one] = found.get(one, "")
    return told


@dataclass(frozen=True)
class Shared:
    """Seconds to the first paint, of the share page and of one line of text; its bytes over the wire without
    videos, and those of its document; the beginnings of the share page and of the main page."""

    painted: float
    plain: float
    size: float
    document: int
    share: str
    main: str


def measure(runs: int) -> Shared:
    site = Site()
    site.pages["/"] = lambda handler: handler.wfile.write(
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><p>One line of text</p>"
    )
    with running_app(whole=True) as app, chromium(whole=True) as browser:
        clip = RawPage(app.url).uploaded((CLIPS / "dunes_966x544.mp4").read_bytes())
        asked = {"prompt": "make it a snowy winter", "video": clip, "duration": "3"}
        job = call(app.url, "edit", asked, seconds=120)[1][1]
        url = app.url + call(app.url, "share", {"job_id": job["job_id"]})[1][0]["url"]
        plain = f"http://127.0.0.1:{site.port}/"
        visit(browser, url)
        pairs = [(visit(browser, plain), visit(browser, url)) for _ in range(runs)]
        bare, ours = (statistics.median(one[at][0] for one in pairs) for at in (0, 1))
        size = statistics.median(one[1][1] for one in pairs)
        document = len(requests.get(url, timeout=10).content)
        found = Shared(ours, bare, size, document, beginning(url), beginning(app.url))
    site.close()
    return found


def figures(quick: bool = False) -> list[Figure]:
    shared = measure(2 if quick else RUNS)
    said = [text for of_reader in tags(shared.share).values() for text in of_reader.values()]
    group, wanted = "The page of a shared edit", float(len(said))
    return [
        Figure(group, "first paint, 1.6 Mbit/s", shared.painted, "s", shared.plain, "one line of text"),
        Figure(group, "weight without videos", shared.size / 1000, "KB"),
        Figure(
            group, "tags that link previews read", sum(map(bool, said)), "", None, "", wanted, better="higher"
        ),
    ]


def report_tags(name: str, head: str) -> None:
    print(f"\n{name}: the first {len(head.encode()):,} bytes")
    for reader, found in tags(head).items():
        print(f"  {reader}")
        for tag, text in found.items():
            print(f"    {tag}: {text or 'nothing'}")


def main() -> None:
    shared = measure(RUNS)
    print(f"document: {shared.document:,} bytes before compression")
    print(f"over the wire without the videos: {shared.size:,.0f} bytes (poster included)")
    print(
        f"first paint at 1.6 Mbit/s, 150 ms: {shared.painted:.2f} s; one line of text {shared.plain:.2f} s "
        f"({shared.painted / shared.plain:.2f} times)"
    )
    report_tags("Share page", shared.share)
    report_tags("Main page", shared.main)


if __name__ == "__main__":
    main()
