"""What a person should know of an edit before the press: its warnings, and what becomes of its pictures.

A picture is decoded for it, so this takes turns with itself in one thread, and what it found is kept: a form
asks again at every change.
"""

import asyncio
import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from modules.edit.errors import StudioError
from modules.edit.request import EditRequest, is_url
from modules.jobs.local_files import LocalFiles
from modules.media.fit.picture_report import picture_report
from modules.media.sandbox.pool import MediaWorkers

HINT_SECONDS = 10.0
"""For all pictures of one request, their turn included; those that take longer have no hints."""
_KEPT = 500
"""Reports kept; the least asked-for goes first."""

_Stamp = tuple[str, int, int]


class PictureHints:
    """Gives the hints of requests. `files` says which local pictures may be opened; `seconds` bounds a
    call, and `monotonic` is the clock by which no picture is begun after it."""

    def __init__(
        self,
        workers: MediaWorkers,
        files: LocalFiles,
        *,
        seconds: float = HINT_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._workers, self._files = workers, files
        self._seconds, self._monotonic = seconds, monotonic
        self._turns = ThreadPoolExecutor(1, thread_name_prefix="hints")
        self._known: OrderedDict[_Stamp, list[str]] = OrderedDict()

    async def of(self, request: EditRequest, browser: str = "") -> list[str]:
        """Sentences: the warnings of `request`, then what will be done to each local picture, such as
        `@Image1: HEIC is converted to JPEG.`

        Never raises. A picture that cannot be read or may not be opened has none here: the check refuses it.
        """
        found: list[str] = []
        until = self._monotonic() + self._seconds
        with contextlib.suppress(TimeoutError, RuntimeError):  # RuntimeError: the studio closes
            looking = asyncio.get_running_loop().run_in_executor(
                self._turns, self._look, request, browser, found, until
            )
            await asyncio.wait_for(looking, self._seconds)
        return [warning.message for warning in request.warnings()] + list(found)

    def close(self) -> None:
        """Take no more questions about pictures; those that wait end with the workers."""
        self._turns.shutdown(wait=False)

    def _look(self, request: EditRequest, browser: str, found: list[str], until: float) -> None:
        for name, source in _named_pictures(request):
            if self._monotonic() > until:
                return
            found += [f"{name}: {sentence}" for sentence in self._report(source, browser)]

    def _report(self, source: str, browser: str) -> list[str]:
        if is_url(source) or not self._files.allows(source, browser):
            return []
        try:
            facts = Path(source).stat()
            stamp = (source, facts.st_mtime_ns, facts.st_size)
            if stamp not in self._known:
                self._known[stamp] = self._workers.run(picture_report, source)
        except (StudioError, OSError):
            return []
        self._known.move_to_end(stamp)
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return self._known[stamp]


def _named_pictures(request: EditRequest) -> Iterator[tuple[str, str]]:
    """Every picture with the name that the prompt calls it by."""
    for number, source in enumerate(request.image_urls, start=1):
        yield f"@Image{number}", source
    for number, element in enumerate(request.elements, start=1):
        yield f"@Element{number}, front view", element.frontal_image_url
        for view, source in enumerate(element.reference_image_urls, start=1):
            yield f"@Element{number}, reference picture {view}", source
