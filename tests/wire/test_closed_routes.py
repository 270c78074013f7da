"""What an address of this site leads to: the page's own routes, the same for everybody."""

import json

import brotli
import pytest

from tests.support.raw_events import RawPage, fields, file_data
from tests.support.raw_requests import ask, ask_json, begun, multipart
from tests.support.site_routes import CLIP, GONE, GONE_POSTS, LINKS, POSTS, SPELLINGS, answers_of_all_kinds
from tests.support.studio_app import CLIPS, KEY, loopback_is_public, running_app

MARK = "planted-by-a-visitor"
LINK = "0123456789abcdef"
FOREIGN = (
    "https://evil.example",
    "null",
    "https://hf.space.evil.example",
    "https://evilhf.space",
    "file://",
    "https://embed.example.evil.example",
    "http://127.0.0.1.evil.example",
    "https://evil.example/.hf.space",
)
PUBLIC_HOST = {"Host": "studio.example"}
"""Gradio checks origins in another way where the host is this machine, so a public name is played."""
MACHINE = {"http://127.0.0.1:*", "http://localhost:*"}
"""May frame a page to which no stranger can come."""
ANCESTORS = {"'self'", "https://huggingface.co", "https://*.hf.space", "https://frame.example", *MACHINE}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Somebody else asked first, under odd names, before any test does."""
    folder = tmp_path_factory.mktemp("routes")
    settings = {
        "STUDIO_FRAME_ANCESTORS": "https://frame.example",
        "STUDIO_ALLOWED_ORIGINS": "https://embed.example,https://second.example",
    }
    with running_app(folder / "data", **settings, **loopback_is_public(folder / "public")) as app:
        for number in range(20):
            odd = {"X-Forwarded-Host": f"evil{number}.example", "Accept-Encoding": "br"}
            for target in ("/gradio_api/info", "/", "/config")[: 2 if number else 3]:
                ask(app.url, "GET", target, odd)
        for odd in ({"X-Gradio-Server": "http://evil.example"}, {"Host": "evil.example"}):
            ask(app.url, "GET", "/gradio_api/info", odd)
        yield app


@pytest.fixture(scope="module")
def planted(app):
    """A saved state where Gradio looks for one, as an older version of this page may have left it behind."""
    components = RawPage(app.url).config["components"]
    components[0]["props"]["head"] = MARK
    place = app.temp / "deep_links" / LINK
    place.mkdir(parents=True)
    (place / "state.json").write_text(json.dumps(components))
    return LINK


def text_of(answer) -> str:
    squeezed = answer.headers.get("content-encoding") == "br"
    return (brotli.decompress(answer.body) if squeezed else answer.body).decode()


def test_only_the_routes_that_the_page_needs_exist(app):
    answered = {
        f"GET {target}": ask(app.url, "GET", target, most=500, seconds=2).status for target in LINKS + GONE
    }
    answered |= {f"HEAD {target}": ask(app.url, "HEAD", target).status for target in LINKS}
    sent = {"data": [], "session_hash": "x", "fn_index": 0}
    answered |= {f"POST {target}": ask_json(app.url, target, sent).status for target in GONE_POSTS}
    assert {request: status for request, status in answered.items() if status != 404} == {}


def test_what_the_page_and_programs_need_is_answered(app):
    for target in (
        "/",
        "/config",
        "/gradio_api/info",
        "/theme.css",
        "/gradio_api/startup-events",
        "/gradio_api/heartbeat/x",
        "/favicon.ico",
        CLIP,
    ):
        assert ask(app.url, "GET", target, most=500).status == 200, target


def test_the_state_of_a_session_is_never_written_down(app):
    page = RawPage(app.url)
    told = page.post("code", ["curl", *fields(prompt=MARK)], session="attacker")
    assert MARK in json.dumps(told)
    for target in LINKS:
        answer = ask(app.url, "GET", target.replace("=x", "=attacker"))
        assert answer.status == 404, (target, answer.text)
    assert [path for path in app.temp.glob("deep_links/*/*") if path.parent.name != LINK] == []


@pytest.mark.parametrize("path", ["/", "/config", "/config/"])
def test_a_deep_link_in_the_query_is_dropped_whatever_its_spelling(app, planted, path):
    queries = [query.format(planted, planted) for query in SPELLINGS]
    assert [query for query in queries if MARK in ask(app.url, "GET", f"{path}?{query}").text] == []


def test_odd_host_names_of_others_are_in_no_answer(app):
    for target in ("/", "/config", "/gradio_api/info"):
        for encoding in ("identity", "br"):
            answer = ask(app.url, "GET", target, {"Accept-Encoding": encoding})
            assert answer.status == 200 and "evil" not in text_of(answer), target


def test_a_primed_page_is_given_to_nobody_else(app, planted):
    """The page's own name is pushed out of a cache by others, then asked for with a link, spelled oddly."""
    for number in range(20):
        ask(app.url, "GET", "/", {"X-Forwarded-Host": f"evil{number}.example", "Accept-Encoding": "br"})
    ask(app.url, "GET", f"/?deep%5Flink={planted}", {"Accept-Encoding": "br"})
    for encoding in ("br", "identity"):
        assert MARK not in text_of(ask(app.url, "GET", "/", {"Accept-Encoding": encoding}))


