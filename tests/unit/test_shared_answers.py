"""Answers that many pages share are on the wire what Gradio makes of the same values, made once."""

import asyncio

import gradio as gr
import pytest

from modules.ui.session_messages import SessionMessages
from modules.ui.shared_answers import SharedAnswer, SharingQueue, shares_answers
from tests.support.raw_events import RawPage

STEPS = ("first", "second", "own", "third")


@pytest.fixture(scope="module")
def made():
    """How often the text of the shared page was made ready for the wire."""
    return []


@pytest.fixture(scope="module")
def page(made):
    def count(value):
        made.append(value)
        return value

    with gr.Blocks(analytics_enabled=False) as blocks:
        text, facts = gr.Textbox(), gr.JSON()
        text.postprocess = count
        plain_text, kept, button = gr.Textbox(), gr.State(0), gr.Button("a")

        def values(step: str, shown) -> dict:
            answer = {shown: step, facts: {"step": step, "same": [1, 2], "é": None}}
            return answer if step == "first" else answer | {button: gr.Button(step, interactive=False)}

        shared = {step: SharedAnswer(values(step, text)) for step in STEPS}

        async def share(job_id: str):
            for step in STEPS:
                yield values(step, text) | {kept: step} if step == "own" else shared[step]

        async def plain(job_id: str):
            for step in STEPS:
                yield values(step, plain_text) | ({kept: step} if step == "own" else {})

        async def fail(job_id: str):
            yield shared["first"]
            raise gr.Error("It went wrong.", print_exception=False)

        go = asyncio.Event()

        async def wait(job_id: str):
            yield shared["first"]
            await go.wait()

        async def release(now):
            go.set()

        async def remember(now):
            return now

        outputs = [facts, kept, button]
        for handler, shown in ((share, text), (plain, plain_text), (fail, text), (wait, text)):
            marked = shares_answers(handler) if handler is not plain else handler
            # A button of each: Gradio tells an event by its trigger.
            gr.Button(handler.__name__).click(marked, plain_text, [shown, *outputs], concurrency_limit=None)
        gr.Button("now").click(remember, kept, plain_text)
        gr.Button("go").click(release, kept, None)
    blocks.queue()
    SharingQueue.take_over(blocks._queue, 100)
    _, url, _ = blocks.launch(
        prevent_thread_lock=True, quiet=True, ssr_mode=False, server_name="127.0.0.1", max_threads=2
    )
    yield RawPage(url.rstrip("/"))
    blocks.close()


def news(messages: list[dict]) -> list:
    """What each message says of the components, without times."""
    return [
        (one["msg"], one["success"], one["output"].get("data"), one["output"].get("is_generating"))
        for one in messages
        if one["msg"] in ("process_generating", "process_completed")
    ]


def test_a_page_is_told_what_gradio_would_tell_it(page):
    shared, plain = page.post("share", [""]), page.post("plain", [""])
    assert len(news(shared)) == len(STEPS) + 1
    assert news(shared) == news(plain)
    assert shared[-1]["output"].keys() == plain[-1]["output"].keys() - {"iterator"}


def test_a_state_in_an_answer_is_the_pages_own(page):
    page.post("share", [""], session="mine")
    assert page.post("remember", [None], session="mine")[-1]["output"]["data"] == ["own"]
    assert page.post("remember", [None], session="another")[-1]["output"]["data"] == ["0"]


def test_many_pages_cost_one_making(page, made):
    page.post("share", [""])
    before = len(made)
    told = [news(page.post("share", [""])) for _ in range(5)]
    assert all(one == told[0] for one in told)
    assert made[before:] == ["own"] * 5


def test_events_that_follow_a_job_keep_no_other_event_waiting(page):
    """More of them than there are threads."""
    sessions = [f"watcher{number}" for number in range(5)]
    for session in sessions:
        assert page.join("wait", [""], session=session).status == 200
    assert page.post("release", [None], seconds=30)[-1]["success"] is True
    assert all(page.told(session, 30)[-1]["success"] for session in sessions)


def test_an_error_of_a_handler_is_told(page):
    last = page.post("fail", [""])[-1]
    assert (last["msg"], last["success"], last["output"]["error"]) == (
        "process_completed",
        False,
        "It went wrong.",
    )


def test_what_is_made_is_shared_by_those_who_ask_at_the_same_time():
    made = []

    async def make() -> list:
        made.append(1)
        await asyncio.sleep(0)
        return ["told"]

    async def ask() -> list[list]:
        answer = SharedAnswer({})
        first = asyncio.ensure_future(answer.ready("http://here", make))
        others = asyncio.gather(*(answer.ready("http://here", make) for _ in range(3)))
        await asyncio.sleep(0)
        first.cancel()  # a page that goes away takes nothing from the others
        return await others

    assert asyncio.run(ask()) == [["told"]] * 3 and made == [1]


def test_events_of_a_session_that_is_not_read_again_end(page, monkeypatch):
    """A stream that ended early may be opened again for a while; then the session is forgotten."""
    queue = SharingQueue(True, 1, 1.0, 10, None)
    queue.pending_messages_per_session = messages = SessionMessages(10)
    monkeypatch.setattr(queue, "again_seconds", 0.01)

    async def end(read_again: bool) -> bool:
        messages["page"] = asyncio.Queue()
        assert messages["page"].empty()
        await queue.clean_events(session_hash="page")
        del messages["page"]
        assert "page" in messages
        if read_again:
            assert messages["page"].empty()
        await asyncio.gather(*queue._asyncio_tasks)
        return "page" in messages

    assert asyncio.run(end(True)) is True
    assert asyncio.run(end(False)) is False
