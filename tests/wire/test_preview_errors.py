"""Every row of the contract's error table, as the engine answers it."""

import json
from datetime import datetime

import pytest
import requests

from modules.edit.request import SLUG
from tests.support.preview_server import CLIP, Caller, engine_in_thread

JSON = {"content-type": "application/json"}
GOOD = {"prompt": "copy it", "video_url": "http://127.0.0.1:1/files/" + "a" * 32 + ".mp4"}


class Clock:
    """A clock that is set by hand; it starts in the present, as files on disk do."""

    def __init__(self) -> None:
        self.now = 1_900_000_000.25

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with engine_in_thread(
        tmp_path_factory.mktemp("engine"),
        retired=frozenset({"old-model"}),
        forbidden=frozenset({"closed-model"}),
    ) as caller:
        yield caller


@pytest.mark.parametrize(
    "body", [b"", b"{", b"not json", b"[]", b'"text"', b"null", b"\xff\xfe", b"[" * 100_000]
)
def test_a_body_that_is_not_a_json_object_is_400(engine, body):
    answer = engine.post(f"/v2/{SLUG}", data=body, headers=JSON)
    assert answer.status_code == 400
    assert "JSON" in answer.json()["error"]


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": None},
        {"prompt": "  "},
        {"prompt": 7},
        {"video_url": None},
        {"video_url": ["x"]},
        {"video_url": "file:///etc/passwd"},
        {"video_url": "data:video/mp4;base64,AAAA"},
        {"video_url": "http://"},
    ],
)
def test_a_required_parameter_that_is_missing_or_mistyped_is_400_and_named(engine, change):
    answer = engine.post(f"/v2/{SLUG}", json={**GOOD, **change})
    assert answer.status_code == 400
    assert next(iter(change)) in answer.json()["error"]


@pytest.mark.parametrize(
    "change",
    [
        {"duration": "99"},
        {"duration": 5},
        {"mode": "ultra"},
        {"aspect_ratio": "4:3"},
        {"keep_audio": "yes"},
        {"image_urls": "x"},
        {"image_urls": ["x"]},
        {"elements": {}},
        {"elements": [3]},
        {"elements": [{}]},
        {"elements": [{"frontal_image_url": GOOD["video_url"], "reference_image_urls": "x"}]},
        {
            "elements": [
                {"frontal_image_url": GOOD["video_url"], "reference_image_urls": [GOOD["video_url"]] * 4}
            ]
        },
        {"elements": [{"frontal_image_url": GOOD["video_url"]}] * 11},
    ],
)
def test_a_value_outside_the_model_is_accepted_and_fails(engine, change):
    answer = engine.post(f"/v2/{SLUG}", json={**GOOD, **change})
    assert answer.status_code == 200
    body = engine.status(answer.json()["request_id"])
    assert body["status"] == "FAILED"
    assert next(iter(change)).rstrip("s").partition("_")[0] in body["error"].lower()


def test_half_a_character_in_a_prompt_breaks_nothing(engine):
    clip = engine.upload(CLIP)[0]
    body = json.dumps({"prompt": "copy \ud800 it", "video_url": clip}).encode()
    accepted = engine.post(f"/v2/{SLUG}", data=body, headers=JSON)
    assert engine.wait(accepted.json()["request_id"])["status"] == "COMPLETED"
    assert engine.post(f"/v2/{SLUG}", json={**GOOD, "video_url": "http://x/\ud800.mp4"}).status_code == 400


def test_unknown_parameters_and_nulls_are_ignored(engine):
    clip = engine.upload(CLIP)[0]
    accepted = engine.submit("copy it", clip, timeout=3, interval=None, elements=None, duration=None)
    assert engine.wait(accepted["request_id"])["status"] == "COMPLETED"


def test_a_missing_key_and_a_malformed_key_are_401_with_different_bodies(engine):
    bodies = []
    for headers in ({}, {"authorization": "Bearer SG_0123456789abcdef"}, {"x-api-key": "SG_tooshort"}):
        answer = requests.post(f"{engine.base}/v2/{SLUG}", json=GOOD, headers=headers, timeout=10)
        assert answer.status_code == 401
        bodies.append(answer.json())
    assert bodies[0] == bodies[1] != bodies[2]
    assert bodies[0]["status_code"] == 401 and bodies[0]["error_description"]
    assert set(bodies[2]) == {"error"}


@pytest.mark.parametrize(
    "path", ["/v2/requests/" + "0" * 32, "/v2/requests/x/status", "/v1/get-user-credits"]
)
def test_gets_need_a_key_too(engine, path):
    assert Caller(engine.base, key=None).get(path).status_code == 401


def test_a_model_that_may_not_be_called_is_403(engine):
    assert engine.post("/v2/closed-model", json=GOOD).status_code == 403