def upload_from(app, sent: dict) -> int:
    headers, content = multipart(b"hello")
    return ask(app.url, "POST", "/gradio_api/upload", headers | sent, content).status


@pytest.mark.parametrize("host", [{}, PUBLIC_HOST], ids=["on this machine", "at a public name"])
def test_a_post_from_another_site_is_refused(app, host):
    before, answered = set(app.temp.rglob("*")), {}
    for origin in FOREIGN:
        sent = {**host, "Origin": origin}
        for target in POSTS:
            status = ask_json(app.url, target, {"data": ["x"], "session_hash": "x"}, sent).status
            answered[target, origin] = status
        answered["/gradio_api/upload", origin] = upload_from(app, sent)
    assert {request: status for request, status in answered.items() if status != 403} == {}
    assert set(app.temp.rglob("*")) == before


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"Origin": "{own}"},
        {"Host": "studio.example", "Origin": "https://studio.example"},
        {"Origin": "https://anything.hf.space"},
        {"Origin": "https://embed.example"},
        {"Origin": "https://second.example"},
    ],
    ids=["none", "own", "own public name", "hf.space", "allowed", "allowed too"],
)
def test_a_post_from_the_page_itself_or_from_a_program_passes(app, sent):
    sent = {name: value.replace("{own}", app.url) for name, value in sent.items()}
    assert ask_json(app.url, "/gradio_api/call/job", {"data": ["x"]}, sent).status == 200
    assert upload_from(app, sent) == 200


def test_no_page_of_another_site_starts_an_edit(app):
    """By script, by a form that needs no permission, from a frame without an origin, or without saying so."""
    page = RawPage(app.url)
    clip = file_data(page.upload("clip.mp4", (CLIPS / "dunes_966x544.mp4").read_bytes()))
    data = ["winter", clip, "pro", "3", "16:9", False, "customize", [], [], ""]
    start = page.body("start", [page.visitor, "preview", "", *fields(video=clip)])
    before, answered = app.rows("SELECT COUNT(*) FROM jobs"), {}
    json_kind, forms = "application/json", ("text/plain", "application/x-www-form-urlencoded", "")
    for sent in (
        *({"Origin": origin, "Content-Type": json_kind} for origin in ("https://evil.example", "null")),
        *({"Sec-Fetch-Site": site, "Content-Type": json_kind} for site in ("cross-site", "same-site")),
        *({"Origin": "https://evil.example", "Content-Type": kind} for kind in forms),
        *({"Content-Type": kind} for kind in forms),
    ):
        for target, value in (("/gradio_api/call/edit", {"data": data}), ("/gradio_api/queue/join", start)):
            body = json.dumps(value).encode()
            answered[target, str(sent)] = ask(app.url, "POST", target, sent, body).status
    assert {request: code for request, code in answered.items() if code not in (403, 415)} == {}
    assert app.rows("SELECT COUNT(*) FROM jobs") == before


def test_no_header_lets_another_site_read_what_is_here(app):
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin in FOREIGN:
        sent = {**PUBLIC_HOST, "Origin": origin}
        answers = [ask(app.url, "GET", target, sent) for target in ("/config", "/gradio_api/info")]
        answers += [ask(app.url, "OPTIONS", target, sent | preflight) for target in ("/config", *POSTS)]
        answers.append(ask_json(app.url, POSTS[0], {"data": ["x"]}, sent))
        named = {answer.headers.get("access-control-allow-origin") for answer in answers}
        assert named <= {None, "https://studio.example"}, named


WANTED = {"content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy"}


def test_every_answer_carries_the_headers_that_keep_a_page_safe(app):
    missing = {
        f"{kind}: {answer.status}": WANTED - answer.headers.keys()
        for kind, answer in answers_of_all_kinds(app).items()
        if WANTED - answer.headers.keys() or answer.headers["x-content-type-options"] != "nosniff"
    }
    assert missing == {}


def test_a_body_that_is_too_large_is_refused_with_the_headers_too(app):
    sent = {"Content-Type": "application/json", "Content-Length": "20000000"}
    with begun(app.url, POSTS[0], sent, b'{"data": ["') as line:
        line.settimeout(3)
        try:
            told = line.recv(8192).decode().lower()
        except TimeoutError:
            told = "nothing"
    assert told.startswith("http/1.1 413") and all(f"{name}:" in told for name in WANTED), told


def test_the_policy_names_no_other_host_but_those_that_may_frame_the_page(app):
    for kind, answer in answers_of_all_kinds(app).items():
        told = [part.split() for part in answer.headers.get("content-security-policy", "").split(";")]
        policy = {name.lower(): set(sources) for name, *sources in filter(None, told)}
        assert policy.pop("frame-ancestors", set()) == ANCESTORS, (kind, policy)
        assert "script-src" in policy or "default-src" in policy, (kind, policy)
        policy.pop("sandbox", None)
        named = {source for sources in policy.values() for source in sources if not source.startswith("'")}
        assert named <= {"data:", "blob:", "mediastream:"}, (kind, policy)


def test_a_key_in_an_address_is_not_printed(app):
    for target in (
        f"/gradio_api/custom_component/{KEY}/client/a/b.js",
        f"/gradio_api/file={KEY}.mp4",
        f"/?key={KEY}",
        f"/{KEY}",
    ):
        ask(app.url, "GET", target)
    assert KEY not in app.log
