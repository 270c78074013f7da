"""The unmodified official SDK (`segmind`) against the preview engine: change one URL and nothing else."""

from importlib import import_module

import httpx
import pytest
from segmind import SegmindClient
from segmind.exceptions import SegmindError
from segmind.files import Files
from segmind.v2 import InferenceFailed, InferenceTimeout

from modules.edit.request import SLUG
from modules.media.read.clip import probe
from tests.support.preview_server import CLIP, KEY, PICTURE, EngineProcess


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with EngineProcess(tmp_path_factory.mktemp("engine")) as running:
        yield running.caller


@pytest.fixture
def sdk(engine, monkeypatch):
    monkeypatch.setattr(Files, "STORAGE_BASE_URL", engine.base)
    return SegmindClient(api_key=KEY, base_url=f"{engine.base}/v1")


@pytest.fixture
def clip_url(sdk):
    return sdk.files.upload(CLIP)["file_urls"][0]


def test_an_upload_gives_one_address_a_file(sdk):
    urls = sdk.files.upload([CLIP, PICTURE])["file_urls"]
    assert [httpx.get(url).content for url in urls] == [CLIP.read_bytes(), PICTURE.read_bytes()]


def test_submit_wait_status_and_result(sdk, clip_url):
    job = sdk.submit_async(SLUG, prompt="copy it", video_url=clip_url, duration="3")
    assert job.submit_response["status"] == "QUEUED"
    assert job.submit_response["poll_url"]
    body = job.wait(timeout=20, interval=0.05)
    assert body == job.result()
    assert job.status()["status"] == body["status"] == "COMPLETED"
    assert httpx.get(body["output"]).content == CLIP.read_bytes()
    assert body["video"]["url"] == body["output"]
    assert body["metrics"]["cost"] == 0.0


def test_run_returns_the_result(sdk, clip_url):
    assert sdk.run(SLUG, prompt="copy it", video_url=clip_url)["status"] == "COMPLETED"


def test_run_sync_returns_the_video_itself(sdk, clip_url):
    answer = sdk.run_sync(SLUG, prompt="copy it", video_url=clip_url)
    assert answer.content == CLIP.read_bytes()
    assert answer.headers["content-type"] == "video/mp4"
    assert float(answer.headers["x-cost"]) == 0.0
    assert float(answer.headers["x-remaining-credits"]) > 0
    assert float(answer.headers["x-generation-time"]) >= 0
    assert answer.headers["x-request-id"]


def test_a_wait_that_is_too_short_raises_and_the_job_goes_on(sdk, clip_url, tmp_path):
    gate = tmp_path / "gate"
    job = sdk.submit_async(SLUG, prompt=f"wait {gate}", video_url=clip_url)
    with pytest.raises(InferenceTimeout) as caught:
        job.wait(timeout=0.1, interval=0.05)
    assert caught.value.request_id == job.request_id
    gate.touch()
    assert job.wait(timeout=20, interval=0.05)["status"] == "COMPLETED"


def test_a_failed_render_raises_with_the_sentence(sdk, clip_url):
    job = sdk.submit_async(SLUG, prompt="refuse it", video_url=clip_url)
    with pytest.raises(InferenceFailed) as caught:
        job.wait(timeout=20, interval=0.05)
    assert "no pictures in it" in caught.value.detail
    assert job.result()["status"] == "FAILED"


def test_errors_carry_status_and_message(sdk, engine):
    with pytest.raises(SegmindError) as caught:
        sdk.submit_async("no-such-model", prompt="x")
    assert (caught.value.status, "not found" in caught.value.detail) == (404, True)
    with pytest.raises(SegmindError) as caught:
        SegmindClient(api_key="wrong", base_url=f"{engine.base}/v1").run(SLUG, prompt="x")
    assert caught.value.status == 401


def test_credits_are_a_number(sdk):
    """The SDK has no call for them: its address and its key."""
    answer = httpx.get(f"{sdk.base_url}/get-user-credits", headers={"x-api-key": sdk.api_key})
    assert answer.json()["credits"] == 100.0


def test_with_its_own_renderer_the_engine_really_edits(tmp_path, monkeypatch):
    with EngineProcess(tmp_path, renderer=None) as running:
        monkeypatch.setattr(Files, "STORAGE_BASE_URL", running.caller.base)
        sdk = SegmindClient(api_key=KEY, base_url=f"{running.caller.base}/v1")
        url = sdk.files.upload(CLIP)["file_urls"][0]
        job = sdk.submit_async(
            SLUG, prompt="Make it a film noir", video_url=url, duration="3", mode="std", aspect_ratio="1:1"
        )
        body = job.wait(timeout=60, interval=0.2)
        edited = tmp_path / "edited.mp4"
        edited.write_bytes(httpx.get(body["output"]).content)
    facts = probe(edited)
    assert (facts.video_codec, facts.pix_fmt, facts.width) == ("h264", "yuv420p", facts.height)
    assert facts.seconds == pytest.approx(3, abs=0.1)
    assert body["plan"]["engine"] == "preview"


@pytest.fixture
def history(sdk, engine, monkeypatch):
    url = f"{engine.base}/inference-request/request-history"
    monkeypatch.setattr(import_module("segmind.generations"), "REQUEST_HISTORY_URL", url)
    return sdk.generations


def test_the_history_lists_what_was_asked_with_its_end(sdk, history, clip_url):
    done = sdk.run(SLUG, prompt="copy it", video_url=clip_url)
    job = sdk.submit_async(SLUG, prompt="refuse it", video_url=clip_url)
    with pytest.raises(InferenceFailed):
        job.wait(timeout=20, interval=0.05)
    rows = history.history(per_page=2, model_name=SLUG)["data"]
    assert [row["request_id"] for row in rows] == [job.request_id, done["request_id"]]
    assert [row["model_status"] for row in rows] == ["FAILED", "COMPLETED"]
    assert rows[0]["error"] and rows[0]["generation_url"] is None
    assert rows[1]["generation_url"] == done["output"] and rows[1]["credits_deduction"] == 0.0
    assert rows[1]["request_body"]["video_url"] == clip_url
    assert rows[1]["request_body"]["prompt"] == "copy it"
    assert history.get(done["request_id"]) == rows[1]
    failed = history.history(status="FAILED", sort_order="asc")["data"]
    assert rows[0] in failed and rows[1] not in failed


def test_the_history_of_one_key_is_not_anothers(sdk, history, engine, clip_url):
    done = sdk.run(SLUG, prompt="copy it", video_url=clip_url)
    other = SegmindClient(api_key="SG_fedcba9876543210", base_url=f"{engine.base}/v1").generations
    assert other.history()["data"] == []
    with pytest.raises(SegmindError):
        other.get(done["request_id"])


@pytest.mark.parametrize(
    "asked",
    [
        {"per_page": 101},
        {"page": 0},
        {"from_date": "2026-01-01", "to_date": "2026-03-01"},
        {"from_date": "soon"},
        {"status": "LOST"},
        {"sort_by": "prompt"},
    ],
)
def test_a_history_that_cannot_be_listed_says_why(history, asked):
    with pytest.raises(SegmindError) as caught:
        history.history(**asked)
    assert "400" in str(caught.value) or caught.value.status == 400
