"""The queue: real states, a fixed number of workers, and every way in which a render can go wrong."""

import json
import os
import shutil
import threading

import pytest
import requests

from modules.edit.errors import StudioError
from modules.edit.request import SLUG
from tests.support.preview_server import (
    CLIP,
    PICTURE,
    EngineProcess,
    alive,
    children_of,
    engine_in_thread,
    render_pid,
    until,
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with engine_in_thread(
        tmp_path_factory.mktemp("engine"), render_memory_mb=300, render_seconds=20
    ) as caller:
        yield caller


@pytest.fixture(scope="module")
def clip(engine):
    return engine.upload(CLIP)[0]


def test_n_workers_render_and_the_rest_waits_in_order(tmp_path):
    with engine_in_thread(tmp_path / "data", workers=2) as engine:
        clip = engine.upload(CLIP)[0]
        gates = [tmp_path / f"gate{n}" for n in range(4)]
        ids = [engine.submit(f"wait {gate}", clip)["request_id"] for gate in gates]
        for request_id in ids[:2]:
            engine.wait(request_id, "PROCESSING")
        assert [engine.status(i)["status"] for i in ids] == ["PROCESSING", "PROCESSING", "QUEUED", "QUEUED"]
        gates[1].touch()
        engine.wait(ids[1], "COMPLETED")
        engine.wait(ids[2], "PROCESSING")
        assert engine.status(ids[3])["status"] == "QUEUED"
        for gate in gates:
            gate.touch()
        assert {engine.wait(i)["status"] for i in ids} == {"COMPLETED"}


def test_status_shows_progress_plan_and_still_while_it_renders(engine, clip, tmp_path):
    gate = tmp_path / "gate"
    request_id = engine.submit(f"wait {gate}", clip)["request_id"]
    seen: list[dict] = []
    until(lambda: seen.append(engine.status(request_id)) or seen[-1]["progress"]["frames_done"] == 2)
    assert seen[-1]["status"] == "PROCESSING"
    assert seen[-1]["metrics"] == {}
    assert seen[-1]["progress"]["frames_total"] == 3
    assert seen[-1]["plan"]["engine"] == "preview"
    still = requests.get(seen[-1]["still_url"], timeout=10)
    assert (still.content, still.headers["content-type"]) == (b"\xff\xd8\xff still", "image/jpeg")
    early = engine.get(f"/v2/requests/{request_id}")
    assert (early.status_code, early.json()["status"], "output" in early.json()) == (200, "PROCESSING", False)
    gate.touch()
    assert engine.wait(request_id)["progress"] == {"frames_done": 3, "frames_total": 3}


def test_the_result_has_the_body_of_the_contract(engine, clip):
    accepted = engine.submit("copy it", clip)
    assert set(accepted) == {"request_id", "status", "poll_url", "status_url", "response_url"}
    status = engine.wait(accepted["request_id"])
    assert "output" not in status
    body = engine.get(accepted["response_url"]).json()
    assert body["output"] == body["video"]["url"]
    assert body["video"]["content_type"] == "video/mp4"
    assert body["video"]["file_size"] == CLIP.stat().st_size
    assert body["video"]["file_name"].endswith(".mp4")
    metrics = body["metrics"]
    assert set(metrics) == {
        "cost",
        "remaining_credits",
        "inference_time",
        "queue_time",
        "total_time",
        "retry_count",
    }
    assert metrics["cost"] == 0.0
    assert metrics["total_time"] == pytest.approx(
        metrics["inference_time"] + metrics["queue_time"], abs=0.002
    )
    assert body["plan"]["summary"]


def test_pictures_and_elements_reach_the_renderer(engine, clip):
    picture = engine.upload(PICTURE)[0]
    request_id = engine.submit(
        "copy @Element1 and @Image1",
        clip,
        image_urls=[picture, picture],
        elements=[{"frontal_image_url": picture, "reference_image_urls": [picture]}],
    )["request_id"]
    assert engine.wait(request_id)["plan"]["summary"] == "Pictures: 2; elements: 1."


@pytest.mark.parametrize(
    ("fate", "sentence"),
    [
        ("crash", "crashed (SIGABRT)"),
        ("vanish", "crashed (exit code 7)"),
        ("eat", "more than 300 MB of memory"),
        ("refuse", "no pictures in it"),
        ("break", "internal error (KeyError)"),
        ("nothing", "without a video"),
    ],
)
def test_a_render_that_goes_wrong_is_failed_with_a_sentence_and_the_engine_lives(
    engine, clip, fate, sentence
):
    body = engine.wait(engine.submit(f"{fate} it", clip)["request_id"])
    assert body["status"] == "FAILED"
    assert sentence in body["error"]
    assert "secret" not in json.dumps(body)
    assert engine.wait(engine.submit("copy it", clip)["request_id"])["status"] == "COMPLETED"


def test_a_render_that_hangs_is_stopped_at_its_time_limit(tmp_path):
    with engine_in_thread(tmp_path, render_seconds=0.5) as engine:
        clip = engine.upload(CLIP)[0]
        body = engine.wait(engine.submit("hang it", clip)["request_id"])
        assert (body["status"], "longer than 0.5 s" in body["error"]) == ("FAILED", True)
        assert body["metrics"]["total_time"] >= 0.5
        assert engine.wait(engine.submit("copy it", clip)["request_id"])["status"] == "COMPLETED"


def test_a_render_that_is_killed_from_outside_is_failed(engine, clip, tmp_path):
    gate = tmp_path / "gate"
    request_id = engine.submit(f"wait {gate}", clip)["request_id"]
    os.kill(render_pid(gate), 9)
    assert "system stopped the render" in engine.wait(request_id)["error"]


def test_the_loss_of_the_fork_server_itself_is_survived(tmp_path):
    with EngineProcess(tmp_path) as running:
        clip = running.caller.upload(CLIP)[0]
        running.caller.wait(running.caller.submit("copy it", clip)["request_id"])
        for pid in children_of(running.process.pid):
            os.kill(pid, 9)
            until(lambda pid=pid: not alive(pid))
        states = [
            running.caller.wait(running.caller.submit("copy it", clip)["request_id"])["status"]
            for _ in range(2)
        ]
        assert states[-1] == "COMPLETED"


def test_every_render_has_a_process_of_its_own(engine, clip, tmp_path):
    pids = set()
    for number in range(3):
        gate = tmp_path / f"gate{number}"
        request_id = engine.submit(f"wait {gate}", clip)["request_id"]
        pids.add(render_pid(gate))
        gate.touch()
        engine.wait(request_id)
    assert len(pids - {os.getpid()}) == 3
    until(lambda: not any(alive(pid) for pid in pids))


def test_working_files_are_gone_when_a_request_has_ended(tmp_path):
    with engine_in_thread(tmp_path) as engine:
        clip = engine.upload(CLIP)[0]
        for fate in ("copy", "crash", "refuse"):
            engine.wait(engine.submit(f"{fate} it", clip)["request_id"])
        until(lambda: list((tmp_path / "work").iterdir()) == [])


def test_a_picture_given_as_the_clip_fails_and_so_does_a_clip_as_a_picture(engine, clip):
    picture = engine.upload(PICTURE)[0]
    assert "video_url is not a clip" in engine.wait(engine.submit("copy it", picture)["request_id"])["error"]
    wrong = engine.submit("copy it", clip, image_urls=[clip])["request_id"]
    assert "is not a picture" in engine.wait(wrong)["error"]


def test_a_file_that_is_not_there_any_more_fails_with_what_to_do(engine, clip):
    gone = clip.rsplit("/", 1)[0] + "/" + "a" * 32 + ".mp4"
    assert "Upload it again" in engine.wait(engine.submit("copy it", gone)["request_id"])["error"]


def test_a_result_can_be_edited_again(engine, clip):
    first = engine.submit("copy it", clip)
    engine.wait(first["request_id"])
    output = engine.get(first["response_url"]).json()["output"]
    assert engine.wait(engine.submit("copy it", output)["request_id"])["status"] == "COMPLETED"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:22/x.mp4",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:9/x.mp4",
        "http://10.0.0.1/x.mp4",
        "http://localhost/v2/x",
        "http://0.0.0.0/x.mp4",
    ],
)
def test_private_networks_are_never_reached(engine, url):
    body = engine.wait(engine.submit("copy it", url)["request_id"])
    assert body["status"] == "FAILED"
    assert body["error"]


