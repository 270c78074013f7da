"""One preview render: decode, change every frame as the plan says, encode. Files in, file out; the heavy work
is in the looks.

Decoding and encoding run in threads of their own beside the looks: PyAV and OpenCV let go of the interpreter
while they work.
"""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from modules.preview.errors import RenderError
from modules.preview.prompt.plan import Plan
from modules.preview.queue.order import RenderTask
from modules.preview.video.prefetch import ahead

if TYPE_CHECKING:
    from modules.preview.subject.detection import SubjectMask
    from modules.preview.video import video

PROGRESS_SECONDS = 0.25
"""Between two progress reports."""


@dataclass(frozen=True)
class RenderReport:
    """A finished render: `seconds` is the length of the video, `width` and `height` its size in pixels."""

    plan: dict
    frames: int
    seconds: float
    width: int
    height: int


def render(
    task: RenderTask,
    on_progress: Callable[[int, int], None] | None = None,
    on_plan: Callable[[dict], None] | None = None,
    on_still: Callable[[str], None] | None = None,
) -> RenderReport:
    """Render `task.clip` to `task.out` (H.264, yuv420p, BT.709, faststart), which appears whole or not at
    all.

    Calls `on_plan` once with the plan that is carried out, `on_still` once with the path of the first
    finished frame (a JPEG), and `on_progress(frames done, frames in all)` a few times a second. Raises
    `RenderError` when a file cannot be used.
    """
    import cv2

    from modules.preview import malloc_tuning
    from modules.preview.video import video

    malloc_tuning.keep()
    cv2.setNumThreads(max(1, min(2, os.cpu_count() or 1)))
    payload = task.payload
    source = video.open_source(
        task.clip,
        seconds=_seconds(payload),
        aspect_ratio=str(payload.get("aspect_ratio", "")),
        mode=str(payload.get("mode", "pro")),
    )
    with contextlib.closing(source.frames()) as frames:
        return _carried_out(task, source, frames, on_progress, on_plan, on_still)


def _carried_out(task: RenderTask, source, frames, on_progress, on_plan, on_still) -> RenderReport:
    plan, steps = _steps(task, source)
    payload = task.payload
    if payload.get("keep_audio") and source.sound_problem:
        plan = plan.fell_back(source.sound_problem)
    if on_plan:
        on_plan(plan.to_json())
    out = Path(task.out)
    draft = out.with_name(f".{out.name}.part.mp4")
    try:
        done, seconds = _run(source, frames, steps, draft, task, on_progress, on_still)
        os.replace(draft, out)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()
    return RenderReport(plan.to_json(), done, seconds, source.width, source.height)


def _seconds(payload: dict) -> int:
    try:
        return min(15, max(1, int(str(payload.get("duration", "5")))))
    except ValueError:
        raise RenderError(
            f"The duration {payload.get('duration')!r} is not a whole number of seconds. Nothing was billed. "
            "Choose 3 to 15 seconds.",
            field="duration",
        ) from None


@dataclass(frozen=True)
class _Passing:
    """A frame on its way through the steps."""

    index: int
    timed: "video.Timed"
    cut: "SubjectMask | None" = None

    def through(self, step: Callable) -> "_Passing":
        more = () if self.cut is None else (self.cut,)
        return _Passing(
            self.index,
            replace(self.timed, picture=step(self.timed.picture, self.index, self.timed.seconds, *more)),
        )


def _pictures(frames, steps) -> Iterator["video.Timed"]:
    """All frames with all steps done. Every step but the last runs in a thread of its own, a little ahead."""
    passing: Iterator[_Passing] = (_Passing(index, timed) for index, timed in enumerate(frames))
    for step in steps:
        if hasattr(step, "look"):
            passing = ahead(passing, lambda it, look=step.look: replace(it, cut=look(it.timed.picture)))
        if step is steps[-1]:
            passing = map(lambda it, step=step: it.through(step), passing)
        else:
            passing = ahead(passing, lambda it, step=step: it.through(step))
    return (it.timed for it in passing)


def _run(source, frames, steps, draft, task, on_progress, on_still) -> tuple[int, float]:
    import cv2

    from modules.preview.video import video

    done, reported = 0, 0.0
    if on_progress:
        on_progress(0, source.frames_total)
    with (
        contextlib.closing(_pictures(frames, steps)) as pictures,
        video.Writer(source, draft, keep_audio=bool(task.payload.get("keep_audio"))) as writer,
    ):
        for timed in pictures:
            if done == 0:
                _write_still(cv2, timed.picture, task.still)
                if on_still:
                    on_still(task.still)
            writer.put(timed)
            done += 1
            now = time.monotonic()
            if on_progress and now - reported >= PROGRESS_SECONDS:
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


def _write_still(cv2, picture, path: str) -> None:
    if not path:
        return
    draft = f"{path}.part.jpg"
    cv2.imwrite(draft, picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    os.replace(draft, path)


def _steps(task: RenderTask, source) -> tuple[Plan, list]:
    """The plan of a task and the effects that carry it out, in order."""
    from modules.preview.effects.base import Effect
    from modules.preview.effects.looks import LOOKS
    from modules.preview.effects.weather import WEATHER

    plan = _direct(task)
    size = (source.width, source.height, source.fps)
    steps: list = []
    if plan.background or plan.subject:
        from modules.preview.scene import Scene

        steps.append(
            Scene(
                plan,
                images=task.images,
                elements=task.elements,
                width=source.width,
                height=source.height,
                fps=source.fps,
            )
        )
    samples = source.samples(whole=bool(steps))
    if steps:
        plan = steps[0].prepare(samples)
    drawn = {"rain"} if "storm" in plan.weather else set()
    for look in plan.looks:
        effect: Effect | None = None
        if look.image is not None and 0 < look.image <= len(task.images):
            from modules.preview.effects.neural import PictureStyle

            effect = PictureStyle(*size, strength=look.strength, picture=task.images[look.image - 1])
        elif look.name in LOOKS:
            effect = LOOKS[look.name][1](*size, strength=look.strength)
        if effect is None:
            plan = plan.fell_back(
                f"The look {look.title or look.name} is not among this engine's, so it was left out."
            )
            continue
        if (effect.weather and effect.weather in drawn) or _unwanted(plan, effect.weather):
            effect.weather_on = False
        elif effect.weather:
            drawn.add(effect.weather)
        steps.append(effect)
    shares = plan.extra.get("weather_strength", {})
    steps += [
        WEATHER[name][1](*size, strength=float(shares.get(name, 1.0)))
        for name in plan.weather
        if name in WEATHER and name not in drawn
    ]
    # Each effect prepares on what it will be given. That is made from the first frame only: the steps before
    # carry things over in time, and to them the first frame is simply shown twice.
    for step, following in zip_longest(steps, steps[1:]):
        if isinstance(step, Effect):
            step.prepare(samples)
            if hasattr(step, "sky") and plan.background is not None and plan.background.kind != "blur":
                step.sky.leave()
        if isinstance(following, Effect):
            samples = [step(samples[0], 0, 0.0)]
    return plan, steps


def _unwanted(plan: Plan, weather: str | None) -> bool:
    """Whether the prompt refuses a weather that a look would bring by itself ("cyberpunk, no rain")."""
    return weather is not None and weather in plan.extra.get("refused", ())


def _direct(task: RenderTask) -> Plan:
    from modules.preview.prompt.direction import direct

    return direct(str(task.payload.get("prompt", "")), images=len(task.images), elements=len(task.elements))
