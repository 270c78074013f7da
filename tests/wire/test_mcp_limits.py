"""Who may use the MCP endpoint, how often and with whose key, and where it is off."""

import pytest

from tests.support.fake_upstream import FakeUpstream
from tests.support.mcp_client import ACCEPT, PLACE, message, talk, used
from tests.support.raw_requests import ask_json, elsewhere
from tests.support.studio_app import KEY, running_app


def test_a_key_comes_in_a_header_and_pays():
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


def test_a_package_that_cannot_be_imported_leaves_the_page_alone(tmp_path):
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").write_text("raise ImportError('half of it is missing')")
    with running_app(GRADIO_MCP_SERVER="1", PYTHONPATH=str(tmp_path)) as made:
        assert ask_json(made.url, PLACE, message("tools/list"), ACCEPT).status == 404
        assert "MCP endpoint is off" in made.log and "Traceback" not in made.log


def test_it_is_off_unless_it_is_asked_for(studio):
    assert ask_json(studio.url, PLACE, message("tools/list"), ACCEPT).status == 404


def test_too_many_calls_of_one_address_are_told_to_wait():
    source = elsewhere(7)
    if not source:
        pytest.skip("this machine has one address only")
    with running_app(GRADIO_MCP_SERVER="1", STUDIO_PUBLIC="1") as app:
        wrong = message("tools/call", name="check", arguments={"video": "nothing"})
        said = [ask_json(app.url, PLACE, wrong, ACCEPT, source=source).text for _ in range(40)]
        assert "Too many" not in said[0] and "Too many" in said[-1]
        assert "Too many" not in ask_json(app.url, PLACE, wrong, ACCEPT).text
