"""One preview render: decode, change every frame as the plan says, encode. Files in, file out.

Decoding and encoding run in threads of their own beside the effects: PyAV and OpenCV release the interpreter
lock while they work.
"""

import contextlib
import os
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from pathlib import Path

import cv2

from modules.preview import malloc_tuning
from modules.preview.effects.base import Effect
from modules.preview.effects.looks import LOOKS
from modules.preview.effects.neural import PictureStyle
from modules.preview.effects.weather import WEATHER
from modules.preview.errors import RenderError
from modules.preview.prompt.direction import direct
from modules.preview.prompt.plan import Plan
from modules.preview.scene import Scene
from modules.preview.subject.detection import SubjectMask
from modules.preview.task import Payload, PlanJson, RenderReport, RenderTask
from modules.preview.video.arrays import Picture
from modules.preview.video.decode import Source, TimedPicture, open_source
from modules.preview.video.encode import Writer
from modules.preview.video.prefetch import prefetch

REPORT_SECONDS = 0.25
"""Between two progress reports."""

Step = Scene | Effect


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
    with contextlib.closing(source.frames()) as frames:
        plan, steps = steps_of(task, source)
        if payload.get("keep_audio") and source.audio_problem:
            plan = plan.fell_back(source.audio_problem)
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


def _seconds(payload: Payload) -> int:
    try:
        return min(15, max(1, int(str(payload.get("duration", "5")))))
    except ValueError:
        raise RenderError(
            f"The duration {payload.get('duration')!r} is not a whole number of seconds. Nothing was "
            "billed. Choose 3 to 15 seconds.",
            field="duration",
        ) from None


@dataclass(frozen=True)
class _Work:
    """A frame on its way through the steps; `mask` once it is known where the subject is."""

    index: int
    timed: TimedPicture
    mask: SubjectMask | None = None

    def segmented(self, scene: Scene) -> "_Work":
        return replace(self, mask=scene.segment(self.timed.picture))

    def through(self, step: Step) -> "_Work":
        subject = () if self.mask is None else (self.mask,)
        picture = step(self.timed.picture, self.index, self.timed.seconds, *subject)
        return _Work(self.index, replace(self.timed, picture=picture))


def _pictures(frames: Iterable[TimedPicture], steps: list[Step]) -> Generator[TimedPicture, None, None]:
    """All frames with all steps done. Every step but the last runs in a thread of its own, a little ahead."""
    work: Iterable[_Work] = (_Work(index, timed) for index, timed in enumerate(frames))
    for step in steps:
        if isinstance(step, Scene):
            work = prefetch(work, partial(_Work.segmented, scene=step))
        if step is not steps[-1]:
            work = prefetch(work, partial(_Work.through, step=step))
    for item in work:
        yield item.through(steps[-1]).timed if steps else item.timed


def _run(
    source: Source,
    frames: Iterable[TimedPicture],
    steps: list[Step],
    draft: Path,
    task: RenderTask,
    on_progress: Callable[[int, int], None] | None,
    on_still: Callable[[str], None] | None,
) -> tuple[int, float]:
    """Render all frames to `draft`. Returns (number of frames, length of the video in seconds)."""
    done, reported = 0, 0.0
    if on_progress:
        on_progress(0, source.frames_total)
    with (
        contextlib.closing(_pictures(frames, steps)) as pictures,
        Writer(source, draft, keep_audio=bool(task.payload.get("keep_audio"))) as writer,
    ):
        for timed in pictures:
            if done == 0:
                _write_still(timed.picture, task.still)
                if on_still:
                    on_still(task.still)
            writer.put(timed)
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


def _write_still(picture: Picture, path: str) -> None:
    if path:
        draft = f"{path}.part.jpg"
        cv2.imwrite(draft, picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
        os.replace(draft, path)


def steps_of(task: RenderTask, source: Source) -> tuple[Plan, list[Step]]:
    """The plan of a task, with its fallbacks, and the prepared steps that carry it out, in order."""
    prompt = str(task.payload.get("prompt", ""))
    plan = direct(prompt, images=len(task.images), elements=len(task.elements))
    size = (source.width, source.height, source.fps)
    steps: list[Step] = []
    if plan.background or plan.subject:
        scene = Scene(plan, *size, images=task.images, elements=task.elements)
        samples = source.samples(whole=True)
        plan = scene.prepare(samples)
        steps.append(scene)
    else:
        samples = source.samples()
    drawn = {"rain"} if "storm" in plan.weather else set()
    for look in plan.looks:
        effect: Effect
        if look.image is not None and 0 < look.image <= len(task.images):
            effect = PictureStyle(*size, strength=look.strength, picture=task.images[look.image - 1])
        elif look.name in LOOKS:
            effect = LOOKS[look.name][1](*size, strength=look.strength)
        else:
            name = look.title or look.name
            plan = plan.fell_back(f"The look {name} is not among this engine's, so it was left out.")
            continue
        # A weather is drawn once, and not where the prompt refuses it ("cyberpunk, no rain").
        if effect.weather and (effect.weather in drawn or effect.weather in plan.extra.get("refused", ())):
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
            if (
                hasattr(step, "sky")
                and plan.background is not None
                and plan.background.kind not in ("blur", "ground")
            ):
                step.sky.leave()
        if isinstance(following, Effect):
            samples = [step(samples[0], 0, 0.0)]
    return plan, steps
