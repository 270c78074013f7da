"""One preview render: decode, change every frame as the plan says, encode. Files in, file out.

Decoding and encoding run in threads of their own beside the effects: PyAV and OpenCV release the interpreter
lock while they work.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2

from modules.preview import fallbacks, malloc_tuning
from modules.preview.checks import ResultChecks
from modules.preview.effects.base import Effect
from modules.preview.errors import RenderError
from modules.preview.steps import Step, steps_of
from modules.preview.subject.detection import SubjectMask
from modules.preview.subject.look_memory import LookMemory, remembering
from modules.preview.subject.matte import Matte
from modules.preview.subject.memory_file import memory_file
from modules.preview.task import Payload, PlanJson, RenderReport, RenderTask
from modules.preview.video.arrays import Picture
from modules.preview.video.decode import LONGEST, Source, TimedPicture, open_source
from modules.preview.video.encode import Writer
from modules.preview.video.prefetch import prefetch

REPORT_SECONDS = 0.25
"""Between two progress reports."""


def render(
    task: RenderTask,
    on_progress: Callable[[int, int], None] | None = None,
    on_plan: Callable[[PlanJson], None] | None = None,
    on_still: Callable[[str], None] | None = None,
) -> RenderReport:
    """Render `task.clip` to `task.out` (H.264, yuv420p, BT.709, faststart), which appears whole or not at
    all.

    Calls `on_plan` once with the plan that is carried out, `on_still` once with the path of the first
    finished frame (a JPEG), and `on_progress(frames done, frames in all)` a few times a second. Raises
    `RenderError` when a file cannot be used.
    """
    malloc_tuning.keep()
    cv2.setNumThreads(max(1, min(2, os.cpu_count() or 1)))
    payload = task.payload
    source = open_source(
        task.clip,
        seconds=_seconds(payload),
        aspect_ratio=str(payload.get("aspect_ratio", "")),
        mode=str(payload.get("mode", "pro")),
    )
    looks = LookMemory(memory_file(task.memory, task.clip))
    with contextlib.closing(_Remembering(looks)) as seen, contextlib.closing(source.frames()) as frames:
        plan, matte, steps = steps_of(task, source)
        if payload.get("keep_audio") and source.audio_problem:
            plan = plan.fell_back(source.audio_problem)
        if on_plan:
            on_plan(plan.to_json())

        def shown(still: str) -> None:
            if on_still:
                on_still(still)
            seen.end()

        out = Path(task.out)
        draft = out.with_name(f".{out.name}.part.mp4")
        try:
            with contextlib.closing(ResultChecks(plan, source.frames_total)) as checks:
                work = _pictures(frames, matte, steps)
                done, seconds = _run(source, work, checks, draft, task, on_progress, shown)
                plan = checks.verdict(plan)
                if matte is not None and matte.cuts:
                    plan = plan.fell_back(fallbacks.CUTS.format(matte.cuts))
            os.replace(draft, out)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink()
    return RenderReport(plan.to_json(), done, seconds, source.width, source.height)


def _seconds(payload: Payload) -> int:
    try:
        return min(LONGEST, max(1, int(str(payload.get("duration", "5")))))
    except ValueError:
        raise RenderError(
            f"The duration {payload.get('duration')!r} is not a whole number of seconds. Nothing was "
            "billed. Choose 3 to 15 seconds.",
            field="duration",
        ) from None


@dataclass(frozen=True)
class _Work:
    """A frame on its way through the steps, and as it came in; `mask` once it is known where the subject
    is."""

    index: int
    timed: TimedPicture
    before: Picture
    mask: SubjectMask | None = None

    def segmented(self, matte: Matte) -> "_Work":
        return replace(self, mask=matte.segment(self.timed.picture, self.timed.seconds))

    def through(self, step: Step) -> "_Work":
        frame, seconds = self.timed.picture, self.timed.seconds
        if isinstance(step, Effect):
            picture = step(frame, self.index, seconds)
        else:
            picture = step(frame, self.index, seconds, self.mask)
        return replace(self, timed=replace(self.timed, picture=picture))


def _pictures(
    frames: Iterable[TimedPicture], matte: Matte | None, steps: list[Step]
) -> Generator[_Work, None, None]:
    """All frames with all steps done. Every step but the last runs in a thread of its own, a little ahead."""
    work: Iterable[_Work] = (_Work(index, timed, timed.picture) for index, timed in enumerate(frames))
    if matte is not None:
        work = prefetch(work, partial(_Work.segmented, matte=matte))
    for step in steps[:-1]:
        work = prefetch(work, partial(_Work.through, step=step))
    for item in work:
        yield item.through(steps[-1]) if steps else item


def _run(
    source: Source,
    work: Generator["_Work", None, None],
    checks: ResultChecks,
    draft: Path,
    task: RenderTask,
    on_progress: Callable[[int, int], None] | None,
    on_still: Callable[[str], None],
) -> tuple[int, float]:
    """Render all frames to `draft`. Returns (number of frames, length of the video in seconds)."""
    done, reported = 0, 0.0
    if on_progress:
        on_progress(0, source.frames_total)
    with (
        contextlib.closing(work) as pictures,
        Writer(source, draft, keep_audio=bool(task.payload.get("keep_audio"))) as writer,
    ):
        for item in pictures:
            timed = item.timed
            if done == 0:
                _write_still(timed.picture, task.still)
                on_still(task.still)
            writer.put(timed)
            checks.take(item.index, item.before, timed.picture, item.mask)
            done += 1
            now = time.monotonic()
            if on_progress and now - reported >= REPORT_SECONDS:
                reported = now
                on_progress(min(done, source.frames_total), max(done + 1, source.frames_total))
        if not done:
            raise RenderError(
                "The clip has no pictures that could be decoded. Nothing was billed. Try another clip.",
                field="video_url",
            )
    if on_progress:
        on_progress(done, done)
    return done, writer.seconds


class _Remembering:
    """Looks are remembered up to the first still; `end` lets a thread write down what the next edit of the
    clip may ask for, and `close` waits for it."""

    def __init__(self, memory: LookMemory) -> None:
        self._memory = memory
        self._context = contextlib.ExitStack()
        self._context.enter_context(remembering(memory))
        self._thread: threading.Thread | None = None

    def end(self) -> None:
        self._context.close()
        self._thread = threading.Thread(target=self._memory.keep, name="memory", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._context.close()
        if self._thread is not None:
            self._thread.join()
        self._memory.close()


def _write_still(picture: Picture, path: str) -> None:
    if path:
        draft = f"{path}.part.jpg"
        cv2.imwrite(draft, picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
        os.replace(draft, path)
