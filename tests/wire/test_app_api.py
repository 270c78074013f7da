"""The named endpoints, as a program calls them."""

import av
import pytest
import requests
from gradio_client import Client, handle_file

from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import RawPage
from tests.support.raw_requests import call
from tests.support.studio_app import CLIPS, KEY, REFS, running_app
from tests.support.waiting import until

STAGES = {
    "PREPARING",
    "UPLOADING",
    "SUBMITTING",
    "QUEUED",
    "PROCESSING",
    "SAVING",
    "COMPLETED",
    "FAILED",
    "UNCERTAIN",
    "EXPIRED",
}
PROMISED = {
    "job_id",
    "request_id",
    "engine",
    "stage",
    "message",
    "elapsed",
    "eta",
    "estimate_usd",
    "cost_usd",
    "error",
    "problems",
}
CLIP = handle_file(str(CLIPS / "dunes_966x544.mp4"))
FITTING = handle_file(str(CLIPS / "person_park_1280x720.mp4"))
"""Five seconds, in a shape that is sent as it is."""


@pytest.fixture(scope="module")
def client(studio):
    return Client(studio.url, verbose=False)


def path_of(video):
    """gradio_client gives a path, or a dict with one, depending on its version."""
    return video["video"] if isinstance(video, dict) else video


@pytest.fixture(scope="module")
def edited(client):
    """All that was answered to the call of one edit."""
    job = client.submit(
        prompt="make it a snowy winter", video=CLIP, duration="3", aspect_ratio="auto", api_name="/edit"
    )
    job.result(timeout=120)
    return job.outputs()


def test_an_edit_streams_its_stages_and_returns_the_video(edited):
    video, last = edited[-1]
    seen = [told for _, told in edited]
    assert len(seen) > 1 and all(set(told) >= PROMISED for told in seen)
    assert {told["stage"] for told in seen} <= STAGES
    assert last["stage"] == "COMPLETED" and last["engine"] == "preview", last
    assert last["request_id"] and last["problems"] == [] and last["error"] is None
    assert last["plan"]["understood"]
    with av.open(path_of(video)) as clip:
        stream = clip.streams.video[0]
        assert stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
        assert float(clip.duration) / 1e6 == pytest.approx(3, abs=0.2)
        assert stream.width / stream.height == pytest.approx(16 / 9, rel=0.02)


def test_a_job_can_be_looked_up_by_its_id(client, edited):
    _, last = edited[-1]
    assert last["aspect_ratio"] == "16:9"  # of the clip, which has 966x544
    again = client.predict(job_id=last["job_id"], api_name="/job")
    assert again["stage"] == "COMPLETED" and again["request_id"] == last["request_id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"prompt": "   "}, "prompt"),
        ({"video": None}, "video"),
        (
            {
                "prompt": "put @Element2 there",
                "elements": [{"frontal_image": handle_file(str(REFS / "astronaut_512x512.png"))}],
            },
            "prompt",
        ),
        ({"duration": "99"}, "duration"),
        ({"mode": "turbo"}, "mode"),
        ({"aspect_ratio": "4:3"}, "aspect_ratio"),
        ({"video": "/etc/hostname"}, "video"),
        ({"video": {"path": "/etc/hostname"}}, "video"),
        ({"images": ["/etc/hostname"]}, "images"),
        ({"elements": "all of them"}, "elements"),
        ({"elements": [{}]}, "elements[0]"),
        ({"api_key": "hunter2"}, "api_key"),
    ],
)
def test_a_bad_request_ends_failed_and_names_the_field(client, change, field):
    asked = {"prompt": "winter", "video": CLIP, **change}
    video, job = client.predict(**asked, api_name="/edit")
    assert video is None
    assert job["stage"] == "FAILED"
    assert [p for p in job["problems"] if p["field"].startswith(field)], job["problems"]
    assert all(len(p["message"]) > 15 for p in job["problems"])


def test_everything_wrong_is_said_at_once(client):
    _, job = client.predict(prompt="", video=None, duration="2", mode="x", api_name="/edit")
    assert {"prompt", "video", "duration", "mode"} <= {p["field"] for p in job["problems"]}


def test_a_text_file_called_mp4_is_refused_with_a_sentence(client, tmp_path):
    fake = tmp_path / "clip.mp4"
    fake.write_text("This is not a video. " * 50)
    video, job = client.predict(prompt="winter", video=handle_file(str(fake)), api_name="/edit")
    assert video is None and job["stage"] == "FAILED" and job["request_id"] is None
    assert job["problems"][0]["field"] == "video"


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/clip.mp4",
        "http://localhost/clip.mp4",
        "http://169.254.169.254/latest",
        "http://[::1]/x.mp4",
    ],
)
def test_private_addresses_are_never_fetched(client, address):
    video, job = client.predict(prompt="winter", video=address, api_name="/edit")
    assert video is None and job["stage"] == "FAILED" and job["problems"][0]["field"] == "video"


def test_each_endpoint_is_described_with_types_and_examples(studio):
    named = requests.get(f"{studio.url}/gradio_api/info", timeout=10).json()["named_endpoints"]
    assert set(named) == {"/edit", "/submit", "/job", "/estimate", "/check", "/share", "/unshare"}
    for name, told in named.items():
        assert len(told["description"]) > 30, name
        for one in told["parameters"]:
            assert len(one["python_type"]["description"]) > 10, (name, one)
            assert one["type"] and one["example_input"] != "...", (name, one)
    names = [p["parameter_name"] for p in named["/edit"]["parameters"]]
    assert names == [
        "prompt",
        "video",
        "mode",
        "duration",
        "aspect_ratio",
        "keep_audio",
        "shot_type",
        "images",
        "elements",
        "api_key",
        "access_code",
    ]


