"""The pool of media workers: how many work at once, when idle ones end, and that all end with it."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from modules.media.errors import MediaError
from modules.media.sandbox.pool import MediaWorkers
from tests.support import worker_tasks as deeds
from tests.support.waiting import until

ROOT = Path(__file__).resolve().parents[2]


def alive(process):
    state = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True
    ).stdout.strip()
    return bool(state) and not state.startswith("Z")


def test_no_more_calls_run_at_once_than_allowed(tmp_path):
    with MediaWorkers(max_workers=2, seconds=20) as pool:
        begin_times = []

        def call(number):
            pool.run(deeds.wait, 0.3, tmp_path / str(number))
            begin_times.append(number)

        pool.run(deeds.add, 1, 1)
        with ThreadPoolExecutor(6) as threads:
            futures = [threads.submit(call, number) for number in range(6)]
            until(lambda: len(list(tmp_path.iterdir())) >= 2)
            assert len(list(tmp_path.iterdir())) <= 3
            for future in futures:
                future.result(20)
        assert len(begin_times) == 6


def test_a_short_call_does_not_wait_for_long_ones(tmp_path):
    """What a finished edit needs is done while clips are being fitted."""
    with MediaWorkers(max_workers=1) as pool, ThreadPoolExecutor(1) as threads:
        long = threads.submit(pool.run, deeds.wait_for, str(tmp_path / "go"), str(tmp_path / "started"))
        until((tmp_path / "started").exists)
        assert [pool.run_short(deeds.add, 1, 2), pool.run_short(deeds.add, 3, 4)] == [3, 7]
        assert not long.done()
        (tmp_path / "go").touch()
        assert long.result(30) is True
        assert pool.run_short(deeds.add, 5, 6) == 11


def test_a_worker_gives_back_the_memory_of_a_call():
    with MediaWorkers(max_workers=1, seconds=30) as pool:
        before = pool.run(deeds.resident)
        pool.run(deeds.keep_and_forget, 300)
        assert pool.run(deeds.resident) < before + 100


@pytest.mark.parametrize(("warm", "left"), [(True, 1), (False, 0)])
def test_idle_workers_end_save_the_warm_one(warm, left, tmp_path):
    now = [1000.0]
    with MediaWorkers(2, seconds=30, warm=warm, idle_seconds=600, clock=lambda: now[0]) as pool:
        with ThreadPoolExecutor(2) as threads:
            ids = set(threads.map(lambda n: pool.run(deeds.meet, tmp_path, str(n), 2), range(2)))
        assert len(ids) == 2
        now[0] += 599
        pool.end_idle()
        assert all(map(alive, ids))
        now[0] += 2
        pool.end_idle()
        assert sum(map(alive, ids)) == left
        assert pool.run(deeds.add, 1, 1) == 2


def test_idle_workers_end_by_themselves():
    with MediaWorkers(1, seconds=30, warm=False, idle_seconds=0.05) as pool:
        child = pool.run(deeds.process_id)
        until(lambda: not alive(child))


def test_a_closed_pool_says_so_and_its_children_are_gone():
    pool = MediaWorkers(max_workers=1)
    child = pool.run(deeds.process_id)
    pool.close()
    pool.close()
    assert not alive(child)
    with pytest.raises(MediaError, match="closing"):
        pool.run(deeds.add, 1, 1)


def test_children_end_with_the_app_even_when_it_is_killed(tmp_path):
    script = tmp_path / "page.py"
    script.write_text(
        "import sys, time\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from modules.media.sandbox.pool import MediaWorkers\n"
        "from tests.support import worker_tasks as deeds\n"
        "print('the page is built', flush=True)\n"
        "pool = MediaWorkers(max_workers=1)\n"
        "print(pool.run(deeds.process_id), flush=True)\n"
        "print(pool.run(deeds.environment)['TMPDIR'], flush=True)\n"
        "time.sleep(60)\n"
    )
    # No `if __name__ == '__main__'` above: a worker must not import the page a second time.
    app = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    try:
        assert app.stdout.readline() == "the page is built\n"
        child = int(app.stdout.readline())
        folder = Path(app.stdout.readline().strip())
        assert alive(child) and folder.is_dir()
    finally:
        app.kill()
        app.wait()
        app.stdout.close()
    until(lambda: not alive(child) and not folder.exists())
