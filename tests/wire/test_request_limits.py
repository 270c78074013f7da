"""What is larger than any page or program sends is refused at once, with a sentence, and is no fault here."""

import json
from pathlib import Path

import pytest

from tests.support.raw_events import RawPage
from tests.support.raw_requests import JSON, Answer, ask, ask_json, call, multipart
from tests.support.studio_app import running_app

FORM = {"Content-Type": "multipart/form-data; boundary=edge"}
UPLOAD, CALL = "/gradio_api/upload", "/gradio_api/call/edit"


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    with running_app(tmp_path_factory.mktemp("limits")) as app:
        yield app
    assert "Traceback" not in app.log, app.log


def is_refused(answer: Answer, *codes: int) -> bool:
    """Refused with one of `codes` and a sentence that a person understands."""
    text = answer.text.strip()
    return answer.status in codes and text.endswith((".", '."}')) and 20 < len(text) < 300


# -- the head


@pytest.mark.parametrize(
    "target", ["/", "/config", "/theme.css", "/gradio_api/info", "/gradio_api/queue/data"]
)
@pytest.mark.parametrize("size", [9_000, 40_000, 63_000])
def test_a_long_query_is_refused(app, target, size):
    assert is_refused(ask(app.url, "GET", f"{target}?a={'b' * size}"), 414)


@pytest.mark.parametrize("target", ["/assets/", "/gradio_api/file=", "/gradio_api/heartbeat/", "/"])
def test_a_long_path_is_refused(app, target):
    assert is_refused(ask(app.url, "GET", target + "a" * 5_000), 414)


def test_large_cookies_are_refused(app):
    assert is_refused(ask(app.url, "GET", "/config", {"Cookie": "a=" + "b" * 20_000}), 431)
    assert ask(app.url, "GET", "/theme.css", {"Cookie": "a=" + "b" * 8_000}).status == 200


@pytest.mark.parametrize(
    "headers", [{f"X-{n}": "a" for n in range(150)}, {"X-Long": "a" * 40_000}, {"Referer": "a" * 50_000}]
)
def test_many_or_large_headers_are_refused(app, headers):
    assert is_refused(ask(app.url, "GET", "/config", headers), 431)
    assert is_refused(ask_json(app.url, CALL, {"data": []}, headers), 431)


# -- the body of a call

DEEP = {
    "far too deep": b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep": b'{"data":' + b"[" * 40 + b"]" * 40 + b"}",
    "objects": b'{"data":[' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"]}",
    "not ended": b"[" * 500_000,
}


@pytest.mark.parametrize("which", DEEP)
@pytest.mark.parametrize("target", [CALL, "/gradio_api/call/v2/edit", "/gradio_api/queue/join"])
def test_deep_json_is_refused(app, which, target):
    assert is_refused(ask(app.url, "POST", target, JSON, DEEP[which]), 400, 404, 422)


@pytest.mark.parametrize("target", [CALL, "/gradio_api/cancel", "/gradio_api/reset"])
@pytest.mark.parametrize("body", [b"\xff\xfe", b"{", b"", b"9" * 100_000, b'"' + b"a" * 900_000 + b'"'])
def test_a_body_that_is_no_call_is_no_fault(app, target, body):
    assert 400 <= ask(app.url, "POST", target, JSON, body).status < 500


def test_a_large_body_a_long_list_and_a_long_prompt_are_refused(app):
    values = ["winter", None, "pro", "5", "16:9", False, "customize", [], [], ""]
    assert is_refused(ask(app.url, "POST", CALL, JSON, b" " * (2**20 + 1)), 413)
    assert is_refused(ask_json(app.url, CALL, {"data": [*values[:7], ["a"] * 101, [], ""]}), 422)
    for prompt in ("a" * 2_501, "a" * 900_000):
        status, told = call(app.url, "edit", [prompt, *values[1:]])
        sentences = {one["field"]: one["message"] for one in told[1]["problems"]}
        assert status == 200 and told[1]["stage"] == "FAILED" and "2,500" in sentences["prompt"]


# -- uploads

