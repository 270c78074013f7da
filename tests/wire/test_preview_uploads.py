"""Uploads: streamed, capped, typed by content; and the files they become."""

import base64
import json
import random
import re
import socket
import threading

import pytest
import requests

from modules.preview.http.data_urls import BodyError, DataUrlReader
from tests.support.preview_server import CLIP, KEY, PICTURE, EngineProcess, engine_in_thread, until

JSON = {"content-type": "application/json"}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def data_url(content: bytes, mime: str = "video/mp4") -> str:
    return f"data:{mime};base64,{base64.b64encode(content).decode()}"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    with engine_in_thread(tmp_path_factory.mktemp("engine"), max_upload_bytes=2**20) as caller:
        yield caller


class Kept:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data

    def close(self) -> None:
        self.closed = True


def ranged(url: str, asked: str) -> requests.Response:
    return requests.get(url, headers={"range": asked}, timeout=10)


def read(body: bytes, sizes: random.Random | None = None) -> list[bytes]:
    files: list[Kept] = []

    def open_sink() -> Kept:
        files.append(Kept())
        return files[-1]

    reader = DataUrlReader(open_sink)
    at = 0
    while at < len(body):
        step = sizes.choice((1, 2, 3, 5, 64, 4096)) if sizes else len(body)
        reader.feed(body[at : at + step])
        at += step
    reader.finish()
    assert all(file.closed for file in files)
    return [file.data for file in files]


@pytest.mark.parametrize("seed", range(40))
def test_any_json_spelling_in_any_pieces_gives_the_same_files(seed):
    rng = random.Random(seed)
    files = [rng.randbytes(rng.choice((0, 1, 2, 3, 200, 5000))) for _ in range(rng.randrange(1, 5))]
    body = {
        "before": {"data_urls": [1, {"a": []}], "n": -1.5e3},
        "data_urls": [data_url(f) for f in files],
        "after": [None, True, 'é"\\/', {}],
    }
    text = json.dumps(dict(reversed(body.items())) if seed % 2 else body, indent=seed % 3 or None)
    if seed % 4 < 2:
        text = text.replace("/", "\\/")
    if seed % 5 < 2:
        text = text.replace("+", "\\u002b").replace("=", "\\u003d")
    assert read(text.encode(), rng) == files


def test_white_space_inside_the_base64_and_missing_padding_are_forgiven():
    assert read(b'{"data_urls": ["data:;base64,YW\\nJj \\r\\n ZA"]}') == [b"abcd"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  ",
        b"{",
        b"[]",
        b'"x"',
        b"12",
        b"{}x",
        b'{"data_urls"}',
        b'{"data_urls":}',
        b'{"data_urls":[}',
        b"{,}",
        b'{"data_urls":["data:;base64,YQ==",]}',
        b'{"data_urls":"data:;base64,YQ=="}',
        b'{"data_urls":{}}',
        b'{"data_urls":[1]}',
        b'{"data_urls":[[]]}',
        b'{"data_urls":null}',
        b'{"data_urls":["http://x/y.mp4"]}',
        b'{"data_urls":["data:video/mp4,plain"]}',
        b'{"data_urls":["data:;base64,YQ=="',
        b'{"data_urls":["data:;base64"]}',
        b'{"data_urls":["data:;base64,Y!=="]}',
        b'{"data_urls":["data:;base64,YQ==YQ=="]}',
        b'{"data_urls":["data:;base64,Y"]}',
        b'{"a":nul,"data_urls":[]}',
        b'{"a":01}',
        b'{"a":"\\x"}',
        b'{"a":"\\u00zz"}',
        b"{'a':1}",
        b'{"a":1 "b":2}',
        b"[" * 100,
        b'{"a":' + b"[" * 100,
    ],
)
def test_what_is_no_upload_is_refused_whole_and_in_pieces(body):
    for sizes in (None, random.Random(1)):
        with pytest.raises(BodyError):
            read(body, sizes)


