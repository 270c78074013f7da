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
