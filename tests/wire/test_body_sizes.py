"""How much a visitor may send at once: large bodies and long lists are refused and delay nobody."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.event_values import EDIT, REFUSED
from tests.support.raw_events import RawPage, fields
from tests.support.raw_requests import JOIN, JSON, ask, begun, call, status_of


@pytest.fixture(scope="module")
def page(studio):
    return RawPage(studio.url)


@contextlib.contextmanager
def other_visitors(url: str) -> Iterator[list[float]]:
    """Somebody who asks for a style sheet again and again meanwhile: the seconds that each answer took."""
    waits, over = [], threading.Event()

    def look() -> None:
        while not over.is_set():
            began = time.monotonic()
            with contextlib.suppress(OSError):
                ask(url, "GET", "/theme.css", seconds=20)
            waits.append(time.monotonic() - began)
            time.sleep(0.02)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield waits
    finally:
        over.set()
        looking.join()


BODIES = [JOIN, "/gradio_api/call/edit", "/gradio_api/call/job", "/gradio_api/cancel", "/gradio_api/reset"]


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(studio):
    answered = {}
    for target in BODIES:
        for length in (2**20 + 1, 20_000_000, 10**15):
            with begun(studio.url, target, {**JSON, "Content-Length": str(length)}, b'{"data": ["') as line:
                answered[target, length] = status_of(line, 1)
    assert {request: status for request, status in answered.items() if status != 413} == {}


def test_a_body_that_says_nothing_of_its_length_is_counted(studio):
    piece, answered = b"10000\r\n" + b" " * 65536 + b"\r\n", {}
    for target in BODIES:
        with begun(studio.url, target, {**JSON, "Transfer-Encoding": "chunked"}, *[piece] * 20) as line:
            answered[target] = status_of(line, 2)
    assert {target: status for target, status in answered.items() if status != 413} == {}


def test_a_body_of_almost_a_megabyte_is_still_taken(studio):
    filled = b'{"data": ["x"]' + b" " * 900_000 + b"}"
    assert ask(studio.url, "POST", "/gradio_api/call/job", JSON, filled).status == 200


def test_large_bodies_do_not_keep_others_waiting(studio, page):
    form = fields(references={"images": [{"path": "a" * 20}] * 300_000, "elements": []})
    large = json.dumps(page.body("start", [page.visitor, "preview", "", "", *form])).encode()

    def post(_) -> int:
        with contextlib.suppress(OSError):
            return ask(studio.url, "POST", JOIN, JSON, large, seconds=20).status
        return 0

    with other_visitors(studio.url) as waits, ThreadPoolExecutor(5) as five:
        codes = list(five.map(post, range(5)))
    seen = f"{codes} to {len(large):,} bytes, and somebody else waited {max(waits):.1f} s"
    assert max(waits) < 2 and set(codes) <= {0, 413}, seen


MANY = [f"{n:05}" for n in range(100_000)]
BY_NAME = {"prompt": "winter"}
CALLS = {
    "images by name": BY_NAME | {"images": MANY},
    "elements by name": BY_NAME | {"elements": MANY},
    "images": [*EDIT[:7], MANY, [], ""],
    "elements": [*EDIT[:7], [], MANY, ""],
    "lists": [*EDIT[:7], [["a"]] * 100_000, [], ""],
    "references": [*EDIT[:7], [], [{"frontal_image": "a", "reference_images": MANY}], ""],
}


@pytest.mark.parametrize("which", CALLS)
@pytest.mark.alone
def test_a_hundred_thousand_pictures_in_one_call_are_refused_at_once(studio, which):
    assert len(json.dumps({"data": CALLS[which]})) < 10**6
    began = time.monotonic()
    with other_visitors(studio.url) as waits:
        status, told = call(studio.url, "edit", CALLS[which])
    took, count = time.monotonic() - began, len(told[1]["problems"]) if told else 0
    seen = f"{status}, {count:,} problems after {took:.1f} s, and somebody else waited {max(waits):.1f} s"
    assert max(waits) < 2 and took < 5 and count <= 20, seen
    assert status in (*REFUSED, 429) or (told[1]["stage"] == "FAILED" and count), seen


@pytest.mark.parametrize("event", ["start", "start_all", "code"])
@pytest.mark.alone
def test_a_hundred_thousand_pictures_in_one_event_are_refused_at_once(studio, event):
    page = RawPage(studio.url)
    images, elements = [{"path": name} for name in MANY[:45_000]], [{}] * 40_000
    form, prompts = fields(references={"images": images, "elements": elements}), ["a", "b", "", ""]
    start = [page.visitor, "preview", "", ""]
    before = {"start": start, "start_all": [*start, *prompts], "code": ["curl"]}
    began = time.monotonic()
    with other_visitors(studio.url) as waits:
        told = page.post(event, [*before[event], *form], seconds=12)
    took, size = time.monotonic() - began, len(json.dumps(told))
    seen = f"{size:,} bytes after {took:.1f} s, and somebody else waited {max(waits):.1f} s"
    assert max(waits) < 2 and took < 5 and size < 20_000, seen
