"""The engine misbehaves when, and only when, it was told to by whoever started it."""

import pytest
import requests

from tests.support.preview_faults import Cut, Fault, Faults
from tests.support.preview_server import CLIP, engine_in_thread


@pytest.fixture
def faults():
    return Faults()


@pytest.fixture
def engine(tmp_path, faults):
    with engine_in_thread(tmp_path, faults=faults) as caller:
        yield caller


@pytest.mark.parametrize("status", [403, 410, 500, 502, 504])
def test_a_status_is_answered_for_the_calls_it_names_and_as_often(engine, faults, status):
    faults.add(Fault(on="credits", status=status, skip=1, times=2))
    codes = [engine.get("/v1/get-user-credits").status_code for _ in range(4)]
    assert codes == [200, status, status, 200]
    assert engine.get("/health").status_code == 200
    assert faults.seen["credits"] == 4


def test_any_body_and_headers_can_be_answered(engine, faults):
    faults.add(
        Fault(on="credits", status=502, body=b"<html>bad gateway", headers=(("content-type", "text/html"),))
    )
    answer = engine.get("/v1/get-user-credits")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (
        502,
        "<html>bad gateway",
        "text/html",
    )


def test_truncated_json_arrives_as_a_complete_answer(engine, faults):
    faults.add(Fault(on="credits", keep_bytes=5))
    answer = engine.get("/v1/get-user-credits")
    assert (answer.status_code, answer.content) == (200, b'{"cre')


@pytest.mark.parametrize("cut", [Cut.BEFORE, Cut.AFTER, Cut.MIDWAY])
def test_a_cut_connection_is_an_error_for_the_caller(engine, faults, cut):
    faults.add(Fault(on="credits", cut=cut))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        engine.get("/v1/get-user-credits")
    assert engine.get("/v1/get-user-credits").status_code == 200


def test_a_submit_that_is_cut_after_it_was_accepted_is_a_job(engine, faults, tmp_path):
    clip = engine.upload(CLIP)[0]
    faults.add(Fault(on="submit", cut=Cut.AFTER))
    faults.add(Fault(on="submit", cut=Cut.BEFORE))
    for expected in (1, 1):
        with pytest.raises(requests.ConnectionError):
            engine.submit("copy it", clip)
        assert len(list((tmp_path / "records").glob("*.json"))) == expected


def test_latency_delays_the_answer_and_changes_nothing_else(engine, faults):
    faults.add(Fault(on="credits", delay=5.0))
    with pytest.raises(requests.ReadTimeout):
        requests.get(engine.base + "/v1/get-user-credits", headers=engine.headers, timeout=0.2)
    faults.add(Fault(on="credits", delay=0.01))
    assert engine.get("/v1/get-user-credits").json() == {"credits": 100.0}


def test_a_prompt_cannot_make_an_engine_misbehave(engine, faults):
    clip = engine.upload(CLIP)[0]
    accepted = engine.submit('copy {"status": 500} fault=500 delay=99 cut=after', clip)
    assert engine.wait(accepted["request_id"])["status"] == "COMPLETED"
