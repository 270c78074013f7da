"""Guards the upload folder: how many files may arrive at once, how large, how slowly, and how much may lie
there in all.

Gradio's own parser writes what arrives into `tmp*` files, with no other limit than the size of one file, and
leaves them behind when the sender goes away. Here the bytes are counted on their way in; an upload that
stalls, grows past the quota or is given up ends at once, and its unfinished file is removed.
"""

import asyncio
import contextlib
import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from starlette.formparsers import MultiPartException

from modules.media.fetch.stall import StallWatch
from modules.rations import RollingSum
from modules.ui.gate import InputRefused
from modules.ui.request_limits import PartCount

STALL_SECONDS = 30.0
LEAST_BYTES = 64 * 2**10
"""Within STALL_SECONDS; a connection of 20 kbit/s carries more."""
WHOLE_SECONDS = 1800.0
"""For one upload in all: 200 MB at 1 Mbit/s."""
MOST_OPEN = 128
YIELD_SECONDS = 2.0
"""When so many are open, the one that has sent nothing for the longest time, and for so long, gives way."""
MARGIN_BYTES = 64 * 2**20
"""Of the disk, which the journal must always have."""
COUNT_SECONDS = 10.0
"""Between two counts of all that lies there; what arrives meanwhile is added."""
KEPT_SECONDS = 24 * 3600.0
IDLE_SECONDS = 120.0
SETTLE_SECONDS = 3.0
"""A file that was closed and has not grown for so long belongs to no upload that goes on."""
CHECK_BYTES = 2**18
"""Between two looks at an address's share of the hour while an upload arrives."""
FORM_BYTES = 2**20
"""What a multipart body may have beside the file itself."""


class UploadGuard:
    """`folder`: Gradio's upload folder. `most_bytes`: of one file; `quota`: of all together; `hourly`: of an
    address within an hour (0: no limit). Used from one event loop."""

    def __init__(
        self,
        folder: Path,
        *,
        most_bytes: int,
        quota: float,
        hourly: float = 0,
        most_open: int = MOST_OPEN,
        stall_seconds: float = STALL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        disk_usage: Callable = shutil.disk_usage,
    ) -> None:
        self.folder, self._most, self._quota = folder, most_bytes, quota
        self._stall, self._clock, self._disk_usage = stall_seconds, clock, disk_usage
        self._most_open = most_open
        self._hourly, self._received = hourly, RollingSum(clock=clock)
        self._arriving: dict[Arrival, int] = {}
        self._lying = 0
        """Bytes of finished files when they were last counted, and of those that have arrived since."""
        self._left: set[str] = set()
        """Names of files that may have been left unfinished, and when they are looked at again."""
        self._later: asyncio.TimerHandle | None = None
        self._counts: list[list[int]] = []
        self._counted_at = -math.inf

    async def begin(self, length: int | None, address: str = "", parts: PartCount | None = None) -> "Arrival":
        """An upload of `length` bytes (None: unknown) from `address` begins; `parts` counts what it is made
        of. Raises InputRefused when there is no room for it."""
        if length is not None and length > self._most + FORM_BYTES:
            raise InputRefused(
                413, f"The file is larger than {self._most // 2**20} MB, the most that this page takes."
            )
        if len(self._arriving) >= self._most_open and not self._make_place():
            raise InputRefused(
                503, "Too many files are arriving here at the same time. Try again in a minute."
            )
        arrival = Arrival(self, address, parts)
        self._arriving[arrival] = length or 0
        try:
            self._check_hour(address)
            arrival.before = await asyncio.to_thread(self.unfinished)
            if not self._has_room() or self._clock() - self._counted_at > COUNT_SECONDS:
                await self._count_again()
            if not self._has_room() or self._free() < (length or 0) + MARGIN_BYTES:
                raise InputRefused(507, NO_ROOM)
        except BaseException:
            self._arriving.pop(arrival, None)
            raise
        return arrival

    def sweep(self, *, now: float | None = None) -> None:
        """Remove what is a day old, and unfinished files that nobody writes to any more. Leaves no empty
        folder."""
        now = time.time() if now is None else now
        for base, _, names in os.walk(self.folder, topdown=False):
            for name in names:
                path = os.path.join(base, name)
                unfinished = base == str(self.folder) and name.startswith("tmp")
                with contextlib.suppress(OSError):
                    if now - os.stat(path).st_mtime > (IDLE_SECONDS if unfinished else KEPT_SECONDS):
                        os.unlink(path)
            if base != str(self.folder):
                with contextlib.suppress(OSError):
                    os.rmdir(base)

    def unfinished(self) -> set[str]:
        """Names of the files that are being written, or were left."""
        with contextlib.suppress(OSError):
            return {
                entry.name
                for entry in os.scandir(self.folder)
                if entry.name.startswith("tmp") and entry.is_file()
            }
        return set()

    def end(self, arrival: "Arrival") -> None:
        """It has arrived or was given up. What it left unfinished goes: a body that ends too early is no
        error to Gradio's parser, which forgets the file.

        While others arrive only what has not grown for SETTLE_SECONDS: between its last byte and its place
        among the finished ones a file of theirs is closed too.
        """
        self._arriving.pop(arrival, None)
        if self._hourly and arrival.done:
            self._received.add(arrival.address, arrival.done)
        if not arrival.refused:
            self._lying += arrival.done
            for ended in self._counts:  # a count that is under way may have passed its folder already
                ended.append(arrival.done)
        self._left |= self.unfinished() - arrival.before
        self._remove_left()

    def _remove_left(self) -> None:
        self._left &= self.unfinished()
        in_use = _open_files() if self._left else None
        if in_use is None:
            return
        for name in list(self._left):
            path = os.path.realpath(self.folder / name)
            with contextlib.suppress(OSError):
                settled = time.time() - os.stat(path).st_mtime >= SETTLE_SECONDS
                if path not in in_use and (settled or not self._arriving):
                    os.unlink(path)
                    self._left.discard(name)
        if self._left and (self._later is None or self._later.cancelled()):
            self._later = asyncio.get_running_loop().call_later(SETTLE_SECONDS, self._look_again)

    def _look_again(self) -> None:
        self._later = None
        self._remove_left()

    def _make_place(self) -> bool:
        """End the upload that is idle for the longest time, if one is idle: half-open ones cost nothing to
        begin, and would keep everybody else out."""
        idlest = min(self._arriving, key=lambda one: one.heard)
        if self._clock() - idlest.heard < YIELD_SECONDS:
            return False
        self._arriving.pop(idlest)
        idlest.give_way()
        return True

    def count(self, arrival: "Arrival", done: int) -> None:
        """Raises Refused when what has arrived is too much."""
        self._arriving[arrival] = max(self._arriving.get(arrival, 0), done)
        if done > self._most + FORM_BYTES:
            raise InputRefused(
                413, f"The file is larger than {self._most // 2**20} MB, the most that this page takes."
            )
        if done - arrival.checked >= CHECK_BYTES:
            arrival.checked = done
            self._check_hour(arrival.address)
        if not self._has_room() or self._free() < MARGIN_BYTES:
            raise InputRefused(507, NO_ROOM)

    def _check_hour(self, address: str) -> None:
        """Raises InputRefused when what came and is coming from `address` is more than an hour's share."""
        if not self._hourly:
            return
        coming = sum(size for one, size in self._arriving.items() if one.address == address)
        if self._received.of(address) + coming > self._hourly:
            gigabytes = f"{self._hourly / 1e9:g} GB"
            raise InputRefused(
                429,
                f"More than {gigabytes} would have come from your network address within an hour, which is "
                "all that this page takes. Nothing was spent. Choose a smaller file, or come back later.",
            )

    async def _count_again(self) -> None:
        ended: list[int] = []
        self._counts.append(ended)
        self._counted_at = self._clock()
        try:
            self._lying = await asyncio.to_thread(self._used) + sum(ended)
        finally:
            self._counts.remove(ended)

    def _has_room(self) -> bool:
        """Whether what lies there and what is arriving, of all senders together, is within the quota."""
        return self._lying + sum(self._arriving.values()) < self._quota

    def _used(self) -> int:
        """Bytes of finished files; the unfinished are counted as they arrive."""
        total = 0
        for base, _, names in os.walk(self.folder):
            for name in names:
                if not (base == str(self.folder) and name.startswith("tmp")):
                    with contextlib.suppress(OSError):
                        total += os.stat(os.path.join(base, name)).st_size
        return total

    def _free(self) -> int:
        try:
            return self._disk_usage(self.folder if self.folder.is_dir() else self.folder.parent).free
        except OSError:
            return MARGIN_BYTES


