"""The finished video: whole, checked, atomic, without the key."""

import os
import stat
import struct

import pytest

from modules.segmind import errors
from tests.support.client_factory import client_for
from tests.support.fake_upstream import CLIP, FakeUpstream
from tests.support.manual_clock import ManualClock
from tests.support.upstream_faults import (
    answer,
    close_after_body,
    cut_file,
    hang,
    no_ranges,
    redirect,
    truncated,
)

VIDEO = CLIP.read_bytes()


@pytest.fixture
def upstream():
    with FakeUpstream() as server:
        yield server


def _box(kind: bytes, size: int) -> bytes:
    return struct.pack(">I4s", size + 8, kind) + b"\0" * size


@pytest.fixture
def target(tmp_path):
    """A destination in a folder of its own; afterwards no temporary file may be left beside it."""
    folder = tmp_path / "kept"
    yield folder / "edit.mp4"
    assert [path.name for path in folder.iterdir() if path.name != "edit.mp4"] == []


def test_a_video_is_copied_whole_and_progress_reaches_the_end(upstream, target):
    told = []
    size = client_for(upstream).download(
        upstream.file_url, target, lambda done, total: told.append((done, total))
    )
    assert target.read_bytes() == VIDEO
    assert size == len(VIDEO)
    assert told[-1] == (size, size)
    assert stat.S_IMODE(os.stat(target).st_mode) == 0o644


def test_no_key_is_sent(upstream, target):
    client_for(upstream).download(upstream.file_url, target)
    assert upstream.key not in str([seen for seen in upstream.seen if seen.route == "file"])


def test_a_cut_is_continued_where_it_stopped(upstream, target):
    upstream.script("file", cut_file(100_000), cut_file(200_000))
    client_for(upstream).download(upstream.file_url, target)
    assert target.read_bytes() == VIDEO
    asked = [(seen.headers.get("Range"), seen.headers.get("If-Range")) for seen in upstream.seen]
    assert asked == [(None, None), ("bytes=100000-", '"v1"'), ("bytes=300000-", '"v1"')]


def test_a_server_without_ranges_is_read_again_from_the_start(upstream, target):
    upstream.script("file", no_ranges(cut=100_000), no_ranges())
    client_for(upstream).download(upstream.file_url, target)
    assert target.read_bytes() == VIDEO


def test_a_file_that_changed_between_two_pieces_is_read_again_from_the_start(upstream, target):
    upstream.script("file", cut_file(100_000))

    def change(_):
        upstream.file_etag = '"v2"'
        upstream.video = VIDEO[:-8] + _box(b"free", 0)

    client_for(upstream, ManualClock(on_sleep=change)).download(upstream.file_url, target)
    assert target.read_bytes() == VIDEO[:-8] + _box(b"free", 0)


def test_without_an_etag_a_changed_length_is_noticed(upstream, target):
    upstream.file_etag = None
    upstream.script("file", cut_file(100_000))
    first = int.from_bytes(VIDEO[:4], "big")
    other = VIDEO[:first] + _box(b"free", 100) + VIDEO[first:]

    def change(_):
        upstream.video = other

    client_for(upstream, ManualClock(on_sleep=change)).download(upstream.file_url, target)
    assert target.read_bytes() == other


def test_a_piece_from_the_wrong_place_is_not_put_in(upstream, target):
    wrong = {"Content-Range": f"bytes 50000-{len(VIDEO) - 1}/{len(VIDEO)}"}
    upstream.script("file", cut_file(100_000), answer(206, VIDEO[50_000:], kind="video/mp4", headers=wrong))
    client_for(upstream).download(upstream.file_url, target)
    assert target.read_bytes() == VIDEO


@pytest.mark.parametrize(
    "fault", [answer(500), answer(503), answer(429), close_after_body(), hang(0.7), truncated(0.0)]
)
def test_a_passing_fault_is_survived(upstream, target, fault):
    upstream.script("file", fault, fault)
    client_for(upstream).download(upstream.file_url, target)
    assert target.read_bytes() == VIDEO