NAMES = {
    "300 characters": b"a" * 300 + b".mp4",
    "NUL": b"a\0b.mp4",
    "control characters": b"a\x01\x1b[31mb.mp4",
    "right to left": "a\u202egpj.mp4".encode(),
    "bytes of no text": b"\xff\xfe.mp4",
    "a path up": b"../../../../etc/passwd",
    "a path": b"/etc/cron.d/studio",
    "a path of Windows": b"..\\..\\studio.mp4",
    "dots": b"..",
    "nothing": b"",
    "blanks": b"   ",
    "slashes": b"a/" * 2_000,
    "many bytes in few characters": "\U0001f600".encode() * 200 + b".mp4",
}


def sent(app, name: bytes, *, more: bytes = b"") -> Answer:
    head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="' + name + b'"\r\n' + more
    return ask(app.url, "POST", UPLOAD, FORM, head + b"\r\nhello\r\n--edge--\r\n")


@pytest.mark.parametrize("which", NAMES)
def test_an_odd_name_of_a_file_is_made_harmless_or_refused(app, which):
    answer = sent(app, NAMES[which])
    assert answer.status == 200 or 400 <= answer.status < 500
    if answer.status == 200:
        [path] = map(Path, answer.json())
        assert path.is_file() and path.read_bytes() == b"hello" and len(path.name.encode()) <= 255
        assert path.resolve() == path and path.parent.parent == app.temp.resolve(), path
        assert "\0" not in path.name and "/" not in path.name


def test_a_name_of_a_hundred_thousand_characters_is_refused(app):
    assert is_refused(sent(app, b"a" * 100_000 + b".mp4"), 413)


@pytest.mark.parametrize(
    "more", [b"".join(b"X-%d: y\r\n" % n for n in range(2_000)), b"X: " + b"y" * 500_000 + b"\r\n"]
)
def test_large_headers_of_a_part_are_refused(app, more):
    assert is_refused(sent(app, b"a.mp4", more=more), 400, 413)


@pytest.mark.parametrize("of_files", [True, False])
def test_many_parts_are_refused(app, of_files):
    before = {path for path in app.temp.rglob("*") if path.is_file()}
    kind = b'name="files"; filename="a.mp4"' if of_files else b'name="a"'
    parts = (b"--edge\r\nContent-Disposition: form-data; " + kind + b"\r\n\r\nx\r\n") * 500
    assert is_refused(ask(app.url, "POST", UPLOAD, FORM, parts + b"--edge--\r\n"), 413)
    assert {path for path in app.temp.rglob("*") if path.is_file()} == before


def test_ten_pictures_at_once_are_taken(app):
    part = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="%d.png"\r\n\r\nx\r\n'
    whole = b"".join(part % number for number in range(10)) + b"--edge--\r\n"
    assert len(ask(app.url, "POST", UPLOAD, FORM, whole).json()) == 10


@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data",
        f"multipart/form-data; boundary={'e' * 5_000}",
        "application/json",
        "text/plain",
        "",
    ],
)
def test_an_upload_that_is_no_form_is_refused(app, kind):
    _, body = multipart(b"hello")
    assert is_refused(ask(app.url, "POST", UPLOAD, {"Content-Type": kind}, body), 415)


def test_the_page_still_works_after_all_that(app):
    page = RawPage(app.url)
    assert page.history() == [] and json.dumps(page.config)


@pytest.mark.parametrize(
    "host",
    ["::1", "a:b:c", "[", "a b", "\u00fc", "x" * 5000, "http:// evil", 'a"b', "<script>", "a:99999999", ""],
)
@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Gradio-Server"])
def test_a_host_that_none_can_have_is_passed_over(studio, name, host):
    answer = ask(studio.url, "GET", "/", {name: host})
    assert answer.status == 200 and f'og:url" content="{studio.url}/"' in answer.text
    assert ask(studio.url, "GET", "/share/" + "a" * 22, {name: host}).status == 404


@pytest.mark.parametrize("host", ["studio.example", "studio.example:8443", "studio.example, inner.example"])
def test_a_proxys_host_is_told_on(studio, host):
    answer = ask(studio.url, "GET", "/", {"X-Forwarded-Host": host, "X-Forwarded-Proto": "https"})
    assert f'og:url" content="https://{host.split(",")[0]}/"' in answer.text
