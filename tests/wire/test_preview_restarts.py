"""What the preview engine keeps: requests over restarts and kills, files until they expire."""

import contextlib
import time

import requests

from tests.support.preview_server import (
    CLIP,
    EngineProcess,
    alive,
    engine_in_thread,
    render_pid,
    until,
)


def test_an_engine_that_was_killed_goes_on_where_it_was(tmp_path):
    gate = tmp_path / "gate"
    with EngineProcess(tmp_path / "data", "--workers", "1") as first:
        clip = first.caller.upload(CLIP)[0]
        done = first.caller.submit("copy it", clip)["request_id"]
        first.caller.wait(done)
        running = first.caller.submit(f"wait {gate}", clip)["request_id"]
        waiting = first.caller.submit("copy it", clip)["request_id"]
        pid = render_pid(gate)
        first.process.kill()
        first.process.wait(10)
        until(lambda: not alive(pid))
    gate.touch()
    with EngineProcess(tmp_path / "data", "--workers", "1") as second:
        for request_id in (running, waiting, done):
            assert second.caller.wait(request_id)["status"] == "COMPLETED"
        body = second.caller.get(f"/v2/requests/{running}").json()
        assert second.caller.get(body["output"]).content == CLIP.read_bytes()
        assert body["metrics"]["retry_count"] == 1


def test_a_request_that_ends_every_engine_is_given_up(tmp_path):
    record = None
    for _ in range(4):
        with EngineProcess(tmp_path / "data") as running:
            engine = running.caller
            if record is None:
                record = engine.submit(f"wait {tmp_path / 'never'}", engine.upload(CLIP)[0])["request_id"]
            engine.wait(record, "PROCESSING")
            running.process.kill()
    with EngineProcess(tmp_path / "data") as last:
        assert "cut off several times" in last.caller.wait(record)["error"]


def test_a_request_is_not_blamed_for_engines_that_were_stopped_in_order(tmp_path):
    gate = tmp_path / "gate"
    record = None
    for _ in range(5):
        with engine_in_thread(tmp_path / "data") as engine:
            if record is None:
                record = engine.submit(f"wait {gate}", engine.upload(CLIP)[0])["request_id"]
            engine.wait(record, "PROCESSING")
    gate.touch()
    with engine_in_thread(tmp_path / "data") as engine:
        assert engine.wait(record)["status"] == "COMPLETED"


def test_damaged_records_do_not_stop_an_engine(tmp_path):
    folder = tmp_path / "records"
    folder.mkdir()
    damaged = {"a" * 32 + ".json": "{", "b" * 32 + ".json": '{"id": 3}', "c.json": "[]", "d.tmp": ""}
    for name, content in damaged.items():
        (folder / name).write_text(content)
    with engine_in_thread(tmp_path) as engine:
        assert engine.get("/health").status_code == 200
    assert list(folder.iterdir()) == []


def test_the_sweep_removes_what_expired_but_nothing_of_a_running_render(tmp_path):
    ages = {"offset": 0.0}
    gate = tmp_path / "gate"
    with engine_in_thread(
        tmp_path / "data",
        clock=lambda: time.time() + ages["offset"],
        retention=3600,
        file_retention=1800,
        sweep_seconds=0.05,
    ) as engine:
        clip = engine.upload(CLIP)[0]
        unused = engine.upload(CLIP)[0]
        running = engine.submit(f"wait {gate}", clip)["request_id"]
        engine.wait(running, "PROCESSING")
        ages["offset"] = 1900.0
        files = tmp_path / "data" / "files"
        until(lambda: not (files / unused.rsplit("/", 1)[1]).exists())
        assert (files / clip.rsplit("/", 1)[1]).exists()
        gate.touch()
        assert engine.wait(running)["status"] == "COMPLETED"
        ages["offset"] = 3700.0
        until(lambda: not list((tmp_path / "data" / "records").iterdir()))


def test_when_the_disk_budget_is_spent_the_oldest_files_go_first(tmp_path):
    now = {"value": time.time()}
    size = CLIP.stat().st_size
    with engine_in_thread(
        tmp_path, clock=lambda: now["value"], max_disk_bytes=2 * size + size // 2, sweep_seconds=0.05
    ) as engine:
        urls = []
        for _ in range(3):
            urls += engine.upload(CLIP)
            now["value"] += 1

        def is_gone():
            # A file may go just as it is being opened for an answer that has begun: that answer is cut.
            with contextlib.suppress(requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                return engine.get(urls[0]).status_code == 404

        until(is_gone)
        assert [engine.get(url).status_code for url in urls[1:]] == [200, 200]
