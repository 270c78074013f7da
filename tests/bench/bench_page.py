"""How heavy and how quick the page is, beside a bare Blocks page in the same browser and the same run.

    python -m tests.bench.bench_page            (STUDIO_CHROMIUM names the browser)

Prints: seconds from `python app.py` to the first whole page, bytes over the wire, seconds until the page can be used (median of
RUNS), and seconds from pressing Edit to a playing result for a 5 s 720p clip on the preview engine.
"""

import contextlib
import statistics
import subprocess
import sys
import time

from playwright.sync_api import Browser

from tests.browser.chromium import chromium
from tests.browser.pages import describe, edited_video_plays, press_edit, upload_clip, wait_for_stage
from tests.studio_app import free_port, running_app

RUNS = 5
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


def visit(browser: Browser, url: str) -> tuple[float, int, int]:
    """Seconds until the button can be pressed, bytes over the wire until the network is quiet, number of requests."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    received, requests = [0], [0]
    session.on("Network.loadingFinished", lambda event: received.__setitem__(0, received[0] + int(event["encodedDataLength"])))
    session.on("Network.requestWillBeSent", lambda event: requests.__setitem__(0, requests[0] + 1))
    began = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("#edit-button:enabled", timeout=60_000)
    usable = time.perf_counter() - began
    page.wait_for_timeout(2500)
    context.close()
    return usable, received[0], requests[0]


def measure(browser: Browser, url: str) -> tuple[float, int, int]:
    visit(browser, url)
    visits = [visit(browser, url) for _ in range(RUNS)]
    return statistics.median(v[0] for v in visits), int(statistics.median(v[1] for v in visits)), visits[0][2]


def main() -> None:
    with chromium() as browser:
        with bare_blocks() as url:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                with contextlib.suppress(Exception):
                    visit(browser, url)
                    break
            bare = measure(browser, url)
        began = time.perf_counter()
        with running_app() as app:
            answered = time.perf_counter() - began
            visit(browser, app.url)
            whole = time.perf_counter() - began - 2.5
            ours = measure(browser, app.url)
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
    print(f"{'':14}{'usable after':>14}{'weight':>12}{'requests':>10}")
    for name, (seconds, size, count) in (("bare Blocks", bare), ("this page", ours)):
        print(f"{name:14}{seconds:>12.2f} s{size / 1e6:>9.2f} MB{count:>10}")
    print(f"{'ratio':14}{ours[0] / bare[0]:>14.2f}{ours[1] / bare[1]:>12.2f}")
    print(f"press Edit to a playing result, 5 s of 1280x720: {statistics.median(times):.1f} s (of {', '.join(f'{t:.1f}' for t in times)})")


if __name__ == "__main__":
    main()