@pytest.mark.parametrize(
    ("mode", "duration", "usd", "arithmetic"),
    [
        ("pro", "5", 2.1, "5 s x $0.42 = $2.10"),
        ("std", "3", 0.945, "3 s x $0.315 = $0.945"),
        ("pro", "15", 6.3, "$6.30"),
    ],
)
def test_an_estimate_says_the_dollars_and_how_they_come_about(client, mode, duration, usd, arithmetic):
    told = client.predict(mode=mode, duration=duration, api_name="/estimate")
    assert told["usd"] == usd and arithmetic in told["arithmetic"] and told["error"] is None
    # Without a key nothing would be charged, which is said as well.
    assert (told["engine"], told["payer"], told["would_be_charged_usd"]) == ("preview", "nobody", 0)
    told = client.predict(mode=mode, duration=duration, api_key=KEY, api_name="/estimate")
    assert (told["engine"], told["payer"], told["would_be_charged_usd"]) == ("segmind", "visitor", usd)


def test_an_estimate_of_what_is_not_possible_says_so(client):
    told = client.predict(mode="turbo", duration="99", api_key="hunter2", api_name="/estimate")
    assert told["usd"] is None and {one["field"] for one in told["problems"]} == {
        "mode",
        "duration",
        "api_key",
    }


def test_a_check_tells_what_a_clip_is_and_what_would_be_done_to_it(client):
    told = client.predict(video=CLIP, duration="5", api_name="/check")
    assert (
        told["ok"]
        and told["facts"]["width"] == 966
        and told["facts"]["seconds"] == pytest.approx(3.4, abs=0.1)
    )
    assert "966x544 -> 1280x720" in " ".join(told["changes"]) and told["aspect_ratio"] == "16:9"
    assert told["longest_duration"] == 3 and {line["name"] for line in told["report"]} >= {"Size", "Length"}


@pytest.mark.parametrize(
    "video", [None, "/etc/hostname", {"path": "/etc/hostname"}, "http://127.0.0.1:1/a.mp4", "nothing"]
)
def test_a_check_of_what_is_no_clip_is_a_sentence(client, video):
    told = client.predict(video=video, api_name="/check")
    assert told["ok"] is False and told["problems"][0]["field"] == "video" and len(told["error"]) > 30


def test_an_edit_that_is_only_submitted_goes_on_and_is_found_by_its_id(client):
    begun = client.predict(prompt="film noir", video=CLIP, duration="3", api_name="/submit")
    assert begun["stage"] == "PREPARING" and begun["job_id"] and begun["video"] is None
    job = until(
        lambda: (
            (told := client.predict(job_id=begun["job_id"], api_name="/job"))["stage"] == "COMPLETED" and told
        ),
        60,
    )
    with av.open(path_of(job["video"])) as clip:
        assert clip.streams.video[0].width == 1280


def test_a_submit_that_is_refused_begins_nothing(client):
    told = client.predict(prompt="", video=None, api_name="/submit")
    assert (
        told["stage"] == "FAILED"
        and told["job_id"] == ""
        and {"prompt", "video"} <= {p["field"] for p in told["problems"]}
    )


def test_a_call_by_name_gives_a_file_that_can_be_fetched(studio):
    """/call/v2, for programs without a client of their own; the video is a FileData with an address."""
    page = RawPage(studio.url)
    clip = page.uploaded((CLIPS / "dunes_966x544.mp4").read_bytes())
    status, told = call(
        studio.url, "edit", {"prompt": "film noir", "video": clip, "duration": "3"}, seconds=120
    )
    assert status == 200 and told[1]["stage"] == "COMPLETED", told
    assert told[0]["meta"] == {"_type": "gradio.FileData"}
    fetched = requests.get(told[0]["url"], timeout=20)
    assert fetched.headers["content-type"] == "video/mp4" and fetched.content[4:8] == b"ftyp"
    looked = call(studio.url, "job", {"job_id": told[1]["job_id"]})[1][0]
    assert looked["stage"] == "COMPLETED" and looked["prompt"] == "film noir"


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream(durations=(0.1, 0.2)) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def paid(tmp_path_factory, upstream):
    """An app whose owner pays for one edit a day."""
    with running_app(
        tmp_path_factory.mktemp("paid"),
        SEGMIND_BASE_URL=upstream.url,
        SEGMIND_STORAGE_URL=upstream.url,
        SEGMIND_API_KEY="SG_feedfacefeedface",
        STUDIO_DAILY_BUDGET_USD="3",
    ) as app:
        yield app


def test_the_owners_daily_budget_is_a_hard_stop(paid, upstream):
    client = Client(paid.url, verbose=False)
    _, first = client.predict(prompt="winter", video=FITTING, duration="5", api_name="/edit")
    _, second = client.predict(prompt="summer", video=FITTING, duration="5", api_name="/edit")
    assert first["stage"] == "COMPLETED" and first["payer"] == "owner", first
    assert second["stage"] == "FAILED" and "budget" in second["error"], second
    assert upstream.submits == 1


def test_a_visitors_key_runs_on_segmind_and_leaves_no_trace(paid, upstream):
    """Last: it stops the app, so that nothing of what it printed is still on its way."""
    before = upstream.submits
    video, job = Client(paid.url, verbose=False).predict(
        prompt="winter", video=FITTING, duration="5", api_key=KEY, api_name="/edit"
    )
    assert job["stage"] == "COMPLETED" and job["engine"] == "segmind" and job["payer"] == "visitor", job
    assert video and upstream.submits == before + 1
    assert job["cost_usd"] is not None
    paid.stop()
    assert KEY not in paid.log
    kept = [path for path in paid.data.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
    assert kept == []
