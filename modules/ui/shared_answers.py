"""Shared answers: what many pages are told at once is made ready for the wire once.

Gradio makes each answer ready for each page by itself: it builds the components anew, looks for files, takes
the difference to the answer before, and copies all of it into JSON. A thousand pages that watch a job took
half a minute of the event loop at each change of it; here they share one piece of JSON. What a browser reads
is the same.
"""

import asyncio
import time
import traceback
from collections.abc import Callable, Coroutine
from typing import Any
from weakref import WeakKeyDictionary

import gradio as gr
import orjson
from gradio import route_utils, utils
from gradio.block_function import BlockFunction
from gradio.processing_utils import add_root_url
from gradio.queueing import Event, Queue
from gradio.server_messages import (
    EventMessage,
    ProcessCompletedMessage,
    ProcessGeneratingMessage,
    ProcessStartsMessage,
)
from pydantic import BaseModel

from modules.ui.light_session import LightSession
from modules.ui.session_messages import SessionMessages

_MARK = "shares_answers"


def shares_answers(handler: Callable) -> Callable:
    """Mark a handler that is an async generator: it may yield SharedAnswer in the place of a dict."""
    setattr(handler, _MARK, True)
    return handler


class SharedAnswer:
    """Values by component, the same object for everybody who is told the same. Holds no `gr.State`: that is
    each page's own."""

    def __init__(self, values: dict) -> None:
        self.values = values
        self._ready: dict[str, asyncio.Task[list]] = {}
        self._written: WeakKeyDictionary[SharedAnswer, dict[str, orjson.Fragment]] = WeakKeyDictionary()

    async def ready(self, root: str, make: Callable[[], Coroutine[Any, Any, list]]) -> list:
        """What `make()` gives for pages at the address `root`; made once."""
        if root not in self._ready:
            self._ready[root] = asyncio.ensure_future(make())
        # A page that goes away meanwhile takes nothing from the others.
        return await asyncio.shield(self._ready[root])

    def written(self, before: "SharedAnswer", root: str, data: Callable[[], list]) -> orjson.Fragment:
        """`data()` as JSON for pages that were told `before` last; written once."""
        known = self._written.setdefault(before, {})
        if root not in known:
            known[root] = _written(data())
        return known[root]


_NOTHING = SharedAnswer({})
"""What a page was told before the first answer."""
_END = object()


class _Told:
    """What one page was told last: as values, and as the shared answer if it was one."""

    def __init__(self) -> None:
        self.data: list | None = None
        self.shared: SharedAnswer | None = _NOTHING

    def news(self, answer: SharedAnswer | None, data: list, root: str) -> orjson.Fragment:
        """What is new in `data`, the values of `answer`: everything at first, then Gradio's differences."""
        before, data_before = self.shared, self.data
        self.shared, self.data = answer, data
        if before is None or answer is None:
            return _written(_changes(data_before, data))
        return answer.written(before, root, lambda: _changes(data_before, data))

    def last(self, outputs: int, root: str) -> Any:
        """At the end Gradio repeats all that was told last."""
        data = self.data
        if data is None:
            return [None] * outputs
        return self.shared.written(_NOTHING, root, lambda: data) if self.shared else _written(data)


MOST_EVENTS = 4000
"""At the same time; a page needs one or two. Their threads are limited apart."""
AGAIN_SECONDS = 12.0
"""A stream that ended early may be opened again for so long; its events go on meanwhile."""


