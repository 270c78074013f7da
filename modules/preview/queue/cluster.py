"""Renders on a Dask cluster: an Executor over `distributed.Client(...).get_executor()`.

Clips and pictures travel by value with the task, the video comes back by value; workers need this project's
code and requirements, and no shared disk. A worker that is lost mid-render is the scheduler's business: it
runs the task again elsewhere, and gives up after `distributed.scheduler.allowed-failures`. Memory limits are
those of the Dask workers.
"""

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

CONNECT_SECONDS = 6
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Parcel:
    """An order with the content of its files, keyed by their paths on the engine's machine."""

    id: str
    topic: str
    order: RenderOrder
    files: dict[str, bytes]


@dataclass(frozen=True)
class Delivery:
    """What comes back: the video, or the sentence of a refusal."""

    outcome: RenderOutcome | None
    video: bytes = b""
    refusal: str = ""


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


def run_parcel(parcel: Parcel) -> Delivery:
    """On a worker: unpack, render, pack the video."""
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
            return Delivery(None, refusal=error.sentence)
        return Delivery(outcome, order.output.read_bytes())


class ClusterPool(Executor):
    """Takes `run_order(order)` calls and carries them to the Dask scheduler at `address`. `seconds` limits
    each.

    A thread of a Dask worker cannot be killed: a render past its limit ends as FAILED here at once, while
    the worker may be busy with it for longer.
    """

    def __init__(self, address: str, seconds: float) -> None:
        try:
            distributed: Any = importlib.import_module("distributed")
        except ImportError:
            raise StudioError(
                "PREVIEW_CLUSTER is set, but Dask is not installed: pip install distributed."
            ) from None
        try:
            self._client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, ValueError) as error:
            raise StudioError(
                f"The render cluster at {address} cannot be reached ({type(error).__name__}). Start it, "
                "or unset PREVIEW_CLUSTER."
            ) from None
        self._dask = self._client.get_executor(pure=False)
        self._seconds = seconds
        self._senders = ThreadPoolExecutor(2, thread_name_prefix="send")
        self._topic = f"preview-{secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._orders: dict[str, RenderOrder] = {}
        self._expiries: dict[str, threading.Timer] = {}
        self._answers: dict[str, Future[Any]] = {}
        self._client.subscribe_topic(self._topic, self._on_event)

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        order = args[0] if len(args) == 1 and not kwargs else None
        if fn is not run_order or not isinstance(order, RenderOrder):
            raise TypeError("A render cluster carries run_order(order) only.")
        answer: Future[Any] = Future()
        task = secrets.token_hex(8)
        with self._lock:
            self._orders[task] = order
            self._answers[task] = answer
        self._senders.submit(self._send, task, order, answer)
        return answer

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._senders.shutdown(wait=wait, cancel_futures=cancel_futures)
        with self._lock:
            answers = list(self._answers.items())
        for task, answer in answers:
            self._settle(task, answer, Stopping("The preview engine is stopping."))
        self._client.close()

    def _send(self, task: str, order: RenderOrder, answer: Future[RenderOutcome]) -> None:
        try:
            names = {order.clip, *order.images}
            for front, rest in order.elements:
                names |= {front, *rest}
            parcel = Parcel(task, self._topic, order, {name: Path(name).read_bytes() for name in names})
            carried = self._dask.submit(run_parcel, parcel)
        except Exception as error:
            self._settle(task, answer, error)
            return
        answer.add_done_callback(lambda done: carried.cancel())
        carried.add_done_callback(partial(self._receive, task, order, answer))

    def _receive(
        self, task: str, order: RenderOrder, answer: Future[RenderOutcome], carried: Future[Delivery]
    ) -> None:
        try:
            delivery: Delivery = carried.result()
            if delivery.outcome is None:
                raise StudioError(delivery.refusal)
            order.output.write_bytes(delivery.video)
        except CancelledError:
            lost = "The connection to the render cluster was lost. Nothing was billed. Try again in a minute."
            self._settle(task, answer, WorkerLost(lost))
        except (StudioError, OSError) as error:
            self._settle(task, answer, error)
        except Exception as error:
            failed = (
                f"The render cluster could not finish this edit ({type(error).__name__}). Nothing was "
                "billed. Try again; if it happens twice, try another clip."
            )
            self._settle(task, answer, WorkerLost(failed))
        else:
            self._settle(task, answer, delivery.outcome)

    def _settle(
        self,
        task: str,
        answer: Future[RenderOutcome],
        result: RenderOutcome | Exception,
    ) -> None:
        """End a call, unless it has ended before."""
        with self._lock:
            self._orders.pop(task, None)
            expiry = self._expiries.pop(task, None)
            first = self._answers.pop(task, None) is not None
        if expiry:
            expiry.cancel()
        if not first or not answer.set_running_or_notify_cancel():
            return
        if isinstance(result, Exception):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    def _on_event(self, event: tuple[float, dict[str, Any]]) -> None:
        _, message = event
        with self._lock:
            order = self._orders.get(message["id"])
        if order is None:
            return
        try:
            if "still" in message:
                still = Path(order.folder) / STILL_FILE
                still.write_bytes(message["still"])
                publish(still, order.publish_still)
            else:
                self._on_progress(message["id"], order, RenderProgress(**message["progress"]))
        except OSError:
            # The request has ended meanwhile and its folder is gone.
            return

    def _on_progress(self, task: str, order: RenderOrder, progress: RenderProgress) -> None:
        # A new start time is a new attempt, after a worker was lost: its time counts from its own beginning.
        if read_progress(Path(order.folder)).started_at != progress.started_at:
            expiry = threading.Timer(self._seconds, self._expire, args=(task,))
            expiry.daemon = True
            with self._lock:
                before, self._expiries[task] = self._expiries.get(task), expiry
            if before:
                before.cancel()
            expiry.start()
        write_progress(Path(order.folder), progress)

    def _expire(self, task: str) -> None:
        with self._lock:
            answer = self._answers.get(task)
        if answer is not None:
            sentence = (
                f"The render took longer than {self._seconds:g} s and was given up. Nothing was billed. "
                "Try a shorter duration, a smaller clip, or mode std."
            )
            self._settle(task, answer, TimeLimit(sentence))
