"""The same wish twice within a moment is begun once."""

import asyncio

from modules.ui.single_flight import MOMENT_SECONDS, LatestOnly, SingleFlight


def test_presses():
    now, begun = [0.0], []

    async def begin():
        await asyncio.sleep(0)
        begun.append(now[0])
        return f"job {len(begun)}"

    async def visit():
        presses = SingleFlight(lambda: now[0])
        assert await asyncio.gather(*(presses.once("anna: snow", begin) for _ in range(5))) == ["job 1"] * 5
        assert await presses.once("anna: rain", begin) == "job 2"
        now[0] += MOMENT_SECONDS
        assert await presses.once("anna: snow", begin) == "job 3"

    asyncio.run(visit())
    assert len(begun) == 3


def test_the_latest_event_of_a_page_has_the_turn():
    latest = LatestOnly()
    with latest.turn("anna") as first:
        assert first()
        with latest.turn("ben") as other, latest.turn("anna") as second:
            assert other() and second() and not first()
        assert not first()
        with latest.turn(None) as alone, latest.turn(None):
            assert alone()


def test_a_later_event_ends_the_wait_of_an_earlier_one_at_once():
    """Its answers are closed, it says `nothing` last, and what called it goes on uncancelled."""
    latest, closed, told = LatestOnly(), [], []
    hear = told.append

    async def answers(name: str):
        try:
            yield f"{name} 1"
            await asyncio.Event().wait()
        finally:
            closed.append(name)

    async def event(name: str) -> str:
        async for answer in latest.follow("anna", "", answers(name), "nothing"):
            hear(answer)
        await asyncio.sleep(0)  # a cancellation that was left over would come here
        return name

    async def visit():
        first = asyncio.ensure_future(event("first"))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(event("second"))
        assert await asyncio.wait_for(first, 5) == "first"
        assert (told, closed) == (["first 1", "second 1", "nothing"], ["first"])
        second.cancel()  # the page is closed: an end of its own
        await asyncio.wait([second], timeout=5)
        assert second.cancelled() and closed == ["first", "second"]

    asyncio.run(visit())
