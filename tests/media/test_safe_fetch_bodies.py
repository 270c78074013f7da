"""Fetching what a visitor's URL leads to: what the server there answers, and how much of it is taken."""

import time

import pytest

from modules.media.errors import MediaError
from modules.media.fetch.pinned import HostNotReached
from tests.support.media_samples import EXAMPLES, PARK, clip, heavy
from tests.support.web_site import URL, body


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (401, "did not give this file"),
        (403, "it answered 403"),
        (404, "no file"),
        (410, "no file"),
        (500, "500"),
        (204, "204"),
    ],
)
def test_refusals_of_the_server_are_sentences(site, status, word):
    site.pages["/a.mp4"] = body(b"", status=status, ranges=False)
    with pytest.raises(MediaError, match=word):
        site.fetcher().check(URL)


@pytest.mark.parametrize("faststart", [True, False])
def test_a_remote_clip_is_probed_from_parts_of_it(site, tmp_path, faststart):
    data = heavy(tmp_path / "a.mp4", 20 * 2**20, faststart=faststart).read_bytes()
    site.pages["/a.mp4"] = body(data)
    facts = site.fetcher().probe_clip(URL)
    assert (facts.width, facts.height, facts.fps) == (1280, 720, 30.0) and facts.size_bytes == len(data)
    assert facts.bytes_read < 4 * 2**20 and len(site.asked) < 12


@pytest.mark.parametrize(
    ("name", "codec"), [("a.webm", "libvpx-vp9"), ("a.avi", "mpeg4"), ("a.mkv", "libx264")]
)
def test_other_remote_containers_are_probed(site, tmp_path, name, codec):
    site.pages["/a.mp4"] = body(clip(tmp_path / name, 160, 96, 2, codec=codec).read_bytes())
    assert site.fetcher().probe_clip(URL).seconds == pytest.approx(2, abs=0.1)


def test_a_server_without_ranges_serves_small_clips_and_fast_starting_ones(site, tmp_path):
    site.pages["/a.mp4"] = body(PARK.read_bytes(), ranges=False)
    assert site.fetcher().probe_clip(URL).seconds == 5.0
    site.pages["/a.mp4"] = body(heavy(tmp_path / "a.mp4", 12 * 2**20).read_bytes(), ranges=False)
    assert site.fetcher().probe_clip(URL).bytes_read < 5 * 2**20
    site.pages["/a.mp4"] = body(
        heavy(tmp_path / "b.mp4", 12 * 2**20, faststart=False).read_bytes(), ranges=False
    )
    with pytest.raises(MediaError, match="only sends files whole"):
        site.fetcher().probe_clip(URL)


def test_a_page_instead_of_a_clip_is_recognised_by_its_bytes(site, tmp_path):
    site.pages["/a.mp4"] = body(
        b"<!doctype html><title>Sign in</title>" + b" " * 900, Content_Type="video/mp4"
    )
    with pytest.raises(MediaError, match="not a video"):
        site.fetcher().probe_clip(URL)
    with pytest.raises(MediaError, match="web page"):
        site.fetcher().download(URL, tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_a_download_arrives_whole_with_progress(site, tmp_path):
    site.pages["/a.mp4"] = body(PARK.read_bytes())
    told = []
    size = site.fetcher().download(
        URL, tmp_path / "a.mp4", on_progress=lambda done, total: told.append(done / total)
    )
    assert size == PARK.stat().st_size and (tmp_path / "a.mp4").read_bytes() == PARK.read_bytes()
    assert told[-1] == 1.0 and told == sorted(told)
    reference = next((EXAMPLES / "refs").glob("*.jpg"))
    site.pages["/a.mp4"] = body(reference.read_bytes())
    assert site.fetcher().download(URL, tmp_path / "a.jpg") == reference.stat().st_size


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(PARK.read_bytes())
    while True:
        handler.wfile.write(b"\0" * 65536)


def test_bodies_larger_than_allowed_are_cut_whether_they_say_so_or_not(site, tmp_path):
    fetcher = site.fetcher()
    site.pages["/a.mp4"] = body(PARK.read_bytes() + b"\0" * 2**20, ranges=False)
    with pytest.raises(MediaError, match="larger than"):
        fetcher.download(URL, tmp_path / "a.mp4", max_bytes=2**20)
    site.pages["/a.mp4"] = endless
    with pytest.raises(MediaError, match="larger than"):
        fetcher.download(URL, tmp_path / "a.mp4", max_bytes=2 * 2**20)
    assert not list(tmp_path.iterdir())
    # Looking at an endless body reads a few MB and stops.
    assert fetcher.probe_clip(URL).bytes_read <= 4 * 2**20 + 65536


def test_a_body_that_breaks_off_is_not_kept(site, tmp_path):
    def short(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(10**6))
        handler.end_headers()
        handler.wfile.write(PARK.read_bytes()[:5000])

    site.pages["/a.mp4"] = short
    with pytest.raises(MediaError, match="breaks off") as caught:
        site.fetcher().download(URL, tmp_path / "a.mp4")
    assert isinstance(caught.value, HostNotReached) and not list(tmp_path.iterdir())


def drip(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(600):
        handler.wfile.write(b"\0")
        handler.wfile.flush()
        time.sleep(0.02)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    for number in range(600):
        handler.wfile.write(b"X-%d: y\r\n" % number)
        handler.wfile.flush()
        time.sleep(0.02)


@pytest.mark.parametrize("slow", [drip, drip_headers, lambda handler: time.sleep(2)])
@pytest.mark.alone
def test_a_server_that_drips_is_left_when_time_is_up(site, tmp_path, slow):
    site.pages["/a.mp4"] = slow
    fetcher = site.fetcher(probe_seconds=0.5, download_seconds=0.5)
    for call in (lambda: fetcher.probe_clip(URL), lambda: fetcher.download(URL, tmp_path / "a.mp4")):
        begin = time.monotonic()
        with pytest.raises(MediaError, match="too slow"):
            call()
        assert time.monotonic() - begin < 1.5
    assert not list(tmp_path.iterdir())


def test_compressed_answers_are_not_unpacked(site):
    site.pages["/a.mp4"] = body(b"\x1f\x8b" + b"\0" * 1000, Content_Encoding="gzip")
    with pytest.raises(MediaError, match="compressed"):
        site.fetcher().check(URL)


def test_a_server_that_lies_about_ranges_is_noticed(site):
    def lying(handler):
        handler.send_response(206)
        handler.send_header("Content-Range", "bytes 999-1063/5000")
        handler.send_header("Content-Length", "64")
        handler.end_headers()
        handler.wfile.write(b"\0" * 64)

    site.pages["/a.mp4"] = lying
    with pytest.raises(MediaError):
        site.fetcher().probe_clip(URL)
