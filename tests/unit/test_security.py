"""Whose address a request counts for, who may post, what becomes of an odd query, how a file is served."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from modules.address_limits import AddressLimits
from modules.client_address import NO_PROXIES, PRIVATE, TrustedProxies, client_address, proxies_from
from modules.ui.person_cookie import PersonCookie
from modules.ui.response_headers import SecurityPolicy
from modules.ui.security import Security, ServedFiles, safe_query
from modules.ui.upload_guard import UploadGuard
from modules.visitors import Identities, VisitorTokens
from tests.support.studio_app import CLIPS, REFS

OF_A_SPACE = TrustedProxies(PRIVATE)


def address(peer: str, *told: str, proxies: TrustedProxies = OF_A_SPACE) -> str:
    scope = {
        "type": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", one.encode()) for one in told],
    }
    return client_address(scope, proxies)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (["8.8.8.8"], "8.8.8.8"),
        (["9.9.9.9, 8.8.8.8"], "8.8.8.8"),
        (["9.9.9.9, 8.8.8.8, 10.0.0.7"], "8.8.8.8"),
        (["9.9.9.9", "8.8.8.8"], "8.8.8.8"),
        (["10.0.0.7"], "10.0.0.7"),
        (["nonsense"], "10.1.2.3"),
        (["8.8.8.8:4711"], "8.8.8.8"),
        (["[2a00:1:2:3:4::5]:443"], "2a00:1:2:3::"),
        (["::ffff:8.8.8.8"], "8.8.8.8"),
        (["10.9.9.9, 10.0.0.7"], "10.0.0.7"),
        ([", ,"], "10.1.2.3"),
        ([], "10.1.2.3"),
    ],
)
def test_on_a_space_the_last_public_address_counts(told, found):
    assert address("10.1.2.3", *told) == found


def test_elsewhere_nobody_is_believed():
    assert address("127.0.0.1", "9.9.9.9", proxies=TrustedProxies()) == "127.0.0.1"


def test_who_comes_past_the_proxies_is_not_believed():
    assert address("8.8.4.4", "9.9.9.9") == "8.8.4.4"


def test_one_household_counts_as_one_address():
    found = {address("10.1.2.3", f"2a00:1:2:3::{number:x}") for number in range(1, 50)}
    assert found == {"2a00:1:2:3::"}


@pytest.mark.parametrize(
    ("written", "peer", "told", "found"),
    [
        ("1", "8.8.4.4", "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        ("2", "8.8.4.4", "9.9.9.9, 8.8.8.8, 1.1.1.1", "8.8.8.8"),
        ("2", "8.8.4.4", "9.9.9.9", "8.8.4.4"),
        ("203.0.113.7", "203.0.113.7", "9.9.9.9, 8.8.8.8", "8.8.8.8"),
        ("203.0.113.0/24 198.51.100.1", "198.51.100.1", "9.9.9.9, 203.0.113.9", "9.9.9.9"),
        ("203.0.113.7", "127.0.0.1", "9.9.9.9", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", "9.9.9.9", "9.9.9.9"),
    ],
)
def test_the_owner_says_which_proxies_are_believed(written, peer, told, found):
    assert address(peer, told, proxies=proxies_from(written)) == found


@pytest.mark.parametrize(
    "query", [b"deep_link=x", b"deep%5Flink=x", b"DEEP_LINK=x&a=1", b"a=1&d%65ep_link=x", b"+deep_link=x"]
)
def test_deep_links_are_dropped_however_they_are_written(query):
    assert b"link" not in safe_query(query, "/")


def test_other_queries_stay_as_they_are():
    assert safe_query(b"__theme=dark&x=%20a", "/") == b"__theme=dark&x=%20a"


# -- who may post

JOIN, CALL, UPLOAD = "/gradio_api/queue/join", "/gradio_api/call/edit", "/gradio_api/upload"


class AnyInput:
    """A gate that lets everything through: what is tested here stands before it."""

    def check(self, body: bytes, endpoint: str | None, *, by_parameter: bool = False) -> bytes:
        return body


@pytest.fixture
def site(tmp_path):
    """The middleware around an app that answers `passed`; uploads lie in `tmp_path`/uploads."""
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    guard = UploadGuard(uploads, most_bytes=2**20, quota=2**30)
    served = ServedFiles(uploads, CLIPS, REFS)
    inner = PlainTextResponse("passed")
    policy = SecurityPolicy(origins=("https://embed.example",), frame_ancestors=("https://frame.example",))
    cookie = PersonCookie(VisitorTokens(b"a"), Identities(b"a"), embedded=False)
    security = Security(inner, policy, AnyInput(), guard, served, AddressLimits(), NO_PROXIES, cookie)
    return TestClient(security, base_url="https://studio.example")


def posted(site: TestClient, path: str, **headers: str) -> int:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    kind = "multipart/form-data; boundary=edge" if path == UPLOAD else "application/json"
    return site.post(path, content=b"{}", headers={"Content-Type": kind} | names).status_code


@pytest.mark.parametrize("path", [JOIN, CALL, UPLOAD, "/gradio_api/cancel", "/gradio_api/reset"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://studio.example.evil.example"},
        {"Origin": "https://embed.example.evil.example"},
        {"Origin": "https://evil.example", "X_Forwarded_Host": "studio.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "cross-site", "Origin": "null"},
    ],
)
def test_a_page_of_another_site_posts_nothing_here(site, path, headers):
    assert posted(site, path, **headers) == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://studio.example"},
        {"Origin": "https://studio.example", "Sec_Fetch_Site": "same-origin"},
        {"Origin": "https://embed.example", "Sec_Fetch_Site": "cross-site"},
        {"Origin": "https://someone-space.hf.space", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "none"},
    ],
)
def test_the_page_itself_allowed_ones_and_programs_post(site, headers):
    assert [posted(site, path, **headers) for path in (JOIN, CALL, UPLOAD)] == [200] * 3


@pytest.mark.parametrize("path", [JOIN, CALL])
@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "", "x"]
)
def test_what_a_form_of_another_site_could_send_is_no_call(site, path, kind):
    """No browser asks before it sends these; JSON it sends after this site said yes only."""
    answer = site.post(path, content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415 and "application/json" in answer.text


def test_a_call_may_say_how_its_json_is_written(site):
    assert posted(site, CALL, Content_Type="Application/JSON; charset=utf-8") == 200


# -- files

DOCUMENTS = {
    "a.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "a.html": b"<script>alert(1)</script>",
    "a.txt": b"a text",
    "a.pdf": b"%PDF-1.7",
    "a": b"<script>alert(1)</script>",
    "a.js": b"alert(1)",
}


def sent_file(site: TestClient, tmp_path, name: str, content: bytes):
    path = tmp_path / "uploads" / "0123" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return site.get(f"/gradio_api/file={path}")


def directives(answer) -> dict[str, list[str]]:
    told = [part.split() for part in answer.headers["content-security-policy"].split(";")]
    return {name: sources for name, *sources in told}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_saved_and_never_shown(site, tmp_path, name):
    answer = sent_file(site, tmp_path, name, DOCUMENTS[name])
    assert answer.status_code == 200 and answer.content == DOCUMENTS[name]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "source", "kind"),
    [
        ("a.mp4", CLIPS / "dunes_966x544.mp4", "video/mp4"),
        ("a.html", CLIPS / "dunes_966x544.mp4", "video/mp4"),
        ("a.svg", REFS / "astronaut_512x512.png", "image/png"),
    ],
)
def test_media_are_shown_as_what_they_are(site, tmp_path, name, source, kind):
    answer = sent_file(site, tmp_path, name, source.read_bytes())
    assert answer.headers["content-type"] == kind and "content-disposition" not in answer.headers


@pytest.mark.parametrize("name", ["a.mp4", "a.png", *DOCUMENTS])
def test_no_file_may_run_load_or_post_anything(site, tmp_path, name):
    answer = sent_file(site, tmp_path, name, DOCUMENTS.get(name, b"<script>alert(1)</script>"))
    policy = directives(answer)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert policy["sandbox"] == ([] if name in DOCUMENTS else ["allow-same-origin"])
    assert policy["default-src"] == ["'none'"] == policy["form-action"]
    assert not {"script-src", "connect-src", "frame-src", "object-src", "worker-src"} & policy.keys()
    assert policy["frame-ancestors"][-1] == "https://frame.example"


def test_the_policy_of_a_file_is_not_that_of_the_page(site, tmp_path):
    assert "sandbox" not in directives(site.get("/")) and "script-src" in directives(site.get("/"))
    assert "sandbox" not in directives(site.get("/gradio_api/file=/nowhere"))
