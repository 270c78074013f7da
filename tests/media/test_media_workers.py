"""Worker processes: what they survive, what they hide, and that nothing of them stays behind."""

import functools
import os
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.media.errors import MediaError, TooSlow
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.fit.conform import conform
from modules.media.fit.conform_plan import plan_conform
from modules.media.read.clip import probe
from modules.media.read.picture import normalise
from modules.media.sandbox.pool import MediaWorkers
from tests.support import worker_tasks as deeds
from tests.support.media_samples import EXAMPLES, PARK
from tests.support.waiting import until


@pytest.fixture(scope="module")
def workers():
    with MediaWorkers(max_workers=2, seconds=30, memory_mb=400) as pool:
        yield pool


@pytest.fixture
def hasty():
    with MediaWorkers(max_workers=1, seconds=0.7, memory_mb=400) as pool:
        pool.seconds = 20
        pool.run(deeds.add, 0, 0)  # the imports of the child are not part of the limit under test
        pool.seconds = 0.7
        yield pool


def test_results_come_back_from_another_process(workers):
    assert workers.run(deeds.add, 2, b=3) == 5
    assert workers.run(deeds.process_id) != os.getpid()


def test_the_rooms_work_inside_a_worker(workers, tmp_path):
    facts = workers.run(probe, PARK)
    assert facts == probe(PARK)
    plan = plan_conform(facts, 3, "9:16", Framing())
    told = []
    out = workers.run(conform, PARK, tmp_path / "b.mp4", plan, keep_audio=True, on_progress=told.append)
    assert out.seconds == 3.0 and told[-1] == 1.0 and told == sorted(told)
    picture = next((EXAMPLES / "refs").glob("*.png"))
    assert workers.run(normalise, picture, tmp_path / "out").width > 0


def test_a_remote_clip_is_decoded_in_a_worker(workers):
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=PARK.parent))
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    host = f"127.0.0.1:{server.server_address[1]}"
    fetcher = SafeFetcher(frozenset({host}))
    try:
        assert workers.run(fetcher.probe_clip, f"http://{host}/{PARK.name}").seconds == 5.0
        with pytest.raises(MediaError, match="private network"):
            workers.run(fetcher.probe_clip, "http://127.0.0.1:8080/a.mp4")
    finally:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_a_worker_is_used_again_and_not_for_ever(workers):
    seen = {workers.run(deeds.process_id) for _ in range(60)}
    assert 2 <= len(seen) <= 4


@pytest.mark.alone
def test_twenty_calls_cost_less_than_a_worker_to_do_them():
    with MediaWorkers(max_workers=1, seconds=30, memory_mb=400) as pool:
        begin = time.perf_counter()
        pool.run(deeds.add, 1, 1)
        started = time.perf_counter()
        for _ in range(20):
            pool.run(deeds.add, 1, 1)
        assert time.perf_counter() - started < started - begin


def test_errors_for_visitors_pass_through(workers):
    with pytest.raises(MediaError) as caught:
        workers.run(deeds.say_something_to_the_user)
    assert caught.value.sentence == "This clip is upside down. Turn it." and caught.value.field == "video_url"
    with pytest.raises(StudioError, match="A plain one"):
        workers.run(deeds.plain_error)


def test_an_internal_error_is_a_sentence_without_its_details(workers):
    with pytest.raises(MediaError) as caught:
        workers.run(deeds.bug)
    assert "internal detail" not in str(caught.value) and "Export it again" in str(caught.value)


@pytest.mark.parametrize(("deed", "args"), [(deeds.crash, ()), (deeds.leave, (0,)), (deeds.leave, (3,))])
def test_a_crash_is_a_sentence_and_the_next_call_works(workers, deed, args):
    with pytest.raises(MediaError, match="decoder fail"):
        workers.run(deed, *args)
    assert workers.run(deeds.add, 1, 1) == 2


@pytest.mark.alone
def test_time_is_limited_also_for_a_loop_that_never_yields(hasty):
    for deed, args in ((deeds.wait, (30,)), (deeds.spin, ())):
        begin = time.monotonic()
        with pytest.raises(TooSlow, match="took too long"):
            hasty.run(deed, *args)
        assert time.monotonic() - begin < 2.5
        hasty.seconds = 20
        assert hasty.run(deeds.add, 1, 1) == 2
        hasty.seconds = 0.7


def test_work_that_reports_progress_gets_more_time_but_not_for_ever(hasty):
    hasty.seconds = 0.4
    assert hasty.run(deeds.report, 6, 0.1, on_progress=lambda share: None) == 6
    with pytest.raises(TooSlow):
        hasty.run(deeds.report, 60, 0.1, on_progress=lambda share: None)


def test_memory_is_limited(workers):
    with pytest.raises(MediaError, match="more memory"):
        workers.run(deeds.take_memory, 1500)
    assert workers.run(deeds.take_memory, 50) == 50


def test_a_worker_knows_no_secrets(workers, monkeypatch):
    monkeypatch.setenv("SEGMIND_API_KEY", "SG_0123456789abcdef")
    monkeypatch.setenv("DATABASE_URL", "postgres://someone")
    with MediaWorkers(max_workers=1) as fresh:
        seen = fresh.run(deeds.environment)
    assert not [name for name in seen if "SEGMIND" in name or "DATABASE" in name]


def test_an_answer_cannot_run_code_in_the_app(workers, capfd):
    with pytest.raises(MediaError):
        workers.run(deeds.answer_with_code)
    assert "trapped" not in capfd.readouterr().out


def test_a_killed_conversion_leaves_no_file(hasty, tmp_path):
    hasty.seconds = 20
    target = tmp_path / "a.mp4"
    failed = []

    def call():
        try:
            hasty.run(deeds.write_slowly, target)
        except MediaError as error:
            failed.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    until(lambda: (tmp_path / "a.mp4.started").exists())
    hasty.close()
    thread.join(5)
    assert not thread.is_alive() and failed
    assert [path.name for path in tmp_path.iterdir()] == ["a.mp4.started"]


def test_temporary_files_of_a_worker_go_with_it():
    with MediaWorkers(max_workers=1) as pool:
        name = pool.run(deeds.litter)
        assert Path(name).exists() and not name.startswith(os.path.join(tempfile.gettempdir(), "tmp"))
    assert not Path(name).exists() and not Path(name).parent.exists()


def test_many_threads_share_a_pool(workers):
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda n: workers.run(deeds.add, n, 1), range(40))) == list(range(1, 41))


def test_a_caller_that_gives_up_ends_the_work(workers):
    class GivenUp(Exception):
        pass

    def stop(share):
        raise GivenUp

    with pytest.raises(GivenUp):
        workers.run(deeds.report, 5, on_progress=stop)
    assert workers.run(deeds.add, 1, 1) == 2
