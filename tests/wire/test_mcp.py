"""The MCP endpoint, asked by the official client as a language model's program asks it."""

import asyncio
import contextlib
import json

import jsonschema
import pytest
import requests

from tests.support.mcp_client import ACCEPT, PLACE, message, talk, used
from tests.support.raw_requests import ask, ask_json
from tests.support.studio_app import CLIPS, KEY, running_app
from tests.support.waiting import until
from tests.support.web_site import Site

TOOLS = {"edit", "submit", "job", "estimate", "check"}


@pytest.fixture(scope="module")
def clips():
    """A site with a clip, which the app may fetch from although it is on this machine."""
    site = Site()

    def clip(handler):
        content = (CLIPS / "dunes_966x544.mp4").read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp4")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    site.pages["/clip.mp4"] = clip
    site.pages["/page.html"] = lambda handler: handler.wfile.write(
        b"HTTP/1.0 200 OK\r\n\r\n<html>no clip</html>"
    )
    yield site
    site.close()


@pytest.fixture(scope="module")
def app(clips):
    with running_app(GRADIO_MCP_SERVER="True", SEGMIND_BASE_URL=f"http://127.0.0.1:{clips.port}") as made:
        yield made


@pytest.fixture(scope="module")
def clip_url(clips):
    return f"http://127.0.0.1:{clips.port}/clip.mp4"


def test_the_tools_are_told_with_schemas_that_a_model_can_use(app):
    async def listed(session):
        return (await session.list_tools()).tools

    tools = {one.name: one for one in talk(app, listed)}
    assert set(tools) == TOOLS
    for tool in tools.values():
        jsonschema.Draft202012Validator.check_schema(tool.inputSchema)
        assert len(tool.description) > 60
        for name, told in tool.inputSchema["properties"].items():
            assert len(told["description"]) > 10, (tool.name, name)
    assert tools["edit"].inputSchema["required"] == ["prompt", "video"]
    assert "not Kling" in tools["edit"].description
    assert all(tools[name].annotations.readOnlyHint for name in ("job", "estimate", "check"))
    # A key is no argument: a model would see it, and a conversation would keep it.
    assert not any(
        "key" in name or "code" in name for one in tools.values() for name in one.inputSchema["properties"]
    )


def test_an_edit_from_an_address_reports_progress_and_answers_the_video(app, clip_url):
    progress: list = []
    error, told, text, contents = used(
        app, "edit", progress=progress, prompt="film noir", video=clip_url, duration="3", mode="std"
    )
    assert not error and told["stage"] == "COMPLETED" and told["engine"] == "preview", text
    assert told["charged"] == "nothing" and told["video_url"] in text
    link = next(one for one in contents if one.type == "resource_link")
    assert str(link.uri) == told["video_url"]
    video = requests.get(told["video_url"], timeout=20)
    assert video.headers["content-type"] == "video/mp4" and video.content[4:8] == b"ftyp"
    percents = [percent for percent, _, _ in progress]
    assert (
        len(progress) >= 2 and percents == sorted(set(percents)) and percents[0] >= 0 and percents[-1] <= 100
    )
    assert all("so far" in message for _, _, message in progress)


def test_a_submitted_edit_is_followed_by_its_id(app, clip_url):
    error, begun, text, _ = used(app, "submit", prompt="winter", video=clip_url, duration="3")
    assert not error and begun["job_id"] in text and begun["stage"] == "PREPARING"

    async def ended(session):
        while True:
            found = (await session.call_tool("job", {"job_id": begun["job_id"]})).structuredContent
            if found["stage"] in ("COMPLETED", "FAILED"):
                return found
            await asyncio.sleep(0.2)

    found = talk(app, ended)
    assert found["stage"] == "COMPLETED" and found["video_url"]


