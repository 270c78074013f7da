"""How light the page of a shared edit is, how soon it is painted on a slow line, and what previews of its
link show.

    python -m tests.bench.bench_share           (STUDIO_CHROMIUM names the browser)

The median of RUNS visits with an empty cache at 1.6 Mbit/s and 150 ms: the browser's own first contentful
paint, beside a page with one line of text on the same line; bytes without the videos. Then the share page and
the main page as three readers of links see them, which fetch the first 32 KB and run no script.
"""

import statistics
from html.parser import HTMLParser

import requests
from playwright.sync_api import Browser

from tests.bench.bench_page import LINES
from tests.support.chromium import chromium
from tests.support.raw_events import RawPage, call
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


def read(name: str, url: str) -> None:
    with requests.get(url, stream=True, timeout=10) as answer:
        head = answer.raw.read(FIRST_BYTES, decode_content=True).decode("utf-8", "replace")
    found = Tags(head).found
    print(f"\n{name}: the first {len(head.encode()):,} bytes")
    for reader, wanted in READERS.items():
        print(f"  {reader}")
        for names in wanted:
            one = next((each for each in names.split("|") if each in found), None)
            print(f"    {one or names}: {found[one] if one else 'nothing'}")


def main() -> None:
    site = Site()
    site.pages["/"] = lambda handler: handler.wfile.write(
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<!doctype html><p>One line of text</p>"
    )
    with running_app() as app, chromium() as browser:
        clip = RawPage(app.url).uploaded((CLIPS / "dunes_966x544.mp4").read_bytes())
        asked = {"prompt": "make it a snowy winter", "video": clip, "duration": "3"}
        job = call(app.url, "edit", asked, seconds=120)[1][1]
        url = app.url + call(app.url, "share", {"job_id": job["job_id"]})[1][0]["url"]
        plain = f"http://127.0.0.1:{site.port}/"
        visit(browser, url)
        pairs = [(visit(browser, plain), visit(browser, url)) for _ in range(RUNS)]
        bare, ours = (statistics.median(one[at][0] for one in pairs) for at in (0, 1))
        size = statistics.median(one[1][1] for one in pairs)
        print(f"document: {len(requests.get(url, timeout=10).content):,} bytes before compression")
        print(f"over the wire without the videos: {size:,.0f} bytes (poster included)")
        print(
            f"first paint at 1.6 Mbit/s, 150 ms: {ours:.2f} s; one line of text {bare:.2f} s "
            f"({ours / bare:.2f} times)"
        )
        read("Share page", url)
        read("Main page", app.url)
    site.close()


if __name__ == "__main__":
    main()
