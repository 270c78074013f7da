"""Renders on a Dask cluster of two workers; one of them is lost in the middle."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.support.preview_server import CLIP, PICTURE, PROJECT, EngineProcess, alive, render_pid, until


def started(*arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "dask", *arguments]
    environment = {
        **os.environ,
        "PYTHONPATH": str(PROJECT),
        "DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error",
    }
    return subprocess.Popen(
        command, cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The address of a scheduler with two workers of one thread each."""
    folder = tmp_path_factory.mktemp("cluster")
    note = folder / "scheduler.json"
    processes = [
        started(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(note)
        )
    ]
    try:
        until(note.exists)

        address = until(lambda: json.loads(note.read_text() or "{}").get("address"))
        alone = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder))
        processes += [started("worker", address, *alone) for _ in range(2)]
        yield address
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_renders_go_to_the_cluster_and_survive_the_loss_of_a_worker(cluster, tmp_path):
    with EngineProcess(tmp_path / "data", PREVIEW_CLUSTER=cluster) as running:
        engine = running.caller
        clip, picture = engine.upload(CLIP, PICTURE)
        gate = tmp_path / "gate"
        accepted = engine.submit(f"wait {gate}", clip, image_urls=[picture])
        lost = render_pid(gate)
        engine.wait(accepted["request_id"], "PROCESSING")
        assert lost != running.process.pid
        gate.with_suffix(".pid").unlink()
        os.kill(lost, signal.SIGKILL)
        until(lambda: not alive(lost))
        assert render_pid(gate) != lost
        gate.touch()
        status = engine.wait(accepted["request_id"])
        assert status["status"] == "COMPLETED"
        assert status["plan"]["summary"] == "Pictures: 1; elements: 0."
        assert engine.get(status["still_url"]).content == b"\xff\xd8\xff still"
        assert engine.get(engine.get(accepted["response_url"]).json()["output"]).content == CLIP.read_bytes()
        failed = engine.wait(engine.submit("refuse it", clip)["request_id"])
        assert (failed["status"], "no pictures in it" in failed["error"]) == ("FAILED", True)


def test_a_cluster_that_is_not_there_is_said_at_the_start(tmp_path):
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "modules.preview",
            "--port",
            "0",
            "--data",
            str(tmp_path),
            "--cluster",
            "tcp://127.0.0.1:1",
            "--patience",
            "0.3",
        ],
        cwd=PROJECT,
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "cannot be reached" in ended.stderr and "Traceback" not in ended.stderr