def test_an_upload_is_typed_by_its_content_and_never_by_what_it_says(engine):
    urls = engine.upload(PICTURE, mime="text/html")
    answer = engine.get(urls[0])
    assert urls[0].endswith(".png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == PICTURE.read_bytes()


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "mov"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "mov"),
        (b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webm", "webm"),
        (b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\x82\x88matroska", "mkv"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "jpg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"GIF89a\1\0", "gif"),
        (b"BM6\0\0\0\0\0\0\x006\0\0\0(\0\0\0", "bmp"),
        (b"II*\0\x08\0\0\0", "tif"),
        (b"MM\0*\0\0\0\x08", "tif"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
    ],
)
def test_every_format_of_the_manual_is_known_by_its_first_bytes(engine, head, extension):
    answer = engine.post("/upload-asset", json={"data_urls": [data_url(head + bytes(100), "x/y")]})
    assert answer.json()["file_urls"][0].endswith(f".{extension}"), answer.text


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello, I am a video",
        b"<svg onload=alert(1)>",
        b"<!doctype html>",
        b"MZ\x90",
        b"\0\0\0\x18ftypM4A \0\0\0\0",
        b"BM is a fine prefix for a sentence.",
    ],
)
def test_a_text_file_called_mp4_is_refused_and_nothing_is_kept(engine, content, tmp_path):
    with engine_in_thread(tmp_path) as fresh:
        answer = fresh.post("/upload-asset", json={"data_urls": [data_url(PNG), data_url(content)]})
    assert answer.status_code == 400
    assert "File 2" in answer.json()["error"]
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"data_urls": []}', b'{"data_urls": ["x"]}', b"garbage"]
)
def test_a_body_that_is_no_upload_is_400_with_the_envelope(engine, body):
    answer = engine.post("/upload-asset", data=body, headers=JSON)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_an_upload_over_the_cap_is_413_even_without_a_length(engine):
    body = json.dumps({"data_urls": [data_url(PNG + bytes(2**20))]}).encode()
    for given in (body, iter([body[:500_000], body[500_000:]])):
        answer = engine.post("/upload-asset", data=given, headers=JSON)
        assert answer.status_code == 413
        assert "1 MB" in answer.json()["error"]


def test_an_upload_of_exactly_the_cap_is_taken(engine):
    content = PNG + bytes(2**20 - len(PNG))
    answer = engine.post("/upload-asset", json={"data_urls": [data_url(content)]})
    assert engine.get(answer.json()["file_urls"][0]).content == content


def test_a_refused_key_is_answered_although_the_body_is_large(engine):
    body = json.dumps({"data_urls": [data_url(bytes(4 * 2**20))]}).encode()
    answer = engine.post("/upload-asset", data=body, headers={**JSON, "x-api-key": "wrong"})
    assert answer.status_code == 401


def test_too_many_files_in_one_body_are_refused(engine):
    answer = engine.post("/upload-asset", json={"data_urls": [data_url(PNG)] * 25})
    assert (answer.status_code, "24 files" in answer.json()["error"]) == (400, True)


def test_addresses_cannot_be_guessed(engine):
    names = {url.rsplit("/", 1)[1] for _ in range(5) for url in engine.upload(PICTURE)}
    assert len(names) == 5
    assert all(re.fullmatch(r"[\w-]{32}\.png", name) for name in names)


def test_a_caller_that_goes_away_mid_upload_leaves_nothing(tmp_path):
    with engine_in_thread(tmp_path) as engine:
        host, port = engine.base.removeprefix("http://").split(":")
        incoming = tmp_path / "files" / "incoming"
        with socket.create_connection((host, int(port))) as line:
            head = (
                f"POST /upload-asset HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\n"
                "Content-Type: application/json\r\nContent-Length: 9000000\r\n\r\n"
            )
            line.sendall(head.encode() + b'{"data_urls": ["data:video/mp4;base64,' + b"A" * 2**20)
            until(lambda: list(incoming.iterdir()))
        until(lambda: not list(incoming.iterdir()))


def test_files_are_served_in_ranges(engine):
    url = engine.upload(CLIP)[0]
    content = CLIP.read_bytes()
    whole = engine.get(url)
    assert (whole.content, whole.headers["accept-ranges"]) == (content, "bytes")
    asks = {"bytes=0-99": content[:100], "bytes=1000-": content[1000:], "bytes=-50": content[-50:]}
    for asked, expected in asks.items():
        answer = ranged(url, asked)
        assert (answer.status_code, answer.content) == (206, expected)
        assert answer.headers["content-range"].endswith(f"/{len(content)}")
    beyond = ranged(url, f"bytes={len(content)}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")


def test_polls_are_answered_while_an_upload_arrives(tmp_path):
    with EngineProcess(tmp_path) as running:
        caller = running.caller
        piece = base64.b64encode(PNG + bytes(2**20 - len(PNG) - 1))
        more = threading.Event()

        def body():
            yield b'{"data_urls": ["data:image/png;base64,' + piece
            more.wait(20)
            yield b'"]}'

        answers = []
        upload = threading.Thread(
            target=lambda: answers.append(caller.post("/upload-asset", data=body(), headers=JSON))
        )
        upload.start()
        assert all(caller.get("/v1/get-user-credits").status_code == 200 for _ in range(20))
        more.set()
        upload.join(20)
        assert answers[0].status_code == 200, answers[0].text


def test_a_large_upload_arrives_in_constant_memory(tmp_path):
    piece = base64.b64encode(bytes(3 * 2**18))
    head = base64.b64encode(PNG + bytes(-len(PNG) % 3))

    def body():
        yield b'{"data_urls": ["data:image/png;base64,' + head
        for _ in range(64):
            yield piece
        yield b'"]}'

    with EngineProcess(tmp_path) as running:
        before = peak_mb(running.process.pid)
        answer = running.caller.post("/upload-asset", data=body(), headers=JSON)
        assert answer.status_code == 200, answer.text
        assert peak_mb(running.process.pid) - before < 16


def peak_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
