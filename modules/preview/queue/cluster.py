"""Renders on a Dask cluster: an Executor over `distributed.Client(...).get_executor()`.

Clips and pictures travel by value with the task, the video comes back by value; workers need this project's
code and requirements, and no shared disk. A worker that is lost mid-render is the scheduler's business: it
runs the task again elsewhere, and gives up after `distributed.scheduler.allowed-failures`. Memory limits are
those of the Dask workers.
"""

import contextlib
import importlib
import secrets
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from modules.edit.errors import StudioError
from modules.media.sandbox.limits import Stopping, TimeLimit, WorkerLost
from modules.preview.queue.order import (
    STILL_FILE,
    FileReport,
    RenderOrder,
    RenderOutcome,
    RenderProgress,
    publish,
    read_progress,
    run_order,
    write_progress,
)

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Parcel:
    """An order with the content of its files, keyed by their paths on the engine's machine."""

    id: str
    topic: str
    order: RenderOrder
    files: dict[str, bytes]


class EventReport(FileReport):
    """Progress of a worker elsewhere: events of the cluster, which the engine turns into the same small
    file."""

    def __init__(self, order: RenderOrder, parcel: Parcel) -> None:
        super().__init__(order)
        self._parcel = parcel

    def update(self, force: bool = True, **changes: Any) -> None:
        before = self._written
        super().update(force, **changes)
        if self._written != before:
            self._tell({"progress": asdict(self._latest)})

    def still(self, path: str) -> None:
        self._tell({"still": Path(path).read_bytes()})
        self.update(still=True)

    def _tell(self, event: dict[str, object]) -> None:
        from distributed import get_worker

        get_worker().log_event(self._parcel.topic, {"id": self._parcel.id, **event})


def run_parcel(parcel: Parcel) -> tuple[RenderOutcome, bytes] | str:
    """On a worker: unpack, render, pack the video. The sentence of a refusal is a result, too."""
    with tempfile.TemporaryDirectory(prefix="preview-") as folder:
        local = {}
        for number, (name, content) in enumerate(parcel.files.items()):
            target = Path(folder) / f"{number}{Path(name).suffix}"
            target.write_bytes(content)
            local[name] = str(target)
        order = replace(
            parcel.order,
            folder=folder,
            clip=local[parcel.order.clip],
            images=tuple(local[name] for name in parcel.order.images),
            elements=tuple(
                (local[front], tuple(local[name] for name in rest)) for front, rest in parcel.order.elements
            ),
        )
        try:
            outcome = run_order(order, EventReport(order, parcel))
        except StudioError as error:
            return error.sentence
        return outcome, order.output.read_bytes()


@dataclass
class _Call:
    """A render under way. `expiry` runs from the moment that a worker has begun."""

    id: str
    order: RenderOrder
    answer: Future[Any]
    expiry: threading.Timer | None = None


class ClusterPool(Executor):
    """Takes `run_order(order)` calls and carries them to the Dask scheduler at `address`. `seconds` limits
    each; the scheduler has `patience` to answer at first.

    A thread of a Dask worker cannot be killed: a render past its limit ends as FAILED here at once, while
    the worker may be busy with it for longer.
    """

    def __init__(self, address: str, seconds: float, patience: float) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            raise StudioError(
                "PREVIEW_CLUSTER is set, but Dask is not installed: pip install distributed."
            ) from None
        try:
            self._client = distributed.Client(address, timeout=patience, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudioError(
                f"The render cluster at {address} cannot be reached ({type(error).__name__}). Start it, or "
                "unset PREVIEW_CLUSTER."
            ) from None
        self._dask = self._client.get_executor(pure=False)
        self._seconds = seconds
        self._senders = ThreadPoolExecutor(2, thread_name_prefix="send")
        self._topic = f"preview-{secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._calls: dict[str, _Call] = {}
        self._client.subscribe_topic(self._topic, self._on_event)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        order = args[0] if len(args) == 1 and not kwargs else None
        if fn is not run_order or not isinstance(order, RenderOrder):
            raise TypeError("A render cluster carries run_order(order) only.")
        call = _Call(secrets.token_hex(8), order, Future())
        with self._lock:
            self._calls[call.id] = call
        self._senders.submit(self._send, call)
        return call.answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._senders.shutdown(wait=wait, cancel_futures=cancel_futures)
        with self._lock:
            calls = list(self._calls.values())
        for call in calls:
            self._settle(call, Stopping("The preview engine is stopping."))
        self._client.close()

    def _send(self, call: _Call) -> None:
        order = call.order
        try:
            names = {order.clip, *order.images}
            for front, rest in order.elements:
                names |= {front, *rest}
            parcel = Parcel(call.id, self._topic, order, {name: Path(name).read_bytes() for name in names})
            carried = self._dask.submit(run_parcel, parcel)
        except Exception as error:
            self._settle(call, error)
            return
        call.answer.add_done_callback(lambda done: carried.cancel())
        carried.add_done_callback(partial(self._receive, call))

    def _receive(self, call: _Call, carried: Future[tuple[RenderOutcome, bytes] | str]) -> None:
        result: RenderOutcome | Exception
        try:
            delivery = carried.result()
            if isinstance(delivery, str):
                raise StudioError(delivery)
            result, video = delivery
            call.order.output.write_bytes(video)
        except CancelledError:
            result = WorkerLost(
                "The connection to the render cluster was lost. Nothing was billed. Try again in a minute."
            )
        except (StudioError, OSError) as error:
            result = error
        except Exception as error:
            result = WorkerLost(
                f"The render cluster could not finish this edit ({type(error).__name__}). Nothing was "
                "billed. Try again; if it happens twice, try another clip."
            )
        self._settle(call, result)

    def _settle(self, call: _Call, result: RenderOutcome | Exception) -> None:
        """End a call, unless it has ended before."""
        with self._lock:
            first = self._calls.pop(call.id, None) is not None
            expiry = call.expiry
        if expiry:
            expiry.cancel()
        if not first or not call.answer.set_running_or_notify_cancel():
            return
        if isinstance(result, Exception):
            call.answer.set_exception(result)
        else:
            call.answer.set_result(result)

    def _on_event(self, event: tuple[float, dict[str, Any]]) -> None:
        _, message = event
        with self._lock:
            call = self._calls.get(message["id"])
        if call is None:
            return
        # OSError: the request has ended meanwhile and its folder is gone.
        with contextlib.suppress(OSError):
            if "still" in message:
                still = Path(call.order.folder) / STILL_FILE
                still.write_bytes(message["still"])
                publish(still, call.order.publish_still)
            else:
                self._on_progress(call, RenderProgress(**message["progress"]))

    def _on_progress(self, call: _Call, progress: RenderProgress) -> None:
        folder = Path(call.order.folder)
        # A new start time is a new attempt, after a worker was lost: its time counts from its own beginning.
        if read_progress(folder).started_at != progress.started_at:
            sentence = (
                f"The render took longer than {self._seconds:g} s and was given up. Nothing was billed. "
                "Try a shorter duration, a smaller clip, or mode std."
            )
            expiry = threading.Timer(self._seconds, self._settle, args=(call, TimeLimit(sentence)))
            expiry.daemon = True
            with self._lock:
                before, call.expiry = call.expiry, expiry
            if before:
                before.cancel()
            expiry.start()
        write_progress(folder, progress)
