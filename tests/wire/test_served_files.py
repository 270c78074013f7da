"""Which files an address of this site leads to, and as what they are given."""

import os

import pytest

from tests.support.raw_events import RawPage
from tests.support.raw_requests import ask
from tests.support.site_routes import CLIP
from tests.support.studio_app import CLIPS
from tests.support.web_site import Site, body

MARK = "planted-by-a-visitor"


@pytest.fixture(scope="module")
def web():
    """Another server, for whose pages this site must not be a way."""
    site = Site()
    script = body(b"<script>document.title = 'owned'</script>", ranges=False)
    site.pages.update({"/evil.mp4": script, "/evil.html": script})
    yield site
    site.close()


@pytest.fixture(scope="module")
def app(inputs_app):
    return inputs_app


RELAYED = [
    "http://{}/evil.mp4",
    "http://{}/evil.html",
    "HTTP://{}/evil.mp4",
    "%68ttp://{}/evil.mp4",
    "http:%2F%2F{}/evil.mp4",
    "http%3A%2F%2F{}%2Fevil.mp4",
    "https://{}/evil.mp4",
    "http:{}/evil.mp4",
    "http:/{}/evil.mp4",
    "//{}/evil.mp4",
    "ftp://{}/evil.mp4",
    "gopher://{}/1",
    "javascript:1",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "FILE:///etc/passwd",
    "data:text/html,<script>1</script>",
]


@pytest.mark.parametrize("route", ["file=", "file/", "%66ile=", "proxy="])
def test_no_address_is_relayed_from_here(app, web, route):
    web.asked.clear()
    for place in RELAYED:
        target = f"/gradio_api/{route}{place.format(f'127.0.0.1:{web.port}')}"
        for method in ("GET", "HEAD"):
            answer = ask(app.url, method, target)
            assert answer.status in (403, 404), (method, target, answer.status, answer.headers, answer.body)
            assert b"owned" not in answer.body and b"root:" not in answer.body, (method, target)
    assert web.asked == []


def places(app) -> list[str]:
    """Files of this server that are nobody's business, by many names."""
    job = app.data / "jobs" / "a-job-that-was-made-up"
    links = [job / "result.mp4", app.temp / "link.mp4"]
    for link in links:
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            os.symlink(app.data / "journal.sqlite", link)
    here = CLIPS.parent
    return [
        "examples/make_previews.py",
        "examples/examples.json",
        "examples/CREDITS.md",
        f"{here}/make_previews.py",
        f"{here}/examples.json",
        "examples/clips/../make_previews.py",
        "examples/clips/%2e%2e/make_previews.py",
        "examples%2Fmake_previews.py",
        "examples/clips",
        "examples/./examples.json",
        "examples//examples.json",
        "examples",
        "app.py",
        "modules/ui/page.py",
        "/etc/passwd",
        "../../etc/passwd",
        "/proc/self/environ",
        str(app.data / "journal.sqlite"),
        f"{app.data}/jobs/../journal.sqlite",
        *map(str, links),
        "examples/clips/dunes_966x544.mp4%00.py",
        "",
    ]


@pytest.mark.parametrize("route", ["file=", "file/"])
def test_only_files_that_are_meant_for_it_are_served(app, route):
    answered = {place: ask(app.url, "GET", f"/gradio_api/{route}{place}").status for place in places(app)}
    assert {place: status for place, status in answered.items() if status not in (403, 404)} == {}


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("clips/dunes_966x544.mp4", "video/mp4"),
        ("previews/winter.jpg", "image/jpeg"),
        ("previews/winter_after.mp4", "video/mp4"),
        ("refs/astronaut_512x512.png", "image/png"),
    ],
)
def test_media_of_the_examples_are_shown_with_their_types(app, place, kind):
    answer = ask(app.url, "GET", f"/gradio_api/file=examples/{place}")
    assert answer.status == 200 and answer.body == (CLIPS.parent / place).read_bytes()
    assert answer.headers["content-type"] == kind
    assert not answer.headers.get("content-disposition", "").startswith("attachment")
    assert answer.headers.get("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("name", ["holiday", "VID.3gp", "clip.qt", "clip.jpg"])
def test_an_uploaded_clip_is_shown_as_what_it_is_under_any_name(app, name):
    path = RawPage(app.url).upload(name, (CLIPS / "dunes_966x544.mp4").read_bytes())
    answer = ask(app.url, "GET", f"/gradio_api/file={path}")
    assert (answer.status, answer.headers["content-type"]) == (200, "video/mp4")
    assert answer.headers.get("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("whose", ["upload", "job"])
def test_what_is_no_media_is_only_given_to_be_saved(app, whose):
    job, page, shown = app.data / "jobs" / "another-job-that-was-made-up", RawPage(app.url), {}
    job.mkdir(parents=True, exist_ok=True)
    for name in ("html", "svg", "js", "xml", "xhtml", "txt", "json", "css", "pdf", "py", "mp4.html"):
        (job / f"a.{name}").write_text("<script>1</script>")
        path = job / f"a.{name}" if whose == "job" else page.upload(f"a.{name}", b"<script>1</script>")
        answer = ask(app.url, "GET", f"/gradio_api/file={path}")
        told = [
            answer.headers.get(header, "")[:24].partition(";")[0]
            for header in ("content-type", "content-disposition", "x-content-type-options")
        ]
        saved = told == ["application/octet-stream", "attachment", "nosniff"]
        if not (saved if answer.status == 200 else answer.status in (403, 404)):
            shown[name] = (answer.status, *told)
    assert shown == {}


def test_an_answer_to_a_range_reflects_no_header_of_the_request(app):
    odd = {
        "X-Evil": MARK,
        "Cookie": f"session={MARK}",
        "Set-Cookie": f"a={MARK}",
        "User-Agent": MARK,
        "Access-Control-Allow-Origin": MARK,
        "Location": MARK,
        "Content-Security-Policy": MARK,
        "Referer": f"http://{MARK}/",
    }
    for target in (CLIP, CLIP.replace("file=", "file/")):
        answer = ask(app.url, "GET", target, {"Range": "bytes=10-19", **odd})
        assert answer.status == 206 and answer.body == (CLIPS / "dunes_966x544.mp4").read_bytes()[10:20]
        assert answer.headers["content-range"].startswith("bytes 10-19/")
        assert {name: value for name, value in answer.headers.items() if MARK in value} == {}
        assert not {"host", "cookie", "user-agent", "accept-encoding"} & answer.headers.keys(), answer.headers
