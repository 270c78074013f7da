"""An uploaded clip is looked at before its first edit: when, how often, and that its first edit finds the
answers. Nothing of it is in the way of an upload or an edit."""

import contextlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
import requests

from modules.preview.http.engine import EngineSettings
from modules.preview.queue.looks_ahead import LooksAhead
from tests.support.preview_server import (
    CLIP,
    KEY,
    PICTURE,
    PROJECT,
    EngineProcess,
    alive,
    children_of,
    engine_in_thread,
    render_pid,
    until,
)

LOOKER = "tests.support.preview_renderers:look"
DOG = PROJECT / "tests/bench/subject_masks/dog_640x360.mp4"
PARK = PROJECT / "examples/clips/person_park_1280x720.mp4"


class Looks:
    """What the looker of `preview_renderers` noted, in order."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "looks"
        self.folder.mkdir(parents=True)
        self.hold = self.folder / "hold"

    def all(self) -> list[dict]:
        found = [json.loads(path.read_text(encoding="utf-8")) for path in self.folder.glob("*.json")]
        return sorted(found, key=lambda one: one["time"])

    def tails(self) -> str:
        return "".join(one["tail"] for one in self.all())

    def wait(self, tails: str) -> list[dict]:
        until(lambda: self.tails() == tails)
        return self.all()


@contextlib.contextmanager
def engine(data: Path, **settings):
    looks = Looks(data)
    with engine_in_thread(data, **{"looker": LOOKER, **settings}) as caller:
        yield caller, looks


def clip(tmp_path: Path, tail: str) -> Path:
    """A clip that ends with that byte."""
    path = tmp_path / f"{ord(tail)}.mp4"
    path.write_bytes(CLIP.read_bytes() + tail.encode())
    return path


def test_each_clip_is_looked_at_once_and_gently_and_a_picture_never(tmp_path):
    with engine(tmp_path / "data") as (caller, looks):
        caller.upload(PICTURE, mime="image/png")
        caller.upload(clip(tmp_path, "a"))
        (seen,) = looks.wait("a")
        assert (seen["mode"], seen["nice"]) == ("pro", 19)
        until(lambda: not alive(seen["pid"]))
        caller.upload(clip(tmp_path, "a"))
        caller.upload(clip(tmp_path, "a"), headers={"X-Edit-Mode": "std"})
        assert [one["mode"] for one in looks.wait("aa")] == ["pro", "std"]
        caller.upload(clip(tmp_path, "b"), headers={"X-Edit-Mode": "8k"})
        assert looks.wait("aab")[-1]["mode"] == "pro"


def test_one_at_a_time_and_only_the_newest_waits(tmp_path):
    with engine(tmp_path / "data") as (caller, looks):
        looks.hold.touch()
        caller.upload(clip(tmp_path, "a"))
        looks.wait("a")
        caller.upload(clip(tmp_path, "b"))
        caller.upload(clip(tmp_path, "c"))
        caller.upload(clip(tmp_path, "a"))  # is being looked at, and takes nobody's place
        assert looks.tails() == "a"
        looks.hold.unlink()
        looks.wait("ac")
        caller.upload(clip(tmp_path, "d"))
        looks.wait("acd")


def test_an_edit_ends_the_look_at_once_and_what_comes_meanwhile_waits(tmp_path):
    with engine(tmp_path / "data") as (caller, looks):
        looks.hold.touch()
        (url,) = caller.upload(clip(tmp_path, "a"))
        (seen,) = looks.wait("a")
        gate = tmp_path / "gate"
        edit = caller.submit(f"wait {gate}", url)
        render_pid(gate)
        until(lambda: not alive(seen["pid"]))
        looks.hold.unlink()
        caller.upload(clip(tmp_path, "b"))
        assert caller.status(edit["request_id"])["status"] == "PROCESSING" and looks.tails() == "a"
        gate.touch()
        assert caller.wait(edit["request_id"])["status"] == "COMPLETED"
        looks.wait("ab")
        caller.upload(clip(tmp_path, "a"))  # goes on with what was given up
        looks.wait("aba")


@pytest.mark.parametrize("tail", "!#")
def test_a_look_that_fails_is_nobodys_concern_and_is_not_repeated(tmp_path, tail):
    with engine(tmp_path / "data") as (caller, looks):
        (url,) = caller.upload(clip(tmp_path, tail))
        (seen,) = looks.wait(tail)
        until(lambda: not alive(seen["pid"]))
        caller.upload(clip(tmp_path, tail))
        caller.upload(clip(tmp_path, "a"))
        looks.wait(f"{tail}a")
        assert caller.wait(caller.submit("copy", url)["request_id"])["status"] == "COMPLETED"


def test_a_look_has_a_limit_of_time(tmp_path):
    with engine(tmp_path / "data", look_seconds=0.3) as (caller, looks):
        looks.hold.touch()
        caller.upload(clip(tmp_path, "a"))
        (seen,) = looks.wait("a")
        until(lambda: not alive(seen["pid"]))
        caller.upload(clip(tmp_path, "b"))
        looks.wait("ab")


def test_the_look_ends_with_its_engine(tmp_path):
    with engine(tmp_path / "data") as (caller, looks):
        looks.hold.touch()
        caller.upload(clip(tmp_path, "a"))
        (seen,) = looks.wait("a")
    assert not alive(seen["pid"])


def test_an_upload_does_not_hear_of_a_fault(tmp_path, monkeypatch):
    def broken(self, *values):
        raise RuntimeError("a fault of the engine")

    monkeypatch.setattr(LooksAhead, "uploaded", broken)
    with engine(tmp_path / "data") as (caller, _), requests.Session() as line:
        line.headers["x-api-key"] = KEY
        body = {"data_urls": ["data:video/mp4;base64,AAAAGGZ0eXBtcDQyAAAAAG1wNDJpc29t"]}
        for _ in range(2):  # on the same connection
            answer = line.post(f"{caller.base}/upload-asset", json=body, timeout=20)
            assert answer.status_code == 200 and set(answer.json()) == {"file_urls", "message"}
        assert line.get(f"{caller.base}/health", timeout=20).json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("settings", "looks"),
    [
        ({}, True),
        ({"look_seconds": 0}, False),
        ({"cluster": "tcp://127.0.0.1:1"}, False),
        ({"renderer": "another:one"}, False),
    ],
)
def test_whose_uploads_are_looked_at(tmp_path, settings, looks):
    assert bool(EngineSettings(tmp_path, **settings).looks_by) is looks


def answers(data: Path) -> set[str]:
    """The keys of all that is kept of clips."""
    found: set[str] = set()
    for path in (data / "files").glob(".looks-*.npz"):
        with np.load(path) as kept:
            found |= {name.partition(".")[0] for name in kept.files}
    return found


def looked(engine: EngineProcess, data: Path) -> set[str]:
    """The answers, once the look has ended."""

    def looking() -> bool:
        nice = []
        for pid in children_of(engine.process.pid):
            with contextlib.suppress(ProcessLookupError):
                nice.append(os.getpriority(os.PRIO_PROCESS, pid))
        return 19 in nice

    until(lambda: answers(data), 60)
    until(lambda: not looking(), 60)
    return answers(data)


def told(data: Path) -> list[int]:
    """Changes whenever an edit has asked what is kept."""
    return [path.stat().st_mtime_ns for path in sorted((data / "files").glob(".looks-*.npz"))]


@pytest.mark.parametrize(
    ("source", "mode", "prompts"),
    [
        (DOG, "pro", ["Put the dog on the moon", "Replace the background with a tropical beach"]),
        (PARK, "std", ["Remove the person", "Cover the ground with snow"]),
    ],
)
def test_the_first_edits_of_a_clip_find_their_answers(tmp_path, source, mode, prompts):
    data = tmp_path / "data"
    with EngineProcess(data, "--workers", "2", renderer=None) as running:
        (url,) = running.caller.upload(source, headers={"x-edit-mode": mode})
        before = looked(running, data)
        assert len(before) > 20
        for prompt in prompts:
            asked = told(data)
            running.caller.submit(prompt, url, mode=mode)
            until(lambda asked=asked: told(data) != asked, 60)
            # All but the odd look at the first frame, which a matte of two steps takes twice.
            assert len(answers(data) - before) <= 3, prompt