def test_endless_cuts_are_given_up_and_leave_the_old_file(upstream, target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    upstream.always("file", cut_file(0))
    with pytest.raises(errors.DownloadFailed) as caught:
        client_for(upstream).download(upstream.file_url, target)
    assert target.read_bytes() == b"old"
    assert upstream.count("file") == 6
    assert "Try the download again" in caught.value.sentence
    assert "done and paid for" in caught.value.sentence


@pytest.mark.parametrize("code", [404, 410])
def test_a_video_that_is_gone_is_told_as_gone(upstream, target, code):
    upstream.always("file", answer(code))
    with pytest.raises(errors.ResultGone) as caught:
        client_for(upstream).download(upstream.file_url, target)
    assert upstream.count("file") == 1
    assert "again" not in caught.value.sentence and caught.value.code == code


def test_a_refusal_is_not_repeated(upstream, target):
    upstream.always("file", answer(403))
    with pytest.raises(errors.DownloadFailed, match="HTTP 403"):
        client_for(upstream).download(upstream.file_url, target)
    assert upstream.count("file") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<!doctype html><p>Sign in", "page of text"),
        (b'{"error": "expired"}', "page of text"),
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 90, "not an mp4"),
        (b"RIFF\0\0\0\0AVI " + b"\0" * 90, "not an mp4"),
        (VIDEO[: len(VIDEO) // 2], "incomplete"),
        (_box(b"ftyp", 16) + _box(b"mdat", 100), "incomplete"),
    ],
)
def test_what_is_no_whole_video_is_not_kept(upstream, target, content, words):
    upstream.always("file", answer(200, content, kind="video/mp4"))
    with pytest.raises(errors.DownloadFailed, match=words):
        client_for(upstream).download(upstream.file_url, target)
    assert not target.exists()


def test_a_video_over_the_cap_is_refused_by_its_promise(upstream, target):
    with pytest.raises(errors.DownloadFailed, match="larger than") as caught:
        client_for(upstream).download(upstream.file_url, target, max_bytes=1000)
    assert upstream.count("file") == 1
    assert "again" not in caught.value.sentence


def test_redirects_are_followed_without_the_key(upstream, target):
    with FakeUpstream() as storage:
        upstream.script("file", redirect(storage.file_url, 307))
        client_for(upstream).download(upstream.file_url, target)
        assert "x-api-key" not in {name.lower() for name in storage.seen[0].headers}
    assert target.read_bytes() == VIDEO


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://example.com/a", "javascript:alert(1)"])
def test_a_redirect_out_of_the_web_is_not_followed(upstream, target, place):
    upstream.script("file", redirect(place))
    with pytest.raises(errors.DownloadFailed, match="not safe"):
        client_for(upstream).download(upstream.file_url, target)


def test_a_circle_of_redirects_ends(upstream, target):
    upstream.always("file", redirect(upstream.file_url))
    with pytest.raises(errors.DownloadFailed, match="circles"):
        client_for(upstream).download(upstream.file_url, target)
    assert upstream.count("file") == 6


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://host/a.mp4", "", "data:video/mp4;base64,AAAA", "https:///x"]
)
def test_an_address_out_of_the_web_is_refused(upstream, target, url):
    target.parent.mkdir()
    with pytest.raises(errors.DownloadFailed, match="not a web address"):
        client_for(upstream).download(url, target)


def test_a_folder_that_cannot_be_written_is_told(upstream, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(errors.DownloadFailed, match="storage"):
        client_for(upstream).download(upstream.file_url, tmp_path / "file" / "edit.mp4")


def test_a_cancelled_copy_ends_with_the_callers_own_error(upstream, target):
    class Withdrawn(Exception):
        pass

    def stop(done, total):
        raise Withdrawn

    with pytest.raises(Withdrawn):
        client_for(upstream).download(upstream.file_url, target, stop)
    assert not target.exists()
