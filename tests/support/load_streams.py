"""Streams of many clients at once, as pages and programs open them, and the process that serves them."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from tests.support.many_streams import Client, Stream
from tests.support.media_samples import clip
from tests.support.raw_events import RawPage, file_data
from tests.support.raw_requests import elsewhere, multipart

SECONDS = 3
DONE = b'"COMPLETED"'
OPENED_AT_ONCE = 40


class Server:
    """A process that is measured."""

    def __init__(self, pid: int, url: str) -> None:
        self.url, self._process = url, psutil.Process(pid)
        self._cpu = self._wall = 0.0

    def begin(self) -> None:
        self._cpu, self._wall = self._used(), time.monotonic()

    def cores(self) -> float:
        """CPU seconds in a second since `begin`."""
        return (self._used() - self._cpu) / (time.monotonic() - self._wall)

    def peak(self) -> float:
        """The largest resident size so far, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def _used(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


@cache
def sample(width: int = 1280, height: int = 720) -> bytes:
    """A clip that needs no fitting: what media work costs is measured elsewhere (`bench_media`)."""
    with tempfile.TemporaryDirectory() as folder:
        return clip(Path(folder) / "clip.mp4", width, height, SECONDS).read_bytes()


async def opened(makers: Iterable[Callable[[], Any]]) -> list[Stream]:
    """The streams that the makers open, some at a time."""
    turns = asyncio.Semaphore(OPENED_AT_ONCE)

    async def one(make: Callable[[], Any]) -> Stream:
        async with turns:
            stream: Stream = await make()
            stream.mark(DONE)
            return stream

    return await asyncio.gather(*(one(make) for make in makers))


async def ended(streams: Iterable[Stream], seconds: float) -> None:
    """Wait for the ends; what is open after `seconds` is closed, and so lost."""
    streams = list(streams)
    await asyncio.wait([asyncio.ensure_future(one.over) for one in streams], timeout=seconds)
    for one in streams:
        one.close()


async def page_stream(app: Server, page: RawPage, number: int, event: str, *values: Any) -> Stream:
    """The stream of a page that was just opened: `event` gives it a job, then it watches that."""
    client, session = Client(app.url, elsewhere(1000 + number)), secrets.token_hex(6)
    join, data = "/gradio_api/queue/join", f"/gradio_api/queue/data?session_hash={session}"
    alive = await client.open("GET", f"/gradio_api/heartbeat/{session}")
    await client.post(join, page.body(event, [page.visitor, *values], session=session))
    told = await client.open("GET", data)
    await told.over
    await client.post(join, page.body("watch", [page.visitor, None], session=session))
    stream = await client.open("GET", data)
    stream.over.add_done_callback(lambda _: alive.close())
    return stream


async def call_stream(url: str, number: int, name: str, values: list) -> Stream:
    """A named endpoint as a program without a library asks it."""
    client = Client(url, elsewhere(1000 + number))
    event = (await client.post(f"/gradio_api/call/{name}", {"data": values}))["event_id"]
    return await client.open("GET", f"/gradio_api/call/{name}/{event}")


async def edit_stream(app: Server, page: RawPage, number: int) -> Stream:
    """An edit by `/edit` with an uploaded clip: by turns as curl and as the official clients ask."""
    client = Client(app.url, elsewhere(1000 + number))
    headers, body = multipart(sample())
    headers.pop("Content-Length")
    status, said = await client.ask("POST", "/gradio_api/upload", headers, body)
    assert status == 200, said
    source, key = file_data(said.decode().split('"')[1]), key_of(number)
    values = [f"winter {number}", source, "std", "3", "16:9", False, "customize", [], [], key, ""]
    if number % 2:
        return await call_stream(app.url, number, "edit", values)
    session = secrets.token_hex(6)
    await client.post("/gradio_api/queue/join", page.body("edit", values, session=session))
    return await client.open("GET", f"/gradio_api/queue/data?session_hash={session}")


def key_of(number: int) -> str:
    """Every visitor's own key."""
    return f"SG_{number:016x}"