@pytest.mark.parametrize("path", ["/v2/no-such-model", "/v1/no-such-model"])
def test_an_unknown_model_is_404(engine, path):
    answer = engine.post(path, json=GOOD)
    assert (answer.status_code, list(answer.json())) == (404, ["error"])


@pytest.mark.parametrize("path", ["/v2/requests/nothing", "/v2/requests/nothing/status"])
def test_an_unknown_request_is_404(engine, path):
    answer = engine.get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Request nothing not found"})


def test_an_unknown_path_and_file_are_404_with_the_envelope(engine):
    for path in ("/nowhere", "/files/" + "a" * 32 + ".mp4", "/files/..%2Frecords%2Fx.json"):
        answer = engine.get(path)
        assert answer.status_code == 404 and answer.json()["error"]


@pytest.mark.parametrize("path", [f"/v2/{SLUG}", f"/v1/{SLUG}", "/upload-asset"])
def test_a_wrong_method_is_405_in_html(engine, path):
    answer = engine.get(path)
    assert answer.status_code == 405
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.startswith("<!doctype html>")


@pytest.mark.parametrize("path", [f"/v2/{SLUG}", f"/v1/{SLUG}", "/upload-asset"])
@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_a_missing_or_other_content_type_is_406(engine, path, kind):
    answer = engine.post(path, data=json.dumps(GOOD).encode(), headers={"content-type": kind} if kind else {})
    assert answer.status_code == 406
    assert "Content-Type" in answer.json()["error"]


def test_a_retired_model_is_410(engine):
    assert engine.post("/v2/old-model", json=GOOD).status_code == 410


def test_a_failed_request_is_422_on_both_gets_with_timings_and_no_cost(engine):
    request_id = engine.submit("refuse it", engine.upload(CLIP)[0])["request_id"]
    engine.wait(request_id, "FAILED")
    for path in (f"/v2/requests/{request_id}/status", f"/v2/requests/{request_id}"):
        answer = engine.get(path)
        assert answer.status_code == 422
        body = answer.json()
        assert body["status"] == "FAILED"
        assert body["error"] == "The clip has no pictures in it. Choose another clip."
        assert set(body["metrics"]) == {"inference_time", "queue_time", "total_time"}


def test_a_failed_blocking_call_is_500_with_the_sentence(engine):
    answer = engine.post(
        f"/v1/{SLUG}", json={**GOOD, "prompt": "refuse it", "video_url": engine.upload(CLIP)[0]}
    )
    assert (answer.status_code, "no pictures" in answer.json()["error"]) == (500, True)


def test_a_submit_that_is_too_large_is_413(engine):
    answer = engine.post(f"/v2/{SLUG}", json={**GOOD, "prompt": "x" * 2**21})
    assert (answer.status_code, list(answer.json())) == (413, ["error"])


def test_an_account_without_credits_is_406(tmp_path):
    with engine_in_thread(tmp_path, credits=0.0) as engine:
        assert engine.get("/v1/get-user-credits").json() == {"credits": 0.0}
        answer = engine.post(f"/v2/{SLUG}", json=GOOD)
        assert (answer.status_code, "credits" in answer.json()["error"]) == (406, True)


def test_the_rate_limit_is_per_key_and_names_its_reset(tmp_path):
    clock = Clock()
    with engine_in_thread(tmp_path, rate_limit=2, clock=clock) as engine:
        other = Caller(engine.base, "SG_ffffffffffffffff")
        assert [engine.post(f"/v2/{SLUG}", json=GOOD).status_code for _ in range(3)] == [200, 200, 429]
        answer = engine.post(f"/v1/{SLUG}", json=GOOD)
        assert answer.status_code == 429 and answer.json()["error"]
        assert "retry-after" not in answer.headers
        reset = datetime.fromisoformat(answer.headers["x-rate-limit-reset-at-utc"]).timestamp()
        assert reset == clock.now + 60
        assert other.post(f"/v2/{SLUG}", json=GOOD).status_code == 200
        assert engine.get("/v1/get-user-credits").status_code == 200
        clock.now = reset
        assert engine.post(f"/v2/{SLUG}", json=GOOD).status_code == 200


def test_records_are_known_for_an_hour_and_files_for_seven_days(tmp_path):
    clock = Clock()
    with engine_in_thread(tmp_path, clock=clock) as engine:
        request_id = engine.submit("copy it", engine.upload(CLIP)[0])["request_id"]
        engine.wait(request_id, "COMPLETED")
        output = engine.get(f"/v2/requests/{request_id}").json()["output"]
        clock.now += 3599
        assert engine.get(f"/v2/requests/{request_id}").status_code == 200
        clock.now += 1
        for path in (f"/v2/requests/{request_id}", f"/v2/requests/{request_id}/status"):
            assert engine.get(path).json() == {"error": f"Request {request_id} not found"}
        assert engine.get(output).content == CLIP.read_bytes()
        clock.now += 7 * 86400
        assert engine.get(output).status_code == 404
