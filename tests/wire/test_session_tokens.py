"""In whose name an event is: tokens are the server's own, and programs without a session share none."""

import hashlib
import secrets

import pytest

from tests.support.event_values import BEARERS, CLIP, EDIT
from tests.support.raw_events import RawPage, file_data
from tests.support.raw_requests import ask_json
from tests.support.waiting import until


@pytest.fixture(scope="module")
def app(inputs_app):
    return inputs_app


@pytest.fixture(scope="module")
def page(app):
    return RawPage(app.url)


def test_a_token_that_the_server_made_is_kept(page):
    token = page.another().visitor
    assert isinstance(token, str) and 20 <= len(token) <= 300
    assert [page.values("arrive", [token])[0] for _ in range(2)] == [token, token]
    assert page.another().visitor != token


def forgeries(token: str) -> list[str]:
    def changed(at: int) -> str:
        return token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]

    return [
        secrets.token_urlsafe(24),
        secrets.token_urlsafe(32),
        "a" * 32,
        "api-" + "0" * 24,
        "api-" + secrets.token_hex(12),
        token.swapcase(),
        changed(0),
        changed(len(token) // 2),
        token[1:],
        token[:-4],
        "none." + token.rsplit(".", 1)[-1],
        secrets.token_urlsafe(24) + token[32:],
    ]


def test_a_token_that_the_server_did_not_make_is_replaced(page):
    token, kept = page.another().visitor, []
    for forged in forgeries(token):
        for event in ("arrive", "start"):
            told = page.values(event, BEARERS[event](forged))
            if told is not None and (told[0] in (forged, token, "") or not isinstance(told[0], str)):
                kept.append((event, forged))
    assert kept == []


def test_a_job_is_never_written_down_under_a_made_up_token(app, page):
    clip = page.uploaded(CLIP)
    for forged in ("made-up-by-somebody-else-entirely", "api-" + "1" * 24):
        page.another(forged).start(video=clip, prompt=f"snow for {forged}")
        assert app.rows("SELECT visitor FROM jobs WHERE visitor = ?", forged) == []


@pytest.fixture(scope="module")
def nameless(app, page):
    """(job id, visitor) of edits of programs that call without a session, by every route that takes one."""
    file = file_data(page.upload("clip.mp4", CLIP))
    before = {row[0] for row in app.rows("SELECT job_id FROM jobs")}
    for route in ("call", "run", "api", "call", "run"):
        values = ["a secret prompt", file, "pro", "3", *EDIT[4:]]
        ask_json(app.url, f"/gradio_api/{route}/edit", {"data": values})
    ask_json(
        app.url, "/gradio_api/call/v2/edit", {"prompt": "a secret prompt", "video": file, "duration": "3"}
    )
    until(lambda: len({row[0] for row in app.rows("SELECT job_id FROM jobs")} - before) >= 2, 20)
    return [row for row in app.rows("SELECT job_id, visitor FROM jobs") if row[0] not in before]


def names_for_programs(nameless: list[tuple[str, str]]) -> list[str]:
    """What such a program was called once, a digest of nothing and its address; and what it is called now."""
    known = ["None:127.0.0.1", ":127.0.0.1", "None:", ":"]
    guesses = ["api-" + hashlib.sha256(one.encode()).hexdigest()[:24] for one in known]
    return guesses + [visitor for _, visitor in nameless if visitor.startswith("api-")]


def test_programs_without_a_session_share_no_identity(nameless):
    visitors = [visitor for _, visitor in nameless]
    assert len(set(visitors)) == len(visitors) and not set(visitors) & set(names_for_programs([])), visitors


def test_nobody_lists_the_prompts_of_programs(page, nameless):
    for token in names_for_programs(nameless):
        assert "a secret prompt" not in str(page.post("edits", [token, "", None])), token


def test_nobody_touches_the_edits_of_programs(app, page, nameless):
    told = []
    for token in names_for_programs(nameless):
        for job_id, _ in nameless:
            told += [
                token
                for action in ("reuse", "forget")
                if "a secret prompt" in str(page.another(token).act(action, job_id))
            ]
    assert app.rows("SELECT job_id FROM jobs WHERE hidden") == [] and told == []
