"""What the engine asks of a render worker, the worker's side of it, and how progress comes back.

An order is a folder on disk with the parameters of a submit; it pickles, so that any Executor can carry it.
This file is imported by workers and by the engine, and stays light: the renderer itself is named by a dotted
path.
"""

import importlib
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from modules.preview.task import Elements, Payload, PlanJson, RenderTask

RENDERER = "modules.preview.render:render"
PROGRESS_FILE = "progress.json"
OUTPUT_FILE = "out.mp4"
STILL_FILE = "still.jpg"
WRITE_SECONDS = 0.1
"""Between two writes of the progress file; a page asks no more often than that."""


@dataclass(frozen=True)
class RenderOrder:
    """One render. `folder` is its working folder; `publish_still` is where a finished still shall appear."""

    folder: str
    clip: str
    payload: Payload
    images: tuple[str, ...] = ()
    elements: Elements = ()
    publish_still: str = ""
    renderer: str = RENDERER

    @property
    def output(self) -> Path:
        return Path(self.folder) / OUTPUT_FILE


@dataclass(frozen=True)
class RenderOutcome:
    """A finished render: its plan and the seconds that the worker spent on it."""

    plan: PlanJson | None
    seconds: float


@dataclass(frozen=True)
class RenderProgress:
    """How far a render is. `started_at` is the worker's clock in epoch seconds, None while it waits for a
    worker."""

    started_at: float | None = None
    frames_done: int = 0
    frames_total: int = 0
    plan: PlanJson | None = None
    still: bool = False


def read_progress(folder: Path) -> RenderProgress:
    """What the worker last wrote into the order's folder."""
    try:
        return RenderProgress(**json.loads((folder / PROGRESS_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return RenderProgress()


def write_progress(folder: Path, progress: RenderProgress) -> None:
    """Replace the progress file, whole."""
    draft = folder / (PROGRESS_FILE + ".tmp")
    draft.write_text(json.dumps(asdict(progress)), encoding="utf-8")
    os.replace(draft, folder / PROGRESS_FILE)


def publish(source: Path, target: str) -> None:
    """Copy a still to where it is served from; it appears there whole."""
    draft = f"{target}.part"
    shutil.copyfile(source, draft)
    os.replace(draft, target)


@dataclass
class FileReport:
    """Progress of a worker on this machine: a small file in the order's folder."""

    order: RenderOrder
    _latest: RenderProgress = field(default_factory=RenderProgress)
    _written: float = 0.0

    def update(self, force: bool = True, **changes: Any) -> None:
        self._latest = replace(self._latest, **changes)
        now = time.monotonic()
        if force or now - self._written >= WRITE_SECONDS:
            self._written = now
            write_progress(Path(self.order.folder), self._latest)

    def still(self, path: str) -> None:
        if self.order.publish_still:
            publish(Path(path), self.order.publish_still)
            self.update(still=True)


def run_order(order: RenderOrder, report: FileReport | None = None) -> RenderOutcome:
    """Render one order in this process. Raises what the renderer raises."""
    report = report or FileReport(order)
    report.update(started_at=time.time())
    begun = time.monotonic()
    module_name, _, function = order.renderer.partition(":")
    module = importlib.import_module(module_name)
    task = RenderTask(
        clip=order.clip,
        out=str(order.output),
        still=str(Path(order.folder) / STILL_FILE),
        payload=order.payload,
        images=order.images,
        elements=order.elements,
        memory=str(Path(order.publish_still).parent) if order.publish_still else "",
    )
    finished = getattr(module, function)(
        task,
        on_progress=lambda done, total: report.update(
            force=0 < total <= done, frames_done=done, frames_total=total
        ),
        on_plan=lambda plan: report.update(plan=plan),
        on_still=report.still,
    )
    return RenderOutcome(getattr(finished, "plan", None), time.monotonic() - begun)
