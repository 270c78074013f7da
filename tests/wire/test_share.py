"""A shared edit as somebody with the link gets it, from the server alone: no browser, no cookie, no key."""

import io
import re
from html import unescape

import av
import pytest
import requests
from PIL import Image

from tests.support.raw_events import RawPage
from tests.support.raw_requests import ask, call
from tests.support.studio_app import CLIPS, running_app

PROMPT = 'film noir </title><script>alert("1")</script> & “quoted”'


def edited(app, prompt: str = PROMPT, **inputs) -> dict:
    page = RawPage(app.url)
    clip = page.uploaded((CLIPS / "dunes_966x544.mp4").read_bytes(), "my holiday at 12 Main Street.mp4")
    asked = {"prompt": prompt, "video": clip, "duration": "3", "mode": "std", **inputs}
    job = call(app.url, "edit", asked, seconds=120)[1][1]
    assert job["stage"] == "COMPLETED", job
    return job


@pytest.fixture(scope="module")
def job(studio):
    return edited(studio)


@pytest.fixture
def url(studio, job):
    path = call(studio.url, "share", {"job_id": job["job_id"]})[1][0]["url"]
    return f"{studio.url}{path}"


def tags(document: str) -> dict[str, str]:
    pairs = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', document)
    assert len(dict(pairs)) == len(pairs), "a tag stands twice"
    return {name: unescape(text) for name, text in pairs}


