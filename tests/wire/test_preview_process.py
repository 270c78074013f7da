"""The engine as a process: quick to be ready, gone when it should be, and never leaving renders behind."""

import os
import signal
import socket
import subprocess
import sys

import pytest
import requests

from tests.support.preview_server import (
    CLIP,
    PROJECT,
    RENDERER,
    EngineProcess,
    alive,
    children_of,
    render_pid,
    until,
)


def a_busy_engine(tmp_path, *arguments: str) -> tuple[EngineProcess, set[int]]:
    """An engine in the middle of a render, and all its processes."""
    running = EngineProcess(tmp_path / "data", *arguments)
    gate = tmp_path / "never"
    running.caller.submit(f"wait {gate}", running.caller.upload(CLIP)[0])
    pids = {running.process.pid, render_pid(gate)} | children_of(running.process.pid)
    return running, pids


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_engine_and_its_renders(tmp_path, number):
    running, pids = a_busy_engine(tmp_path)
    running.process.send_signal(number)
    running.process.communicate(timeout=10)
    assert running.process.returncode == (0 if number is signal.SIGINT else -signal.SIGTERM)
    until(lambda: not any(alive(pid) for pid in pids))


def test_closing_its_input_ends_the_engine_and_its_renders(tmp_path):
    running, pids = a_busy_engine(tmp_path, "--exit-with-parent")
    running.process.communicate(timeout=10)
    assert running.process.returncode == 0
    until(lambda: not any(alive(pid) for pid in pids))


def test_a_killed_engine_leaves_no_renders_behind(tmp_path):
    running, pids = a_busy_engine(tmp_path)
    running.process.kill()
    running.process.communicate(timeout=10)
    until(lambda: not any(alive(pid) for pid in pids))


def test_a_killed_parent_takes_engine_and_renders_along(tmp_path):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "engine = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, "
            "text=True)\n"
            "print(engine.pid, engine.stdout.readline(), flush=True)\ntime.sleep(600)",
            sys.executable,
            "-m",
            "modules.preview",
            "--port",
            "0",
            "--data",
            str(tmp_path / "data"),
            "--renderer",
            RENDERER,
            "--exit-with-parent",
        ],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid, _, url = parent.stdout.readline().split()
    pids = {int(pid)} | children_of(int(pid))
    assert requests.get(f"{url}/health", timeout=10).json() == {"status": "ok"}
    parent.kill()
    parent.communicate(timeout=10)
    until(lambda: not any(alive(each) for each in pids))


def test_the_server_process_is_ready_without_the_heavy_modules(tmp_path):
    with EngineProcess(tmp_path, renderer=None) as running:
        with open(f"/proc/{running.process.pid}/maps", encoding="utf-8") as file:
            loaded = file.read()
        assert not [name for name in ("cv2", "onnxruntime", "numpy", "/av/") if name in loaded]


def test_it_listens_on_loopback_only_and_says_what_it_is(tmp_path):
    with EngineProcess(tmp_path) as running:
        about = running.caller.get("/").json()
        assert "not Kling" in about["about"] and about["is_kling"] is False
        port = int(running.caller.base.rpartition(":")[2])
        with socket.socket() as elsewhere:
            elsewhere.bind(("127.0.0.2", port))


def test_a_taken_port_and_a_taken_folder_end_with_a_sentence(tmp_path):
    with EngineProcess(tmp_path) as running:
        port = running.caller.base.rpartition(":")[2]
        for arguments, words in (
            (["--port", port, "--data", str(tmp_path / "other")], "in use"),
            (["--port", "0", "--data", str(tmp_path)], "another engine uses the folder"),
        ):
            ended = subprocess.run(
                [sys.executable, "-m", "modules.preview", "--patience", "0.3", *arguments],
                cwd=PROJECT,
                timeout=20,
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ},
            )
            assert ended.returncode == 1
            assert words in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.alone
def test_a_kept_connection_answers_polls_without_delay(tmp_path):
    """Two writes an answer and Nagle's algorithm would make it 40 ms each."""
    with EngineProcess(tmp_path) as running, requests.Session() as session:
        health = running.caller.base + "/health"
        waits = [session.get(health, timeout=10).elapsed.total_seconds() for _ in range(30)]
        assert sorted(waits)[15] < 0.03
