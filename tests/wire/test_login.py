"""Hugging Face's login on a Space: an identity that no cookie and no address can replace."""

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.openid_provider import SECRET, OpenIdProvider
from tests.support.raw_events import RawPage, file_data
from tests.support.raw_requests import ask
from tests.support.studio_app import CLIPS, running_app

CLIP = (CLIPS / "person_park_1280x720.mp4").read_bytes()


@pytest.fixture(scope="module")
def provider():
    made = OpenIdProvider()
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(tmp_path_factory, provider):
    with FakeUpstream(durations=(0.1, 0.3)) as upstream:
        settings = {
            "SEGMIND_BASE_URL": upstream.url,
            "SEGMIND_STORAGE_URL": upstream.url,
            "SEGMIND_API_KEY": "SG_feedfacefeedface",
            "STUDIO_DAILY_BUDGET_USD": "1000",
            "STUDIO_REQUIRE_LOGIN": "1",
            "STUDIO_ADDRESS_DAILY": "100",
            **provider.environment(),
        }
        with running_app(tmp_path_factory.mktemp("login"), **settings) as app:
            yield app


def seen_from(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


def login(app, provider, user: str, address: str) -> dict[str, str]:
    """The headers of a browser in which `user` has logged in."""
    begun = ask(app.url, "GET", "/login/huggingface", seen_from(address))
    assert begun.status == 302 and begun.headers["location"].startswith(f"{provider.url}/authorize")
    session = begun.headers["set-cookie"].split(";")[0]
    back = provider.consent(begun.headers["location"], user)
    ended = ask(app.url, "GET", back, {"Cookie": session} | seen_from(address))
    assert ended.status in (302, 307) and "HttpOnly".lower() in ended.headers["set-cookie"].lower()
    return {"Cookie": ended.headers["set-cookie"].split(";")[0]} | seen_from(address)


def press(app, headers: dict[str, str], prompt: str) -> dict[str, str]:
    page = RawPage(app.url)
    clip = file_data(page.upload("clip.mp4", CLIP))
    other = page.another(page.visitor)
    other.headers = headers
    return other.start(engine="segmind", video=clip, duration=3, prompt=prompt)


def test_without_a_login_the_owners_key_is_not_used(app):
    said = press(app, seen_from("8.8.8.8"), "a")
    assert "signed in with Hugging Face" in said["key"] and "Nothing was spent" in said["key"]
    forged = {"Cookie": "session=eyJvYXV0aF9pbmZvIjp7InVzZXJpbmZvIjp7InN1YiI6ImEifX19.aaaa.bbbb"}
    assert "signed in" in press(app, forged | seen_from("8.8.8.8"), "b")["key"]


def test_a_person_is_counted_by_the_login_from_wherever_they_come(app, provider):
    first = login(app, provider, "anna", "8.8.8.8")
    assert press(app, first, "a") == {}
    second = login(app, provider, "anna", "9.9.9.9")
    assert press(app, second, "b") == {}
    assert "2 paid edits" in press(app, login(app, provider, "anna", "1.1.1.1"), "c")["key"]
    assert press(app, login(app, provider, "ben", "8.8.8.8"), "d") == {}


def test_the_page_offers_the_login_and_tells_no_secret(app):
    document = ask(app.url, "GET", "/", seen_from("8.8.8.8")).text
    assert "Sign in with Hugging Face" in document and SECRET not in document
    assert SECRET not in app.log


def test_where_there_is_no_login_its_routes_are_closed(tmp_path):
    with running_app(tmp_path) as plain:
        for route in ("/login/huggingface", "/login/callback?code=a&state=b", "/logout"):
            assert ask(plain.url, "GET", route).status == 404
        assert "Sign in with Hugging Face" not in ask(plain.url, "GET", "/").text


def test_a_target_elsewhere_is_not_followed(app):
    answer = ask(app.url, "GET", "/logout?_target_url=https://evil.example/x", seen_from("8.8.8.8"))
    assert answer.status in (302, 307) and answer.headers["location"].startswith("/x")
