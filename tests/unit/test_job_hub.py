"""Watchers are woken once a change, from any thread, into any loop."""

import asyncio
import threading
from dataclasses import replace

from modules.jobs.hub import IDLE_SECONDS, Hub
from modules.jobs.job import Stage
from tests.support.jobs import a_job


def test_a_watcher_that_is_behind_does_not_wait():
    hub = Hub()
    hub.watch(a_job(version=4))
    asyncio.run(asyncio.wait_for(hub.newer("job-00000001", 3, 60), 5))


def test_a_change_in_a_thread_wakes_every_watcher():
    hub = Hub()
    hub.watch(a_job(version=1))

    async def all_of_them() -> None:
        waits = [asyncio.ensure_future(hub.newer("job-00000001", 1, 60)) for _ in range(200)]
        await asyncio.sleep(0)
        threading.Thread(target=hub.publish, args=(a_job(version=2),)).start()
        await asyncio.wait_for(asyncio.gather(*waits), 10)

    asyncio.run(all_of_them())
    assert hub.latest("job-00000001").version == 2 and hub.waiting == 0


def test_an_older_version_is_not_told():
    hub = Hub()
    hub.watch(a_job(version=5))
    hub.publish(a_job(version=4, message="late"))
    assert hub.latest("job-00000001").version == 5


def test_a_job_that_went_to_another_replica_counts_anew():
    hub = Hub()
    hub.watch(a_job(version=9))
    hub.forget("job-00000001")
    assert hub.watch(a_job(version=7)).version == 7


def test_watchers_that_leave_leave_nothing_behind():
    hub, now = Hub(clock=lambda: now[0]), [0.0]
    hub.watch(a_job())

    async def leave() -> None:
        task = asyncio.ensure_future(hub.newer("job-00000001", 1, 60))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(leave())
    assert hub.waiting == 0 and hub.watched() == {"job-00000001": 1}
    now[0] = IDLE_SECONDS + 1
    assert hub.watched() == {} and hub.latest("job-00000001") is None


def test_a_loop_that_was_closed_disturbs_nobody():
    hub = Hub()
    hub.watch(a_job())
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # the watcher is left behind on purpose
    watcher = loop.create_task(hub.newer("job-00000001", 1, 60))
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
    assert hub.waiting == 1 and not watcher.done()
    hub.publish(replace(a_job(version=2), stage=Stage.FAILED))
    assert hub.latest("job-00000001").version == 2 and hub.watched() == {}
