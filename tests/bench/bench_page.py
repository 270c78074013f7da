"""How heavy and how quick the page is, beside a bare Blocks page in the same browser, by turns.

    python -m tests.bench.bench_page            (STUDIO_CHROMIUM names the browser)

Prints: seconds from `python app.py` to the first whole page; of both pages the median of RUNS visits with an
empty cache: seconds until the button is painted and can be pressed (by the page's own clock), until a test
may press it (as seen by the one who steers the browser), bytes over the wire and requests; the ratios are
medians of the ratios of neighbouring visits. And seconds from pressing Edit to a playing result for a 5 s
720p clip on the preview engine.
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

RUNS = 15
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
new MutationObserver((_, watch) => {
  const button = document.querySelector('#edit-button:not([disabled])');
  if (!button || !button.offsetHeight) return;
  watch.disconnect();
  requestAnimationFrame(() => requestAnimationFrame(() => { window.painted = performance.now(); }));
}).observe(document, {childList: true, subtree: true, attributes: true, attributeFilter: ['disabled']});
"""


@dataclass(frozen=True)
class Visit:
    """Seconds until the button is painted, and until it may be pressed from outside; bytes; requests."""

    painted: float
    usable: float
    size: int
    requests: int


def visit(browser: Browser, url: str) -> Visit:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(PAINTED)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received, requests = [0], [0]
    session.on(
        "Network.loadingFinished",
        lambda event: received.__setitem__(0, received[0] + int(event["encodedDataLength"])),
    )
    session.on("Network.requestWillBeSent", lambda event: requests.__setitem__(0, requests[0] + 1))
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("#edit-button:enabled", timeout=60_000)
    usable = time.perf_counter() - began
    page.wait_for_timeout(2500)
    painted = page.evaluate("window.painted") / 1000
    context.close()
    return Visit(painted, usable, received[0], requests[0])


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
            bare, ours = [], []
            for _ in range(RUNS):
                bare.append(visit(browser, plain))
                ours.append(visit(browser, app.url))
            times = []
            for _ in range(3):
                page = browser.new_page(viewport={"width": 1280, "height": 900})
                page.goto(app.url)
                page.wait_for_selector("#edit-button")
                upload_clip(page, "person_park_1280x720.mp4")
                describe(page, "Turn it into a cyberpunk night with rain")
                page.wait_for_timeout(1000)
                pressed = time.perf_counter()
                press_edit(page)
                wait_for_stage(page, "COMPLETED")
                assert edited_video_plays(page)["moved"] > 0
                times.append(time.perf_counter() - pressed)
                page.close()
    print(f"cold start: {answered:.1f} s to the first answer, {whole:.1f} s to a page that can be used")
    print(f"{'':14}{'painted':>12}{'usable':>12}{'weight':>12}{'requests':>10}")
    for name, visits in (("bare Blocks", bare), ("this page", ours)):
        middle = {
            field: statistics.median(getattr(one, field) for one in visits)
            for field in ("painted", "usable", "size", "requests")
        }
        print(
            f"{name:14}{middle['painted']:>10.2f} s{middle['usable']:>10.2f} s{middle['size'] / 1e6:>9.2f} "
            f"MB{middle['requests']:>10.0f}"
        )
    pairs = list(zip(ours, bare, strict=True))
    ratios = [
        statistics.median(getattr(one, field) / getattr(other, field) for one, other in pairs)
        for field in ("painted", "usable", "size")
    ]
    print(f"{'ratio':14}" + "".join(f"{ratio:>12.2f}" for ratio in ratios))
    print(
        f"press Edit to a playing result, 5 s of 1280x720: {statistics.median(times):.1f} s (of "
        f"{', '.join(f'{t:.1f}' for t in times)})"
    )


if __name__ == "__main__":
    main()