class SharingQueue(Queue):
    """Gradio's queue of events, with SessionMessages; handlers that are marked may share answers."""

    pending_messages_per_session: SessionMessages  # type: ignore[assignment]
    again_seconds = AGAIN_SECONDS

    def start(self) -> None:
        """Gradio has one event slot for each thread; but what follows a job waits in none, and a thousand
        such events kept everybody else's waiting."""
        self.max_thread_count = MOST_EVENTS
        super().start()

    @classmethod
    def take_over(cls, queue: Any, most: int) -> None:
        """Make it of Gradio's own `queue`, before it has begun; `most`: sessions whose messages are kept."""
        queue.__class__ = cls
        queue.pending_messages_per_session = SessionMessages(most)

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        messages = self.pending_messages_per_session.get(event.session_hash)
        if event.alive and messages is not None:
            event_message.event_id = event._id
            messages.put_nowait(event_message)

    async def clean_events(self, *, session_hash: str | None = None, event_id: str | None = None) -> None:
        """A stream of the session has ended early: its events end too, unless it is opened again."""
        if session_hash is None:
            await super().clean_events(event_id=event_id)
            return
        ended = time.monotonic()

        async def later() -> None:
            await asyncio.sleep(self.again_seconds)
            if not self.pending_messages_per_session.read_since(session_hash, ended):
                self.pending_messages_per_session.forget(session_hash)
                await super(SharingQueue, self).clean_events(session_hash=session_hash)

        task = asyncio.create_task(later())
        self._asyncio_tasks.add(task)
        task.add_done_callback(self._asyncio_tasks.discard)

    async def process_events(
        self, events: list[Event], batch: bool, begin_time: float, fn: BlockFunction
    ) -> None:
        """As Gradio's, which does all other handlers."""
        if not getattr(fn.fn, _MARK, False):
            await super().process_events(events, batch, begin_time, fn)
            return
        event = events[0]
        try:
            if event.alive:
                await self._follow(event, fn)
                self.process_time_per_fn[fn].add(time.time() - begin_time)
        except Exception as error:
            if not isinstance(error, gr.Error) or error.print_exception:
                traceback.print_exc()
            said = utils.error_payload(error, self.blocks.show_error)
            self.send_message(event, ProcessCompletedMessage(output=said, success=False))
        finally:
            queued = self.event_queue_per_concurrency_id[event.concurrency_id]
            queued.current_concurrency -= 1
            queued.start_times_per_fn[fn].discard(begin_time)
            if events in self.active_jobs:
                self.active_jobs[self.active_jobs.index(events)] = None
            self.event_ids_to_events.pop(event._id, None)
            self.event_analytics.pop(event._id, None)

    async def _follow(self, event: Event, fn: BlockFunction) -> None:
        """Send all that the handler says, each answer with what is new in it."""
        known = self.process_time_per_fn.get(fn)
        self.send_message(event, ProcessStartsMessage(eta=known.avg_time if known else None))
        app, body, page = self.server_app, event.data, self.blocks
        assert app is not None and body is not None
        body.event_id, body.request = event._id, event.request
        request = route_utils.compile_gr_request(body=body, fn=fn, username=event.username, request=None)
        path = route_utils.get_api_call_path(request=event.request)
        root = route_utils.get_root_url(request=event.request, route_path=path, root_path=app.root_path)
        state, told = app.state_holder[event.session_hash], _Told()
        inputs = await page.preprocess_data(fn, body.data, state)
        called = await page.call_function(
            *(fn, inputs, None, request, event._id), in_event_listener=True, state=state
        )
        answers, answer = called["iterator"], called["prediction"]
        took, going = called["duration"], called["is_generating"]
        try:
            while event.alive:
                fn.total_runtime, fn.total_runs = fn.total_runtime + took, fn.total_runs + 1
                data = await self._news(fn, told, answer, state, root) if going else None
                output = {
                    "data": data if going else told.last(len(fn.outputs), root),
                    "is_generating": going,
                    "duration": took,
                    "average_duration": fn.total_runtime / fn.total_runs,
                    "render_config": None,
                    "changed_state_ids": [],
                    "used_cache": None,
                }
                if not going:
                    self.send_message(event, ProcessCompletedMessage(output=output, success=True))
                    return
                self.send_message(event, ProcessGeneratingMessage(output=output, success=True))
                began = time.time()
                answer = await anext(answers, _END)
                took, going = time.time() - began, answer is not _END
        finally:
            if answers is not None:
                await answers.aclose()

    async def _news(
        self, fn: BlockFunction, told: _Told, answer: Any, state: Any, root: str
    ) -> orjson.Fragment:
        if not isinstance(answer, SharedAnswer):
            return told.news(None, await self._values(fn, answer, state, root), root)
        values = answer.values
        data = await answer.ready(root, lambda: self._values(fn, values, LightSession(self.blocks), root))
        return told.news(answer, data, root)

    async def _values(self, fn: BlockFunction, values: dict, state: Any, root: str) -> list:
        """The values of an answer as Gradio sends them: of every output, files with their addresses."""
        return add_root_url(await self.blocks.postprocess_data(fn, values, state), root, None)


def _changes(before: list | None, now: list) -> list:
    return now if before is None else [utils.diff(one, other) for one, other in zip(before, now, strict=True)]


def _written(data: list) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(data, default=_plain))


def _plain(value: Any) -> Any:
    return value.model_dump() if isinstance(value, BaseModel) else str(value)
