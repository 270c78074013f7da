"""A visitor who posts the page's events by hand gets no file, no script and no edit that the page would
not give."""

import os
import secrets

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import RawPage, fields, file_data
from tests.support.studio_app import CLIPS, KEY, running_app
from tests.support.waiting import until

CLIP = (CLIPS / "dunes_966x544.mp4").read_bytes()
SECRET = "SG_feedfacefeedface"


@pytest.fixture(scope="module")
def upstream():
    with FakeUpstream(durations=(0.1, 0.1)) as upstream:
        yield upstream


@pytest.fixture(scope="module")
def app(tmp_path_factory, upstream):
    """With an owner's key, which is what a hostile visitor is after."""
    settings = {"SEGMIND_BASE_URL": upstream.url, "SEGMIND_STORAGE_URL": upstream.url}
    with running_app(tmp_path_factory.mktemp("hostile"), SEGMIND_API_KEY=SECRET, **settings) as app:
        yield app


@pytest.fixture
def visitor(app):
    return RawPage(app.url)


def files_of_this_server(app) -> list[str]:
    link = app.data / "page" / "link.mp4"
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        os.symlink(app.data / "journal.sqlite", link)
    return [
        str(app.data / "journal.sqlite"),
        str(app.data / "jobs" / ".." / "journal.sqlite"),
        f"/proc/{app.process.pid}/environ",
        "/etc/passwd",
        "app.py",
        "file:///etc/passwd",
        "concat:/etc/passwd",
        str(link),
        str(app.data / "jobs"),
        "a\0b",
        "/" * 5000,
    ]


def test_a_path_typed_as_an_address_is_neither_read_nor_kept(app, visitor):
    for path in files_of_this_server(app):
        assert "web address" in visitor.start(video_url=path)["video"], path
        assert "web address" in visitor.values("look", ["preview", "", *fields(video_url=path)])[0], path
    assert visitor.history() == []
    assert list((app.data / "jobs").glob("*/sources/*")) == []


@pytest.mark.parametrize(
    "shape",
    [
        lambda path: {"path": path},
        lambda path: {"path": path, "meta": {"_type": "gradio.FileData"}},
        lambda path: {"path": [path]},
        lambda path: {"path": "x.png", "url": f"file://{path}"},
    ],
)
def test_a_path_posted_as_a_picture_is_refused(app, visitor, shape):
    clip = visitor.uploaded(CLIP)
    for path in files_of_this_server(app)[:4]:
        elements = [
            {"frontal": shape(path), "references": []},
            {"frontal": None, "references": [shape(path)]},
        ]
        assert visitor.start(video=clip, references={"images": [shape(path)], "elements": []})
        for element in elements:
            assert visitor.start(video=clip, references={"images": [], "elements": [element]})
        assert visitor.start(video=shape(path))
        assert visitor.start(video={"video": shape(path)})
    assert visitor.history() == []


@pytest.mark.parametrize("name", ["evil.html", "evil.svg", "evil.xhtml", "evil.js", "evil.xml", "evil"])
def test_no_uploaded_file_runs_as_a_page_of_this_site(app, visitor, name):
    script = b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(document.domain)</script></html>"
    path = visitor.upload(name, script)
    assert visitor.start(video=file_data(path)) == {}
    job_id = visitor.history()[0]["job_id"]
    kept = until(lambda: next((app.data / "jobs" / job_id).glob("sources/*/*"), None), 60)
    for served in (visitor.fetch(path), visitor.fetch(str(kept))):
        inline = not served.headers.get("content-disposition", "").startswith("attachment")
        assert not (
            inline
            and served.headers["content-type"].startswith(
                ("text/html", "image/svg", "application/x", "text/xml", "text/j")
            )
        ), served.headers


@pytest.mark.parametrize(
    "path",
    [
        "journal.sqlite",
        "journal.sqlite-wal",
        "jobs/../journal.sqlite",
        "jobs/%2e%2e/journal.sqlite",
        "preview",
        "replicas",
    ],
)
def test_nothing_of_the_data_folder_is_served_but_jobs(app, visitor, path):
    assert visitor.fetch(f"{app.data}/{path}").status_code in (403, 404)