class OneClip:
    """A fetcher that knows one clip, at one outside address."""

    def download(self, url, dst, max_bytes):
        if url != "https://example.org/clip.mp4":
            raise StudioError("That address cannot be fetched. Upload the file instead.")
        return len(shutil.copyfile(CLIP, dst).read_bytes())


def test_outside_files_come_through_the_safe_fetcher_while_the_request_is_queued(tmp_path):
    arrives = threading.Event()

    class SlowOneClip(OneClip):
        def download(self, url, dst, max_bytes):
            assert arrives.wait(20)
            return super().download(url, dst, max_bytes)

    with engine_in_thread(tmp_path, make_fetcher=SlowOneClip) as engine:
        outside = engine.submit("copy it", "https://example.org/clip.mp4")
        refused = engine.submit("copy it", "https://example.org/other.mp4")
        local = engine.submit("copy it", engine.upload(CLIP)[0])
        assert engine.wait(local["request_id"])["status"] == "COMPLETED"
        assert engine.status(outside["request_id"])["status"] == "QUEUED"
        arrives.set()
        assert engine.wait(outside["request_id"])["status"] == "COMPLETED"
        assert "Upload the file instead" in engine.wait(refused["request_id"])["error"]


def test_the_blocking_form_answers_with_the_video(engine, clip):
    answer = engine.post(f"/v1/{SLUG}", json={"prompt": "copy it", "video_url": clip})
    assert (answer.status_code, answer.content) == (200, CLIP.read_bytes())
    assert engine.get(f"/v2/requests/{answer.headers['x-request-id']}").json()["status"] == "COMPLETED"
