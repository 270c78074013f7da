"""Fetching what a visitor's URL leads to: addresses, names, redirects, certificates."""

import socket

import pytest

from modules.media.errors import MediaError
from modules.media.fetch.safe_fetch import SafeFetcher
from modules.media.fetch.url_policy import is_public, target_of
from tests.support.media_samples import PARK
from tests.support.web_site import PUBLIC, URL, body, leads_to


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "2002:7f00:1::",
        "2002:a00:1::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2001:db8::1",
        "2001:0:7f00:1::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "not an address",
        "",
    ],
)
def test_private_addresses_in_every_disguise_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://clips.example/a",
        "gopher://clips.example/",
        "data:video/mp4;base64,AAAA",
        "a.mp4",
        "//clips.example/a.mp4",
        "http://",
        "http:///a",
        "http://user:word@clips.example/a",
        "http://user@clips.example/a",
        "http://clips.example:22/a",
        "http://clips.example:6379/",
        "http://clips.example:99999/",
        "http://[::1/",
        "http://clips.example/a\r\nX-Evil: 1",
        "http://clips example/a",
        "http://clips.example\\@10.0.0.1/",
        "http://clips.example/" + "a" * 5000,
        "concat:a|b",
        "rtmp://clips.example/live",
        "",
    ],
)
def test_urls_that_are_not_plain_web_addresses_are_refused(site, url):
    with pytest.raises(MediaError):
        site.fetcher().check(url)
    assert not site.connected


@pytest.mark.parametrize(
    "addresses", [("127.0.0.1",), (PUBLIC, "10.0.0.1"), ("::ffff:192.168.0.1",), ("fd00::1",)]
)
def test_a_name_that_leads_inside_is_refused_without_connecting(site, addresses):
    with pytest.raises(MediaError, match="private network"):
        site.fetcher(*addresses).check(URL)
    assert not site.connected


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::1]", "[::ffff:7f00:1]", "localhost"]
)
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
    fetcher = SafeFetcher(
        resolver=lambda host, port, **more: [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))
        ],
        connect=site.connect,
    )
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
    site.pages |= {
        "/a.mp4": leads_to("/b.mp4"),
        "/b.mp4": leads_to("http://other.example/c.mp4"),
        "/c.mp4": body(b"x"),
    }
    site.fetcher().check(URL)
    assert site.looked_up == ["clips.example", "clips.example", "other.example"]
    site.pages["/a.mp4"] = leads_to("file:///etc/passwd")
    with pytest.raises(MediaError, match="Only http"):
        site.fetcher().check(URL)
    site.pages["/a.mp4"] = leads_to("http://169.254.169.254/latest/meta-data")
    inside = SafeFetcher(
        connect=site.connect,
        resolver=lambda host, port, **more: [
            (socket.AF_INET, 1, 6, "", (host if host[0].isdigit() else PUBLIC, port))
        ],
    )
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


def test_an_invalid_certificate_is_refused(site):
    """The loopback server speaks no TLS at all, which must never fall back to plain text."""
    with pytest.raises(MediaError):
        site.fetcher().check("https://clips.example/a.mp4")
    assert not site.asked and site.connected == [(PUBLIC, 443)]


def test_a_fetcher_can_be_sent_to_a_worker_process():
    import pickle

    fetcher = pickle.loads(pickle.dumps(SafeFetcher(frozenset({"127.0.0.1:9"}))))
    assert fetcher.trusted_hosts == {"127.0.0.1:9"}


@pytest.mark.parametrize(
    ("url", "asked", "ascii_url"),
    [
        ("http://clips.example/my clip.mp4", "/my%20clip.mp4", "http://clips.example/my%20clip.mp4"),
        ("http://clips.example/sch\u00f6n.mp4", "/sch%C3%B6n.mp4", "http://clips.example/sch%C3%B6n.mp4"),
        ("http://m\u00fcnchen.example/a.mp4", "/a.mp4", "http://xn--mnchen-3ya.example/a.mp4"),
        ("http://clips.example/a%20b.mp4?t=\u00e4 b", "/a%20b.mp4?t=%C3%A4%20b", None),
        (" http://clips.example/a.mp4 ", "/a.mp4", "http://clips.example/a.mp4"),
    ],
)
def test_addresses_with_umlauts_and_blanks_are_asked_in_ascii(site, url, asked, ascii_url):
    site.pages[asked] = body(b"x")
    site.fetcher().check(url)
    assert site.asked[-1][0] == asked
    assert ascii_url in (None, target_of(url, frozenset()).ascii_url)


def test_a_redirect_with_a_raw_blank_is_followed(site):
    site.pages |= {"/a.mp4": leads_to("/my clip.mp4"), "/my%20clip.mp4": body(b"x")}
    site.fetcher().check(URL)
    assert site.asked[-1][0] == "/my%20clip.mp4"


def test_a_server_is_told_whom_to_ask(site):
    site.pages["/a.mp4"] = body(b"x")
    site.fetcher(contact="https://huggingface.co/spaces/anna/edit").check(URL)
    assert site.asked[-1][1]["User-Agent"].endswith("(+https://huggingface.co/spaces/anna/edit)")
