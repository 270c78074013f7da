"""One address has its share, and gets it back."""

import asyncio
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from starlette.formparsers import MultiPartException

from modules.address_limits import AddressLimits, TooMany
from modules.ui.gate import InputRefused
from modules.ui.single_flight import LatestOnly
from modules.ui.upload_guard import KEPT_SECONDS, UploadGuard


def test_a_share_is_given_back_whatever_happens():
    limits = AddressLimits({"looks": 1})

    def fail() -> None:
        with limits.hold("looks", "a"):
            with limits.hold("looks", "b"), pytest.raises(TooMany), limits.hold("looks", "a"):
                pass
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with limits.hold("looks", "a"):
        pass


def test_a_newer_watch_ends_the_older_one_at_once():
    async def visit():
        latest, begun, over = LatestOnly(), asyncio.Event(), []

        async def never():
            yield "first"
            await asyncio.Event().wait()

        async def watch(name):
            with latest.turn("page") as turn:
                async for _ in turn.until_over(never()):
                    begun.set()
            over.append(name)

        older = asyncio.create_task(watch("older"))
        await asyncio.wait_for(begun.wait(), 5)
        newer = asyncio.create_task(watch("newer"))
        await asyncio.wait_for(older, 5)
        assert over == ["older"] and not newer.done()
        newer.cancel()

    asyncio.run(visit())


def test_an_address_has_only_so_many_watches():
    async def visit():
        latest = LatestOnly(most=2)
        with (
            latest.turn("1", "a") as first,
            latest.turn("2", "b") as other,
            latest.turn("3", "a") as second,
            latest.turn("4", "a") as third,
        ):
            assert not first() and second() and third() and other()

    asyncio.run(visit())


def guard(tmp_path, **options) -> UploadGuard:
    return UploadGuard(
        tmp_path,
        **{
            "most_bytes": 10**6,
            "quota": 10**6,
            "disk_usage": lambda _: SimpleNamespace(free=10**12),
            **options,
        },
    )


def arriving(guard: UploadGuard, *messages, length=None):
    async def visit():
        left = list(messages)

        async def receive():
            return left.pop(0) if left else await asyncio.Event().wait()

        arrival = await guard.begin(length)
        counted = arrival.wrap(receive)

        async def all_of_it():
            while True:
                await counted()

        try:
            with pytest.raises(MultiPartException):
                await all_of_it()
            return arrival.refused.status
        finally:
            guard.end(arrival)

    return asyncio.run(visit())


def piece(size: int, more: bool = True) -> dict:
    return {"type": "http.request", "body": bytes(size), "more_body": more}


def test_an_upload_that_stalls_is_ended(tmp_path):
    assert arriving(guard(tmp_path, stall_seconds=0.05), piece(100)) == 408


def test_an_upload_that_drips_is_ended(tmp_path):
    ticks = iter(range(0, 10_000, 11))
    assert arriving(guard(tmp_path, clock=lambda: next(ticks)), *[piece(10)] * 50) == 408


def test_what_arrives_is_counted(tmp_path):
    assert arriving(guard(tmp_path, most_bytes=10**9), *[piece(300_000)] * 5) == 507
    assert arriving(guard(tmp_path, quota=10**9), *[piece(900_000)] * 5) == 413
    assert arriving(guard(tmp_path), {"type": "http.disconnect"}) == 400


def test_two_uploads_share_the_room(tmp_path):
    async def visit():
        room = guard(tmp_path)
        first = await room.begin(600_000)
        with pytest.raises(InputRefused) as refused:
            await room.begin(600_000)
        assert refused.value.status == 507
        room.end(first)
        assert await room.begin(600_000)

    asyncio.run(visit())


def test_the_sweep_takes_what_is_old_and_what_nobody_writes_to(tmp_path):
    def file(name: str, age: float):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (time.time() - age,) * 2)
        return path

    old, new = file("a/clip.mp4", KEPT_SECONDS + 60), file("b/clip.mp4", 60)
    left, written = file("tmpabc", 600), file("tmpdef", 1)
    guard(tmp_path).sweep()
    assert [path.exists() for path in (old, new, left, written)] == [False, True, False, True]
    assert not (tmp_path / "a").exists()


def test_uploads_of_unknown_length_share_the_room(tmp_path):
    async def visit():
        room = guard(tmp_path, most_bytes=10**9)
        arrivals = [await room.begin(None) for _ in range(6)]
        for arrival in arrivals:
            counted = arrival.wrap(lambda: asyncio.sleep(0, piece(300_000)))
            while True:
                try:
                    await counted()
                except MultiPartException:
                    break
        assert sum(arrival.done for arrival in arrivals) <= 10**6 + 6 * 300_000
        assert {arrival.refused.status for arrival in arrivals} == {507}

    asyncio.run(visit())


def test_an_unfinished_file_of_another_process_stays(tmp_path):
    async def visit():
        room = guard(tmp_path)
        arrival = await room.begin(100)
        holder = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys; f = open(sys.argv[1], 'w'); print(flush=True); input()",
                str(tmp_path / "tmpother"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        holder.stdout.readline()
        (tmp_path / "tmpmine").touch()
        room.end(arrival)
        holder.communicate(b"\n")

    asyncio.run(visit())
    assert [path.name for path in tmp_path.iterdir()] == ["tmpother"]


def test_what_another_has_just_finished_is_not_taken_for_left_behind(tmp_path):
    """Gradio closes an upload before it moves it to its place: then it lies there as if it was given up."""

    async def visit():
        room = guard(tmp_path)
        first, second = await room.begin(100), await room.begin(100)
        (tmp_path / "tmpfirst").write_bytes(b"whole")
        room.end(second)
        assert (tmp_path / "tmpfirst").exists()
        room.end(first)
        assert not (tmp_path / "tmpfirst").exists()

    asyncio.run(visit())


def test_half_open_uploads_give_way_to_those_that_come(tmp_path):
    async def visit():
        now = [0.0]
        room = guard(tmp_path, most_open=2, clock=lambda: now[0])
        idle, busy = await room.begin(100), await room.begin(100)

        async def nothing():
            await asyncio.Event().wait()

        reading = asyncio.ensure_future(idle.wrap(nothing)())
        await asyncio.sleep(0)
        with pytest.raises(InputRefused) as refused:
            await room.begin(100)
        assert refused.value.status == 503, "nobody is idle yet"
        now[0] = 5.0
        busy.heard = 5.0
        assert await room.begin(100)
        with pytest.raises(MultiPartException):
            await reading
        assert idle.refused.status == 503 and "others waited" in idle.refused.sentence

    asyncio.run(visit())


def test_an_upload_whose_request_is_cancelled_is_not_called_refused(tmp_path):
    async def visit():
        arrival = await guard(tmp_path).begin(100)
        reading = asyncio.ensure_future(arrival.wrap(asyncio.Event().wait)())
        await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert arrival.refused is None

    asyncio.run(visit())
