"""Fetching what a visitor's URL leads to: addresses, redirects, limits. A server on loopback plays the Internet."""

import contextlib
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from modules.media.addresses import is_public
from modules.media.errors import MediaError
from modules.media.safe_fetch import SafeFetcher
from tests.unit.media_samples import EXAMPLES, PARK, clip, heavy

PUBLIC = "93.184.216.34"
URL = "http://clips.example/a.mp4"


class Site:
    """A server whose answers a test writes: path -> function(handler). `connected` lists the addresses dialled."""

    def __init__(self):
        self.pages, self.asked, self.connected, self.looked_up = {}, [], [], []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                site.asked.append((self.path, dict(self.headers)))
                with contextlib.suppress(ConnectionError):
                    site.pages.get(self.path, lambda handler: handler.send_error(404))(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def resolver(self, *addresses):
        def look_up(host, port, **more):
            self.looked_up.append(host)
            kind = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(kind[":" in a], socket.SOCK_STREAM, 6, "", (a, port)) for a in addresses]
        return look_up

    def connect(self, address, timeout):
        self.connected.append(address)
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def fetcher(self, *addresses, **more):
        return SafeFetcher(more.pop("trusted", frozenset()), resolver=self.resolver(*(addresses or (PUBLIC,))),
                           connect=self.connect, **more)


@pytest.fixture
def site():
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


def body(data, *, status=200, ranges=True, **headers):
    def answer(handler):
        start, end = 0, len(data) - 1
        asked = handler.headers.get("Range")
        if ranges and asked:
            first, last = asked.removeprefix("bytes=").split("-")
            start, end = int(first), min(int(last or end), end)
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        else:
            handler.send_response(status)
        sent = {"Content-Length": str(end - start + 1), "Content-Type": "text/html"} | {
            name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in sent.items():
            if value is not None:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data[start:end + 1])
    return answer


def leads_to(place):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", place)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return answer


@pytest.mark.parametrize("address", [
    "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:db8::1", "2001:0:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe", "not an address", "",
])
def test_private_addresses_in_every_disguise_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are(address):
    assert is_public(address)


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "ftp://clips.example/a", "gopher://clips.example/", "data:video/mp4;base64,AAAA", "a.mp4",
    "//clips.example/a.mp4", "http://", "http:///a", "http://user:word@clips.example/a", "http://user@clips.example/a",
    "http://clips.example:22/a", "http://clips.example:6379/", "http://clips.example:99999/", "http://[::1/",
    "http://clips.example/a\r\nX-Evil: 1", "http://clips.example/ a", "http://clips.example\\@10.0.0.1/",
    "http://clips.example/" + "a" * 5000, "concat:a|b", "rtmp://clips.example/live", "",
])
def test_urls_that_are_not_plain_web_addresses_are_refused(site, url):
    with pytest.raises(MediaError):
        site.fetcher().check(url)
    assert not site.connected


@pytest.mark.parametrize("addresses", [("127.0.0.1",), (PUBLIC, "10.0.0.1"), ("::ffff:192.168.0.1",), ("fd00::1",)])
def test_a_name_that_leads_inside_is_refused_without_connecting(site, addresses):
    with pytest.raises(MediaError, match="private network"):
        site.fetcher(*addresses).check(URL)
    assert not site.connected


@pytest.mark.parametrize("host", [
    "127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:7f00:1]", "localhost"])
def test_loopback_in_any_spelling_is_refused_by_the_real_resolver(host):
    with pytest.raises(MediaError):
        SafeFetcher().check(f"http://{host}:8080/a.mp4")


def test_the_connection_goes_to_the_address_that_was_checked(site):
    """A second look-up could give another address (DNS rebinding); there is none."""
    site.pages["/a.mp4"] = body(b"x")
    site.fetcher().check(URL)
    assert site.looked_up == ["clips.example"] and site.connected == [(PUBLIC, 80)]
    assert site.asked[0][1]["Host"] == "clips.example" and site.asked[0][1]["Accept-Encoding"] == "identity"


def test_a_name_that_changes_its_address_is_caught_on_the_next_request(site):
    site.pages["/a.mp4"] = body(PARK.read_bytes())
    answers = iter([PUBLIC, "127.0.0.1", "127.0.0.1"])
    fetcher = SafeFetcher(resolver=lambda host, port, **more: [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))], connect=site.connect)
    with pytest.raises(MediaError, match="private network"):
        fetcher.probe_clip(URL)
    assert site.connected == [(PUBLIC, 80)]


def test_the_next_address_is_tried_when_the_first_is_down(site):
    site.pages["/a.mp4"] = body(b"x")
    dialled = []

    def connect(address, timeout):
        dialled.append(address[0])
        if address[0] == "8.8.8.8":
            raise ConnectionRefusedError
        return site.connect(address, timeout)

    SafeFetcher(resolver=site.resolver("8.8.8.8", PUBLIC), connect=connect).check(URL)
    assert dialled == ["8.8.8.8", PUBLIC]