def test_an_estimate_and_a_check_cost_nothing(app, clip_url):
    error, told, text, _ = used(app, "estimate", mode="std", duration="3")
    assert not error and told["usd"] == 0.945 and "$0.945" in text
    error, told, text, _ = used(app, "check", video=clip_url)
    assert not error and told["facts"]["width"] == 966 and "966x544 -> 1280x720" in text


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("edit", {"prompt": "", "video": "nothing"}, "prompt is empty"),
        ("edit", {"prompt": "snow", "video": "/etc/passwd"}, "neither an uploaded file"),
        ("edit", {"prompt": "snow", "video": "http://169.254.169.254/a.mp4"}, ""),
        ("edit", {"prompt": ["snow"], "video": {"path": "/etc/passwd"}}, "prompt is empty"),
        (
            "edit",
            {"prompt": "snow", "video": "https://example.com/a.mp4", "api_key": KEY},
            "takes no api_key",
        ),
        ("submit", {"prompt": f"use {KEY}", "video": "https://example.com/a.mp4"}, "key in the prompt"),
        ("estimate", {"duration": "99"}, "3 to 15"),
        ("check", {"video": "ftp://example.com/a.mp4"}, "neither"),
        ("job", {"job_id": "nobody"}, "No job"),
        ("delete_everything", {}, "no tool"),
    ],
)
def test_what_is_not_possible_is_a_sentence_and_nothing_is_sent(app, name, arguments, said):
    error, _, text, _ = used(app, name, **arguments)
    assert error and said in text and len(text) > 20 and "Traceback" not in text
    assert KEY not in text


def test_other_sites_and_other_methods_get_nothing(app):
    listing = message("tools/list")
    assert ask_json(app.url, PLACE, listing, ACCEPT).status == 200
    foreign = ask_json(app.url, PLACE, listing, ACCEPT | {"Origin": "https://evil.example"})
    assert foreign.status == 403
    form = ask(app.url, "POST", PLACE, {"Content-Type": "text/plain"}, json.dumps(listing).encode())
    assert form.status == 415
    for method in ("GET", "DELETE", "PUT"):
        for place in (PLACE, f"{PLACE}/"):
            assert ask(app.url, method, place, ACCEPT, most=100).status == 405, method
    for place in ("/gradio_api/mcp/schema", "/gradio_api/mcp/sse", "/gradio_api/mcp/messages"):
        assert ask(app.url, "GET", place).status == 404


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"[" * 9000, b'{"jsonrpc":"2.0"}', b"\xff\xfe", b"0" * (2**20 + 1)],
)
def test_what_is_no_message_is_refused_and_the_next_one_answered(app, body):
    answer = ask(app.url, "POST", PLACE, {"Content-Type": "application/json", **ACCEPT}, body)
    assert 400 <= answer.status < 500, answer.text[:200]
    assert ask_json(app.url, PLACE, message("tools/list"), ACCEPT).status == 200


def test_half_a_character_is_answered_as_text(app):
    """JSON can name a half of a character; an answer that repeats it could not be written as UTF-8."""
    for name, arguments in (
        ("edit", {"prompt": "\ud800", "video": "x"}),
        ("check", {"video": "\udc00"}),
        ("\ud800", {}),
    ):
        asked = message("tools/call", name=name, arguments=arguments)
        answer = ask_json(app.url, PLACE, asked, ACCEPT)
        assert answer.status == 200 and '"isError":true' in answer.text, answer.text
    assert "Traceback" not in app.log


def test_a_client_that_goes_away_stops_nothing(app, clip_url):
    """The edit is the server's from the moment it was begun."""

    async def left(session):
        asked = {"prompt": "sepia, a test of leaving", "video": clip_url, "duration": "3"}
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(session.call_tool("edit", asked), 0.3)

    talk(app, left)
    until(
        lambda: (
            app.rows("SELECT stage FROM jobs WHERE searched LIKE '%a test of leaving%'") == [("COMPLETED",)]
        ),
        60,
    )
