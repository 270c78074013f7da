"""How heavy and how quick the page is, beside a bare Blocks page in the same browser, by turns.

    python -m tests.bench.bench_page            (STUDIO_CHROMIUM names the browser)

For each of LINES (bandwidth and delay, set in the browser) the median of RUNS visits with an empty cache:
seconds until something of the form can be read, until the button is painted and can be pressed (both by the
page's own clock), bytes over the wire, requests; the ratios are medians of the ratios of neighbouring visits.
Then seconds from `python app.py` to the first whole page, and from pressing Edit to a playing result for a 5
s 720p clip on the preview engine.
"""

import contextlib
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.pages import describe, edited_video_plays, press_edit, upload_clip, wait_for_stage
from tests.support.studio_app import free_port, running_app

RUNS = 7
LINES = {
    "loopback": None,
    "10 Mbit/s, 40 ms": {"bits": 10e6, "delay": 40},
    "1.6 Mbit/s, 150 ms": {"bits": 1.6e6, "delay": 150},
}
"""Bandwidth in bit/s and round-trip delay in milliseconds, as Lighthouse names its slow 4G."""
BARE = """
import os
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
import gradio as gr
with gr.Blocks() as page:
    gr.Button("Edit video", elem_id="edit-button")
page.launch(server_port={port}, ssr_mode=False, run_history=False, footer_links=[], quiet=True)
"""


@contextlib.contextmanager
def bare_blocks():
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", BARE.format(port=port)], stdout=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


PAINTED = """
const seen = (name, found) => {
  if (window[name] || !found()) return;
  window[name] = -1;
  requestAnimationFrame(() => requestAnimationFrame(() => { window[name] = performance.now(); }));
};
const shown = (node) => node && node.offsetHeight > 0;
new MutationObserver(() => {
  const form = ['#prompt textarea', '.example img'];
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
    received, requests = [0], [0]
    session.on(
        "Network.loadingFinished",
        lambda event: received.__setitem__(0, received[0] + int(event["encodedDataLength"])),
    )
    session.on("Network.requestWillBeSent", lambda event: requests.__setitem__(0, requests[0] + 1))
    page.goto(url, wait_until="commit", timeout=120_000)
    page.wait_for_function("window.painted > 0", timeout=120_000)
    page.wait_for_timeout(2500 if line is None else 6000)
    readable, painted = page.evaluate("[Math.max(0, window.readable || 0), window.painted]")
    context.close()
    return Visit(readable / 1000, painted / 1000, received[0], requests[0])


def wait_for(browser: Browser, url: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(Exception):
            visit(browser, url)
            return


def main() -> None:
    with chromium() as browser, bare_blocks() as plain:
        wait_for(browser, plain)
        began = time.perf_counter()
        with running_app() as app:
            answered = time.perf_counter() - began
            visit(browser, app.url)
            whole = time.perf_counter() - began - 2.5
            for name, line in LINES.items():
                pairs = [(visit(browser, plain, line), visit(browser, app.url, line)) for _ in range(RUNS)]
                report(name, pairs)
            times = [edited(browser, app.url) for _ in range(3)]
    print(f"cold start: {answered:.1f} s to the first answer, {whole:.1f} s to a page that can be used")
    print(
        f"press Edit to a playing result, 5 s of 1280x720: {statistics.median(times):.1f} s (of "
        f"{', '.join(f'{t:.1f}' for t in times)})"
    )


def report(line: str, pairs: list[tuple[Visit, Visit]]) -> None:
    """Print the medians of the bare page and of ours, and the median of the ratios."""
    print(f"\n{line:20}{'readable':>10}{'painted':>12}{'weight':>12}{'requests':>10}")
    for at, name in enumerate(("bare Blocks", "this page")):
        middle = {
            field: statistics.median(getattr(pair[at], field) for pair in pairs)
            for field in ("readable", "painted", "size", "requests")
        }
        print(
            f"{name:20}{middle['readable']:>8.2f} s{middle['painted']:>10.2f} s{middle['size'] / 1e6:>9.2f} "
            f"MB{middle['requests']:>10.0f}"
        )
    ratios = [
        statistics.median(getattr(ours, field) / getattr(bare, field) for bare, ours in pairs)
        for field in ("painted", "size")
    ]
    print(f"{'ratio':20}{'':10}" + "".join(f"{ratio:>12.2f}" for ratio in ratios))


def edited(browser: Browser, url: str) -> float:
    """Seconds from the press of the button to a playing result."""
    page = browser.new_page(viewport={"width": 1366, "height": 768})
    page.goto(url)
    page.wait_for_selector("#edit-button")
    upload_clip(page, "person_park_1280x720.mp4")
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
