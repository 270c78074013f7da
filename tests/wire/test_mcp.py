"""The MCP endpoint, asked by the official client as a language model's program asks it."""

import asyncio
import contextlib
import json

import httpx
import jsonschema
import pytest
import requests
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_requests import ask, ask_json, elsewhere
from tests.support.studio_app import CLIPS, KEY, running_app
from tests.support.waiting import until
from tests.support.web_site import Site

PLACE = "/gradio_api/mcp"
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


def talk(app, conversation, headers=None):
    """What `conversation(session)` returns."""

    async def run():
        async with (
            httpx.AsyncClient(headers=headers, timeout=120) as client,
            streamable_http_client(f"{app.url}{PLACE}/", http_client=client) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await conversation(session)

    return asyncio.run(asyncio.wait_for(run(), 120))


def used(app, name: str, headers=None, progress=None, **arguments):
    """The answer of a tool: `(isError, structured, text, contents)`."""

    async def conversation(session):
        async def noted(percent, total, message):
            progress.append((percent, total, message))

        return await session.call_tool(
            name, arguments, progress_callback=noted if progress is not None else None
        )

    found = talk(app, conversation, headers)
    return found.isError, found.structuredContent, found.content[0].text, found.content


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


def test_a_key_comes_in_a_header_and_pays(clips):
    with (
        FakeUpstream(durations=(0.1, 0.2)) as upstream,
        running_app(
            GRADIO_MCP_SERVER="true", SEGMIND_BASE_URL=upstream.url, SEGMIND_STORAGE_URL=upstream.url
        ) as app,
    ):
        asked = {"prompt": "winter", "video": f"{upstream.url}/files/result.mp4", "duration": "3"}
        error, told, text, _ = used(app, "edit", headers={"x-api-key": KEY}, **asked)
        assert not error and (told["engine"], told["payer"]) == ("segmind", "visitor"), text
        assert upstream.submits == 1
        error, told, _, _ = used(app, "estimate", headers={"Authorization": f"Bearer {KEY}"})
        assert told["payer"] == "visitor"
        error, told, text, _ = used(app, "edit", headers={"x-api-key": "hunter2"}, **asked)
        assert error and "does not look like a Segmind key" in text and upstream.submits == 1
        app.stop()
        assert KEY not in app.log
        kept = [path for path in app.data.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()]
        assert kept == []


def test_the_owners_money_has_the_same_limits_as_on_the_page():
    with (
        FakeUpstream(durations=(0.05, 0.1)) as upstream,
        running_app(
            GRADIO_MCP_SERVER="1",
            SEGMIND_BASE_URL=upstream.url,
            SEGMIND_STORAGE_URL=upstream.url,
            SEGMIND_API_KEY=KEY,
            STUDIO_PUBLIC="1",
            STUDIO_ADDRESS_DAILY="1",
            STUDIO_VISITOR_DAILY="1",
            STUDIO_DAILY_BUDGET_USD="100",
        ) as app,
    ):
        asked = {"prompt": "winter", "video": f"{upstream.url}/files/result.mp4", "duration": "3"}
        error, told, text, _ = used(app, "edit", headers={"X-Forwarded-For": "203.0.113.1"}, **asked)
        assert not error and told["payer"] == "owner", text
        error, told, text, _ = used(app, "edit", headers={"X-Forwarded-For": "203.0.113.2"}, **asked)
        assert error and upstream.submits == 1 and "preview engine is free" in text

        async def listed(session):
            return (await session.list_tools()).tools

        assert (
            "budget of this server's owner"
            in next(one for one in talk(app, listed) if one.name == "edit").description
        )


def message(method: str, **params) -> dict:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


ACCEPT = {"Accept": "application/json, text/event-stream"}


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


def test_a_package_that_cannot_be_imported_leaves_the_page_alone(tmp_path):
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").write_text("raise ImportError('half of it is missing')")
    with running_app(GRADIO_MCP_SERVER="1", PYTHONPATH=str(tmp_path)) as made:
        assert ask_json(made.url, PLACE, message("tools/list"), ACCEPT).status == 404
        assert "MCP endpoint is off" in made.log and "Traceback" not in made.log


def test_it_is_off_unless_it_is_asked_for(studio):
    assert ask_json(studio.url, PLACE, message("tools/list"), ACCEPT).status == 404


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


def test_too_many_calls_of_one_address_are_told_to_wait():
    source = elsewhere(7)
    if not source:
        pytest.skip("this machine has one address only")
    with running_app(GRADIO_MCP_SERVER="1", STUDIO_PUBLIC="1") as app:
        wrong = message("tools/call", name="check", arguments={"video": "nothing"})
        said = [ask_json(app.url, PLACE, wrong, ACCEPT, source=source).text for _ in range(40)]
        assert "Too many" not in said[0] and "Too many" in said[-1]
        assert "Too many" not in ask_json(app.url, PLACE, wrong, ACCEPT).text