@pytest.mark.parametrize(
    "path", ["app.py", "modules/settings.py", ".git/config", "examples/../app.py", "/proc/self/environ"]
)
def test_no_source_code_is_served(visitor, path):
    assert visitor.fetch(path).status_code in (403, 404)


def test_what_is_too_long_is_never_written_down(app, visitor):
    assert visitor.start(prompt="a" * 1_000_000)["prompt"]
    assert visitor.start(video_url="https://example.com/" + "a" * 1_000_000)["video"]
    assert visitor.start(shot_type="a" * 1_000_000, video_url="https://example.com/a.mp4")["shot_type"]
    assert visitor.start(prompt=" " * 1_000_000 + "snow", video_url="http://127.0.0.1/a.mp4") == {}
    assert visitor.history()[0]["prompt"] == "snow"


def test_another_visitors_edit_cannot_be_touched(app, visitor):
    assert visitor.start(prompt="mine", video_url="http://127.0.0.1/a.mp4") == {}
    job_id = visitor.history()[0]["job_id"]
    for token in (None, "", "x", visitor.visitor[:-1], "%" * 32, "' OR 1=1 --".ljust(32), ["x"], {"a": 1}):
        stranger = RawPage(app.url, "x")
        stranger.visitor = token
        for action in ("open", "cancel", "key", "resend", "forget", "again", "reuse", "source", "vary"):
            session = secrets.token_hex(6)
            told = stranger.act(action, job_id, session=session)
            assert told is None or ("mine" not in str(told) and job_id not in str(told))
            # The session keeps which job it shows.
            watched = str(stranger.post("watch", [token, None], session=session))
            assert "mine" not in watched and job_id not in watched
        assert "mine" not in str(stranger.post("watch", [token, job_id]))
    assert [job["job_id"] for job in visitor.history()] == [job_id]


def test_another_visitors_edit_is_neither_found_nor_resumed(visitor):
    assert visitor.start(prompt="mine alone", video_url="http://127.0.0.1/b.mp4") == {}
    job_id, stranger = visitor.history()[0]["job_id"], visitor.another()
    searches = ("mine", "", job_id, job_id[:8], "%", "' OR 1=1 --", "mine' --", "_ine", {"$ne": ""}, ["mine"])
    for token in (stranger.visitor, "", None, "x", visitor.visitor[:-1], "%"):
        for text in searches:
            assert "mine alone" not in str(visitor.post("edits", [token, text, None])), (token, text)
        session = secrets.token_hex(6)
        visitor.post("resume", [], {"ids": [job_id, "x"]}, session)
        shown = str(visitor.post("watch_all", [token, None], session=session))
        assert "mine alone" not in shown and job_id not in shown
    session = secrets.token_hex(6)
    visitor.post("resume", [], {"ids": [job_id]}, session)
    assert "mine alone" in str(visitor.post("watch_all", [visitor.visitor, None], session=session))


def test_a_malformed_key_never_reaches_the_wire(upstream, visitor):
    # A clip in a shape that is sent as it is.
    clip = visitor.uploaded((CLIPS / "person_park_1280x720.mp4").read_bytes())
    for engine in ("segmind", None):
        assert "key" in visitor.start(video=clip, key="SG_1\r\nx-evil: 1", engine=engine)
    assert upstream.seen == []
    assert visitor.start(video=clip, key=KEY, engine="segmind") == {}
    job_id = visitor.history()[0]["job_id"]
    until(lambda: visitor.history()[0]["title"] == "Your edit is ready", 60)
    visitor.act("again", job_id, key="SG_1\r\nx-evil: 1")
    assert len(visitor.history()) == 1 and upstream.submits == 1


def test_the_owners_key_is_nowhere_to_be_seen(app, visitor):
    assert SECRET not in app.log
    assert SECRET not in str(visitor.config)
    assert [
        path for path in app.data.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()
    ] == []
