"""Fits clips before the press of the button, while their visitors still write.

What will be fitted is known as soon as a clip is chosen, and a prompt takes longer to write than a clip
to fit. The job then finds the fitted clip, or waits for the rest of the same work. The preview engine
gets it, too, and looks for whom and what there is in it. Nothing is promised by it: what is not wanted
any more, or comes while somebody waits for an edit to begin, is left out.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from modules.edit.errors import StudioError
from modules.edit.framing import Framing
from modules.edit.request import EditRequest, is_url
from modules.jobs.identity import Identity
from modules.jobs.job import Stage
from modules.jobs.run.context import JobContext
from modules.jobs.run.executor import JobExecutor
from modules.jobs.run.fitting import in_a_ratio, plan_for
from modules.jobs.run.uploading import upload_once

log = logging.getLogger("studio.jobs")

SETTLED_SECONDS = 0.5
"""A choice stands for this long before it is acted upon: who moves a slider is not done yet."""
_MOST_WAITING = 16
_ROOM_BYTES = 200 * 2**20
"""Free on the disk, or nothing is fitted ahead."""


@dataclass(frozen=True)
class _Wanted:
    request: EditRequest
    framing: Framing
    engine: str
    payer: str
    who: Identity
    due: float

    def fits_like(self, other: "_Wanted") -> bool:
        """Whether the clip is fitted in the same way for both."""

        def matters(one: _Wanted) -> tuple[object, ...]:
            request = one.request
            clip = (request.video_url, request.seconds, request.aspect_ratio, request.keep_audio)
            return (*clip, one.framing, one.engine, one.payer)

        return matters(self) == matters(other)


class FitAhead:
    """One fitting at a time, in a thread of its own. `allowed(address)`: whether that address may have
    another one; it is asked for each."""

    def __init__(
        self,
        context: JobContext,
        executor: JobExecutor,
        allowed: Callable[[str], bool] = lambda address: True,
    ) -> None:
        self._context, self._executor, self._allowed = context, executor, allowed
        self._wanted: OrderedDict[str, _Wanted] = OrderedDict()
        self._change = threading.Condition()
        self._thread: threading.Thread | None = None
        self._current: _Wanted | None = None

    def want(self, who: Identity, request: EditRequest, framing: Framing, engine: str, payer: str) -> None:
        """The clip of `request`, a local file of this visitor, is likely to be edited like that. What
        the same browser wanted before and has not got is not wanted any more. Never raises, never
        waits."""
        due = self._context.monotonic() + SETTLED_SECONDS
        wanted = _Wanted(request, framing, engine, payer, who, due)
        if not request.video_url or is_url(request.video_url):
            return
        with self._change:
            self._wanted.pop(who.browser, None)
            if len(self._wanted) >= _MOST_WAITING:
                return
            self._wanted[who.browser] = wanted
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="fit-ahead", daemon=True)
                self._thread.start()
            self._change.notify()

    @property
    def waiting(self) -> int:
        """How many clips are not done."""
        with self._change:
            return len(self._wanted) + (self._current is not None)

    def close(self) -> None:
        """What waits is dropped."""
        with self._change:
            self._wanted.clear()
            self._change.notify()

    def _work(self) -> None:
        while (wanted := self._next()) is not None:
            try:
                if self._is_time(wanted):
                    self._fit(wanted)
            except (StudioError, OSError) as error:
                log.info("a clip was not fitted ahead: %s", error)
            except Exception:
                log.exception("a clip was not fitted ahead")
            finally:
                self._current = None

    def _next(self) -> _Wanted | None:
        """The one whose choice has stood longest, once it has stood for long enough; None at the end."""
        with self._change:
            while not self._context.closing.is_set():
                browser, wanted = next(iter(self._wanted.items()), ("", None))
                wait = wanted.due - self._context.monotonic() if wanted else None
                if wait is not None and wait <= 0:
                    self._current = self._wanted.pop(browser)
                    return self._current
                self._change.wait(wait)
        return None

    def _is_time(self, wanted: _Wanted) -> bool:
        prepared = any(job.stage == Stage.PREPARING for job in self._executor.in_hand())
        return not prepared and self._allowed(wanted.who.address)

    def _is_replaced(self, wanted: _Wanted) -> bool:
        """Whether the same browser wants the clip otherwise by now."""
        with self._change:
            newer = self._wanted.get(wanted.who.browser)
        return newer is not None and not newer.fits_like(wanted)

    def _fit(self, wanted: _Wanted) -> None:
        media, request = self._context.media_of(wanted.engine), wanted.request
        self._context.storage.need(_ROOM_BYTES)
        facts = media.probe(request.video_url)
        request = in_a_ratio(request, facts)
        plan = plan_for(media, facts, request, wanted.framing, wanted.engine, wanted.payer)
        draft = wanted.engine == "preview"
        fitted = media.conform_ahead(
            request.video_url,
            plan,
            lambda: self._is_replaced(wanted),
            keep_audio=request.keep_audio,
            draft=draft,
        )
        if fitted is not None and draft:
            # It stays on this machine, and the engine looks at what arrives. Nothing goes to Segmind unasked.
            upload_once(
                self._context, wanted.engine, self._context.engines.client(wanted.engine, None), fitted
            )
