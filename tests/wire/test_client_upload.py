"""Uploads: the exact body, in constant memory, repeated without harm."""

import base64
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.segmind import asset_upload, errors
from modules.segmind.client import SegmindClient
from tests.support.client_factory import client_for
from tests.support.fake_upstream import CLIP, FakeUpstream
from tests.support.manual_clock import ManualClock
from tests.support.upstream_faults import (
    answer,
    close_after_body,
    close_before_reading,
    hang,
    not_json,
    rate_limited,
    truncated,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        yield server


@pytest.fixture
def large(tmp_path):
    """A file that does not fit into the sockets' buffers."""
    path = tmp_path / "large.mp4"
    with open(path, "wb") as file:
        file.truncate(24 * 2**20)
    return path


def _stored(upstream: FakeUpstream, url: str) -> tuple[str, bytes]:
    return upstream.uploads[url.rsplit("/", 1)[1]]


def test_a_clip_arrives_as_it_is_and_progress_reaches_the_end(upstream):
    told = []
    url = client_for(upstream, read_timeout=5).upload(
        CLIP, "video/mp4", lambda done, total: told.append((done, total))
    )
    assert _stored(upstream, url) == ("video/mp4", CLIP.read_bytes())
    assert told[-1] == (CLIP.stat().st_size, CLIP.stat().st_size)
    assert told == sorted(told)
    seen = upstream.seen[-1]
    assert "Transfer-Encoding" not in seen.headers
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["x-api-key"] == upstream.key


def test_several_files_go_in_one_request_in_order(upstream, tmp_path):
    files = []
    for index, size in enumerate((1, 2, 3, asset_upload.BLOCK, asset_upload.BLOCK + 1)):
        path = tmp_path / f"{index}.bin"
        path.write_bytes(os.urandom(size))
        files.append((path, "image/png"))
    urls = asset_upload.upload_files(client_for(upstream, read_timeout=5), files)
    assert [_stored(upstream, url)[1] for url in urls] == [path.read_bytes() for path, _ in files]
    assert upstream.count("upload") == 1


def test_no_files_is_no_request(upstream):
    assert asset_upload.upload_files(client_for(upstream), []) == []
    assert upstream.seen == []


@settings(max_examples=60, deadline=None)
@given(sizes=st.lists(st.integers(1, 3 * asset_upload.BLOCK + 2), min_size=1, max_size=3))
def test_the_promised_length_is_the_length_and_the_body_is_the_sdks(sizes, tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    paths = []
    for index, size in enumerate(sizes):
        path = folder / str(index)
        path.write_bytes(os.urandom(min(size, 64)) * (size // min(size, 64)) + b"x" * (size % min(size, 64)))
        paths.append(path)
    sent = asset_upload.Sent([(path, "video/mp4") for path in paths])
    body = b"".join(sent)
    assert len(body) == len(sent)
    expected = [f"data:video/mp4;base64,{base64.b64encode(path.read_bytes()).decode()}" for path in paths]
    assert json.loads(body) == {"data_urls": expected}


@pytest.mark.parametrize(
    "fault",
    [
        close_before_reading(),
        close_before_reading(reset=True),
        close_after_body(),
        hang(0.7),
        answer(500),
        answer(502),
        truncated(),
        not_json(),
        answer(200, {"file_urls": []}),
        answer(200, {"file_urls": ["javascript:x"]}),
        rate_limited(3, "seconds"),
    ],
)
def test_an_upload_is_sent_again_from_the_start_after_any_fault(upstream, fault):
    upstream.script("upload", fault)
    url = client_for(upstream).upload(CLIP, "video/mp4")
    assert _stored(upstream, url)[1] == CLIP.read_bytes()
    assert upstream.count("upload") == 2


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (answer(401), errors.Unauthorized),
        (answer(413, b"<html>", kind="text/html"), errors.BadRequest),
        (answer(400), errors.BadRequest),
    ],
)
def test_a_refused_upload_is_final(upstream, fault, kind):
    upstream.always("upload", fault)
    with pytest.raises(kind):
        client_for(upstream).upload(CLIP, "video/mp4")
    assert upstream.count("upload") == 1


def test_the_other_name_of_the_answer_is_understood(upstream):
    upstream.script("upload", answer(200, {"urls": ["https://cdn.example.com/a.mp4"]}))
    assert client_for(upstream).upload(CLIP, "video/mp4") == "https://cdn.example.com/a.mp4"


def test_a_missing_or_empty_file_is_told_before_anything_is_sent(upstream, tmp_path):
    (tmp_path / "empty").touch()
    for path in (tmp_path / "missing", tmp_path / "empty", tmp_path):
        with pytest.raises(errors.UploadFailed):
            client_for(upstream).upload(path, "video/mp4")
    assert upstream.connections == 0


@pytest.mark.parametrize("change", ["shorter", "longer", "gone"])
def test_a_file_that_changes_while_it_is_sent_is_told(upstream, tmp_path, change):
    path = tmp_path / "clip.mp4"
    path.write_bytes(os.urandom(3 * asset_upload.BLOCK))

    def disturb(done, total):
        if done == asset_upload.BLOCK and change == "shorter":
            os.truncate(path, asset_upload.BLOCK)
        elif done == asset_upload.BLOCK and change == "longer":
            with open(path, "ab") as file:
                file.write(b"more")

    if change == "gone":
        upstream.script("upload", close_after_body())
        client = client_for(upstream, ManualClock(on_sleep=lambda _: path.unlink()))
    else:
        client = client_for(upstream)
    with pytest.raises(errors.UploadFailed, match=r"clip\.mp4"):
        client.upload(path, "video/mp4", disturb)


def test_a_cancelled_upload_ends_with_the_callers_own_error(upstream):
    class Withdrawn(Exception):
        pass

    def stop(done, total):
        raise Withdrawn

    with pytest.raises(Withdrawn):
        client_for(upstream).upload(CLIP, "video/mp4", stop)
    assert upstream.uploads == {}


def test_a_content_type_cannot_break_out_of_the_body(tmp_path):
    with pytest.raises(ValueError, match="content type"):
        asset_upload.Sent([(CLIP, 'video/mp4","x')])


def _late_reader(listener: socket.socket, pause: float) -> None:
    """Take one connection, read nothing for `pause` seconds, then the whole body, and answer."""
    sock, _ = listener.accept()
    with sock, sock.makefile("rb") as stream:
        time.sleep(pause)
        length = 0
        while (line := stream.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while length > 0:
            length -= len(stream.read(min(length, 2**20)))
        body = b'{"file_urls": ["https://cdn.example.com/a.mp4"]}'
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def test_a_line_that_stalls_longer_than_a_connect_may_take_is_waited_for(upstream, large):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_late_reader, args=(listener, 0.5))
        thread.start()
        client = SegmindClient(
            upstream.url, f"http://127.0.0.1:{listener.getsockname()[1]}", upstream.key, connect_timeout=0.1
        )
        assert client.upload(large, "video/mp4") == "https://cdn.example.com/a.mp4"
        thread.join(10)


@pytest.mark.alone
def test_a_server_that_never_reads_cannot_hold_an_upload(upstream, large):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        clock, began = ManualClock(), time.monotonic()
        client = SegmindClient(
            upstream.url, address, upstream.key, read_timeout=0.2, sleep=clock.sleep, clock=clock
        )
        with pytest.raises(errors.ConnectionLost):
            client.upload(large, "video/mp4")
        assert time.monotonic() - began < 8


def test_memory_does_not_grow_with_the_file(upstream, tmp_path):
    """Peak memory of a process that sends 48 MB, beside one that sends 1 MB: the difference is noise, not
    48 MB."""
    peaks = []
    for megabytes in (1, 48):
        path = tmp_path / f"{megabytes}.mp4"
        with open(path, "wb") as file:
            file.truncate(megabytes * 2**20)
        program = (
            "import resource, sys\n"
            "from modules.segmind.client import SegmindClient\n"
            f"SegmindClient({upstream.url!r}, {upstream.url!r}, {upstream.key!r}).upload({str(path)!r}, "
            "'video/mp4')\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
        peaks.append(int(done.stdout) / 1024)
    assert peaks[1] - peaks[0] < 8