def test_redirects_are_followed_and_every_hop_is_checked(site):
    site.pages |= {"/a.mp4": leads_to("/b.mp4"), "/b.mp4": leads_to("http://other.example/c.mp4"), "/c.mp4": body(b"x")}
    site.fetcher().check(URL)
    assert site.looked_up == ["clips.example", "clips.example", "other.example"]
    site.pages["/a.mp4"] = leads_to("file:///etc/passwd")
    with pytest.raises(MediaError, match="Only http"):
        site.fetcher().check(URL)
    site.pages["/a.mp4"] = leads_to("http://169.254.169.254/latest/meta-data")
    inside = SafeFetcher(connect=site.connect, resolver=lambda host, port, **more: [
        (socket.AF_INET, 1, 6, "", (host if host[0].isdigit() else PUBLIC, port))])
    with pytest.raises(MediaError, match="private network"):
        inside.check(URL)


def test_a_circle_of_redirects_ends(site):
    site.pages["/a.mp4"] = leads_to("/a.mp4")
    with pytest.raises(MediaError, match="without arriving"):
        site.fetcher().check(URL)
    assert len(site.asked) == 5


def test_trusted_hosts_may_be_private_and_only_exactly_they(site):
    site.pages["/a.mp4"] = body(b"x")
    trusted = frozenset({f"127.0.0.1:{site.port}"})
    SafeFetcher(trusted).check(f"http://127.0.0.1:{site.port}/a.mp4")
    for other in (f"http://localhost:{site.port}/a.mp4", f"http://127.0.0.1:{site.port + 1}/a.mp4"):
        with pytest.raises(MediaError):
            SafeFetcher(trusted).check(other)
    site.pages["/a.mp4"] = leads_to("http://127.0.0.1:8001/inside")
    with pytest.raises(MediaError, match="private network"):
        SafeFetcher(trusted).check(f"http://127.0.0.1:{site.port}/a.mp4")


def test_the_proxies_of_the_environment_are_not_used(site, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site.pages["/a.mp4"] = body(b"x")
    site.fetcher().check(URL)


@pytest.mark.parametrize(("status", "word"), [(401, "everyone"), (403, "everyone"), (404, "no file"), (410, "no file"),
                                              (500, "500"), (204, "204")])
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


@pytest.mark.parametrize(("name", "codec"), [("a.webm", "libvpx-vp9"), ("a.avi", "mpeg4"), ("a.mkv", "libx264")])
def test_other_remote_containers_are_probed(site, tmp_path, name, codec):
    site.pages["/a.mp4"] = body(clip(tmp_path / name, 160, 96, 2, codec=codec).read_bytes())
    assert site.fetcher().probe_clip(URL).seconds == pytest.approx(2, abs=0.1)


def test_a_server_without_ranges_serves_small_clips_and_fast_starting_ones(site, tmp_path):
    site.pages["/a.mp4"] = body(PARK.read_bytes(), ranges=False)
    assert site.fetcher().probe_clip(URL).seconds == 5.0
    site.pages["/a.mp4"] = body(heavy(tmp_path / "a.mp4", 12 * 2**20).read_bytes(), ranges=False)
    assert site.fetcher().probe_clip(URL).bytes_read < 5 * 2**20
    site.pages["/a.mp4"] = body(heavy(tmp_path / "b.mp4", 12 * 2**20, faststart=False).read_bytes(), ranges=False)
    with pytest.raises(MediaError, match="only sends files whole"):
        site.fetcher().probe_clip(URL)


def test_a_page_instead_of_a_clip_is_recognised_by_its_bytes(site, tmp_path):
    site.pages["/a.mp4"] = body(b"<!doctype html><title>Sign in</title>" + b" " * 900, Content_Type="video/mp4")
    with pytest.raises(MediaError, match="not a video"):
        site.fetcher().probe_clip(URL)
    with pytest.raises(MediaError, match="web page"):
        site.fetcher().download(URL, tmp_path / "a.mp4")
    assert not list(tmp_path.iterdir())


def test_a_download_arrives_whole_with_progress(site, tmp_path):
    site.pages["/a.mp4"] = body(PARK.read_bytes())
    told = []
    size = site.fetcher().download(URL, tmp_path / "a.mp4", on_progress=told.append)
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
    assert caught.value.retryable and not list(tmp_path.iterdir())


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
def test_a_server_that_drips_is_left_when_time_is_up(site, tmp_path, slow):
    site.pages["/a.mp4"] = slow
    fetcher = site.fetcher(look_seconds=0.5, download_seconds=0.5)
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


def test_an_invalid_certificate_is_refused(site):
    """The loopback server speaks no TLS at all, which must never fall back to plain text."""
    with pytest.raises(MediaError):
        site.fetcher().check("https://clips.example/a.mp4")
    assert not site.asked and site.connected == [(PUBLIC, 443)]


def test_a_fetcher_can_be_sent_to_a_worker_process():
    import pickle
    fetcher = pickle.loads(pickle.dumps(SafeFetcher(frozenset({"127.0.0.1:9"}))))
    assert fetcher.trusted_hosts == {"127.0.0.1:9"}