def test_the_page_is_light_and_says_what_was_asked_and_who_made_it(url, job):
    got = requests.get(url, timeout=10)
    assert got.status_code == 200 and len(got.content) < 100_000
    assert "gradio_config" not in got.text and "<script src" not in got.text and "<link" not in got.text
    shown = unescape(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", got.text, flags=re.DOTALL))
    assert PROMPT.split("</title>")[0].strip() in shown
    for words in ("The preview engine, not Kling", "Standard quality, 3 seconds, 16:9", "20"):
        assert words in shown
    assert "<script>alert" not in got.text and "&lt;script&gt;alert" in got.text


def test_it_can_be_previewed_by_what_reads_the_first_32_kb(url):
    head = requests.get(
        url, timeout=10, headers={"X-Forwarded-Host": "studio.example", "X-Forwarded-Proto": "https"}
    )
    told = tags(head.text[: 32 * 1024])
    share = f"https://studio.example/share/{url.rsplit('/', 1)[1]}"
    assert told["og:url"] == share and told["og:image"] == f"{share}/picture.jpg"
    assert told["og:video"] == told["og:video:secure_url"] == f"{share}/edited.mp4"
    assert told["og:video:type"] == "video/mp4" and told["og:video:width"] == "960"
    assert told["og:title"].startswith("film noir") and "not Kling" in told["og:description"]
    assert told["twitter:card"] == "summary_large_image"
    assert "noindex" in head.text and "noindex" in head.headers["X-Robots-Tag"]
    picture = Image.open(io.BytesIO(requests.get(f"{url}/picture.jpg", timeout=30).content))
    assert picture.size == (1200, 630) and picture.format == "JPEG"


def test_its_videos_play_by_ranges_and_carry_no_other_name(url, job):
    for name in ("original.mp4", "edited.mp4"):
        part = requests.get(f"{url}/{name}", headers={"Range": "bytes=0-99"}, timeout=10)
        assert part.status_code == 206 and len(part.content) == 100
        assert (
            part.headers["Content-Type"] == "video/mp4"
            and "sandbox" in part.headers["Content-Security-Policy"]
        )
        assert "content-disposition" not in part.headers
        whole = requests.get(f"{url}/{name}", timeout=20).content
        with av.open(io.BytesIO(whole)) as clip:
            assert clip.streams.video[0].width == (960 if name == "edited.mp4" else 1280)


def test_it_shows_nothing_of_the_visitor(studio, url, job):
    told = requests.get(url, timeout=10).text
    row = studio.rows("SELECT visitor, request_id, body FROM jobs WHERE job_id = ?", job["job_id"])[0]
    for secret in (job["job_id"], row[0], row[1], "Main", "holiday", "gradio_api", str(studio.data)):
        assert secret not in told, secret
    assert "$" not in re.sub(r"<script>.*?</script>", "", told, flags=re.DOTALL)  # no cost


def test_the_policy_of_the_page_runs_its_own_script_and_lets_any_site_embed_it(url):
    policy = requests.get(url, timeout=10).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "frame-ancestors *" in policy
    assert "unsafe-eval" not in policy and "'unsafe-inline'; img" in policy  # of style attributes alone
    assert re.search(r"script-src 'sha256-[^']+';", policy)


def test_a_slash_at_the_end_leads_to_the_page(studio, url):
    there = requests.get(f"{url}/?embed", timeout=10)
    assert there.status_code == 200 and there.url == f"{url}?embed" and "See what was asked for" in there.text
    moved = ask(studio.url, "GET", "/share/%2f%2fevil.example/")
    assert moved.status in (308, 404) and "//" not in moved.headers.get("location", "")


def test_a_share_that_is_taken_back_is_a_friendly_404(studio, url, job):
    assert call(studio.url, "unshare", {"job_id": job["job_id"]})[1][0] == {"unshared": True, "error": None}
    gone = requests.get(url, timeout=10)
    assert gone.status_code == 404 and "taken back" in gone.text and "Edit a video" in gone.text
    for name in ("edited.mp4", "original.mp4", "picture.jpg", "poster.jpg"):
        assert requests.get(f"{url}/{name}", timeout=10).status_code == 404
    again = call(studio.url, "share", {"job_id": job["job_id"]})[1][0]["url"]
    assert not url.endswith(again) and requests.get(url, timeout=10).status_code == 404


@pytest.mark.parametrize(
    "target",
    [
        "/share/",
        "/share/x",
        "/share/../share/x",
        "/share/" + "a" * 22,
        "/share/" + "a" * 3000,
        "/share/%00",
        "/share/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/share/" + "a" * 22 + "/edited.mp4",
        "/share/" + "a" * 22 + "/../../journal.sqlite",
    ],
)
def test_what_is_no_share_is_not_found(studio, target):
    answer = ask(studio.url, "GET", target)
    assert answer.status == 404 and b"Traceback" not in answer.body


def test_nothing_else_of_a_job_is_behind_its_share(studio, url):
    for name in (
        "result.mp4",
        "sheet.png",
        "before.mp4",
        "sources",
        "..",
        "%2e%2e/journal.sqlite",
        "share.jpg",
    ):
        assert ask(studio.url, "GET", f"{url.removeprefix(studio.url)}/{name}").status == 404, name


def test_a_share_takes_no_orders(studio, url):
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert ask(studio.url, method, url.removeprefix(studio.url)).status in (404, 405)


def test_an_unknown_job_is_not_shared(studio):
    for unknown in ("", "nobody", {"a": 1}, None, "x" * 5000):
        status, told = call(studio.url, "share", {"job_id": unknown})
        assert status == 200 and told[0]["url"] is None and "No job" in told[0]["error"]


def test_two_copies_of_the_studio_show_the_same_share(tmp_path):
    with running_app(tmp_path) as one:
        job = edited(one, "winter")
        with running_app(tmp_path, GRADIO_TEMP_DIR=str(tmp_path / "other")) as other:
            path = call(other.url, "share", {"job_id": job["job_id"]})[1][0]["url"]
            for app in (one, other):
                assert requests.get(f"{app.url}{path}", timeout=10).status_code == 200
                assert requests.get(f"{app.url}{path}/edited.mp4", timeout=10).status_code == 200
            call(one.url, "unshare", {"job_id": job["job_id"]})
            assert requests.get(f"{other.url}{path}", timeout=10).status_code == 404