NO_ROOM = (
    "This page has no room for the file just now. Nothing was spent. Try a smaller one, or come back later."
)


class Arrival:
    """One upload on its way in: `receive` stands in for the ASGI one."""

    def __init__(self, guard: UploadGuard, address: str, parts: PartCount | None = None) -> None:
        self._guard, self.address, self._parts = guard, address, parts
        self.before: set[str] = set()
        """Names of the unfinished files when it began."""
        self.refused: InputRefused | None = None
        self.done, self._began = 0, guard._clock()
        self.checked = 0
        """How many had come when the hour's share was last looked at."""
        self.heard = self._began
        """When the last bytes came."""
        self._watch = StallWatch(guard._stall, LEAST_BYTES, clock=guard._clock)
        self._waiting: asyncio.Future[dict] | None = None

    def give_way(self) -> None:
        """End it, for others who wait for a place."""
        self.refused = InputRefused(
            503, "Nothing more came of the file while others waited. Nothing was spent. Please try again."
        )
        if self._waiting:
            self._waiting.cancel()

    def wrap(self, receive: Callable) -> Callable:
        """Raises MultiPartException when the upload must end: Gradio's parser then closes its files."""

        async def counted() -> dict:
            try:
                self._waiting = asyncio.ensure_future(receive())
                message = await asyncio.wait_for(self._waiting, self._guard._stall)
                self.heard = self._guard._clock()
                if message["type"] == "http.disconnect":
                    raise InputRefused(400, "The upload was given up.")
                self.done += len(message.get("body", b""))
                self._guard.count(self, self.done)
                if self._parts is not None:
                    self._parts.add(message.get("body", b""))
                over = self._guard._clock() - self._began > WHOLE_SECONDS
                if over or (message.get("more_body") and self._watch.stalled(self.done)):
                    raise TimeoutError
                return message
            except TimeoutError:
                self.refused = InputRefused(
                    408, "The file arrives too slowly. Nothing was spent. Please try again."
                )
            except InputRefused as refused:
                self.refused = refused
            except asyncio.CancelledError:
                if self.refused is None:  # not by `give_way`: the request itself has ended
                    raise
            raise MultiPartException(self.refused.sentence)

        return counted


def _open_files() -> set[str] | None:
    """Real paths of the files that any process of this user has open, another copy of this app among them;
    None where the system does not tell (not Linux)."""
    if not os.path.isdir("/proc/self/fd"):
        return None
    found = set()
    for process in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            for name in os.listdir(f"/proc/{process}/fd"):
                with contextlib.suppress(OSError):
                    found.add(os.readlink(f"/proc/{process}/fd/{name}"))
    return found
