"""What must be done to a clip so that the model accepts it, decided from its facts alone. Pure arithmetic."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any

from modules.edit.framing import Framing
from modules.edit.nearest import longest_duration, nearest_ratio
from modules.edit.request import AUTO_RATIO
from modules.media.fit.enlarging import ENLARGED
from modules.media.read.clip import ClipFacts
from modules.media.read.requirements import (
    MAX_CLIP_BYTES,
    MAX_FPS,
    MAX_SIDE,
    MIN_FPS,
    MIN_SECONDS,
    MIN_SIDE,
    RATIO_SLACK,
    RATIOS,
    SECONDS_SLACK,
    SHORT_SLACK,
    fits_fps,
    fits_side,
)
from modules.media.read.transparency import GROUND

CropBox = tuple[int, int, int, int]
LATE = 0.1
"""Seconds; a clip that begins this much before its first whole picture is worth a word."""
STANDARD_RATES = (24.0, 25.0, 30.0)


@dataclass(frozen=True)
class ConformPlan:
    """What conforming does.

    `needed`: False means the clip can be sent as it is. `start`: seconds into the source. `seconds`:
    length of the output. `crop`: (x, y, width, height) in shown source pixels, centred; conforming moves
    it to follow the subject. `fit`: as the visitor chose it. `width`, `height`: output pixels, even.
    `fps`: of the output, constant.
    `speed`: source seconds for one output second (under 1 is slowed). `loops`: how often the source is
    played, `loop_seconds` each time. `pad`: blurred edges fill the frame. `tone_map`: HDR becomes BT.709.
    `fields`: the field order of an interlaced clip, which is deinterlaced.
    `changes`: one sentence for each thing done. `notes`: what else the visitor should know. `problem`: why
    the clip cannot be sent yet, or None.
    """

    needed: bool
    start: float
    seconds: float
    crop: CropBox
    width: int
    height: int
    fps: float
    speed: float = 1.0
    loops: int = 1
    loop_seconds: float = 0.0
    pad: bool = False
    tone_map: bool = False
    fit: str = "crop"
    fields: str = ""
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @property
    def source_seconds(self) -> float:
        """How much of the source is played, once."""
        return self.loop_seconds if self.loops > 1 else self.seconds * self.speed


@dataclass(frozen=True)
class _Timing:
    start: float
    seconds: float
    speed: float = 1.0
    loops: int = 1
    changes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problem: str | None = None


def plan_conform(
    facts: ClipFacts,
    request_seconds: int,
    aspect_ratio: str,
    framing: Framing,
    *,
    longest_side: int = MAX_SIDE,
) -> ConformPlan:
    """The plan that fits the clip to `request_seconds` and `aspect_ratio`, changing as little as possible.

    Whole seconds are asked and paid for, and never more than the clip has, so a clip is cut to the last
    whole second that it fills. AUTO_RATIO stands for the ratio nearest to the clip as it is shown.
    `longest_side`: of the output, in px, where the model's shortest allows it.
    """
    timing = _timing(facts, float(request_seconds), framing)
    crop, width, height, shape_changes = _shape(facts, aspect_ratio, framing.fit, longest_side)
    fps, rate_changes = _rate(facts)
    coding = _coding_changes(facts)
    changes = timing.changes + shape_changes + rate_changes + coding
    return ConformPlan(
        needed=bool(changes),  # sound alone changes no picture
        start=timing.start,
        seconds=timing.seconds,
        crop=crop,
        width=width,
        height=height,
        fps=fps,
        speed=timing.speed,
        loops=timing.loops,
        loop_seconds=facts.seconds if timing.loops > 1 else 0.0,
        pad=framing.fit == "pad" and bool(shape_changes),
        tone_map=facts.hdr,
        fit=framing.fit,
        fields=facts.fields,
        changes=changes + _sound_changes(facts),
        notes=timing.notes + _notes(facts),
        problem=timing.problem,
    )


def _timing(facts: ClipFacts, chosen: float, framing: Framing) -> _Timing:
    have = facts.seconds
    if have < MIN_SECONDS - SHORT_SLACK:
        return _short_timing(have, chosen, framing.short)
    asked = min(chosen, float(longest_duration(have)))
    notes: tuple[str, ...] = ()
    if asked < chosen:
        notes = (f"The clip is {have:.1f} s long, so the model gets {asked:g} s, not {chosen:g} s.",)
    if have <= asked + SECONDS_SLACK:
        if framing.start > 0.05:
            notes += ("All of the clip is used, so the chosen start does not apply.",)
        return _Timing(0.0, have, notes=notes)
    start = min(max(0.0, framing.start), have - asked)
    if framing.start > start + 0.05:
        notes += (
            f"The start was moved from {framing.start:.1f} s to {start:.1f} s so that {asked:g} s remain.",
        )
    place = f"first {asked:g} s" if start < 0.05 else f"{asked:g} s from {start:.1f} s"
    return _Timing(round(start, 3), asked, changes=(f"{have:.1f} s -> {place}",), notes=notes)


def _short_timing(have: float, asked: float, short: str) -> _Timing:
    if have <= 0.0:
        return _Timing(0.0, 0.0, problem="Nothing of this clip can be read. Choose another file.")
    if short == "slow":
        return _Timing(
            0.0,
            MIN_SECONDS,
            speed=have / MIN_SECONDS,
            changes=(f"{have:.1f} s -> {MIN_SECONDS:g} s, slowed to {have / MIN_SECONDS:.0%} of its speed",),
            notes=_shorter_note(MIN_SECONDS, asked),
        )
    if short == "loop":
        return _Timing(
            0.0, asked, loops=ceil(asked / have - 1e-6), changes=(f"{have:.1f} s -> {asked:g} s, looped",)
        )
    return _Timing(
        0.0,
        have,
        problem=f"The clip is {have:.1f} s long and the model needs {MIN_SECONDS:g} s or more. "
        "Slow it down, loop it, or choose a longer clip.",
    )


def _shorter_note(seconds: float, asked: float) -> tuple[str, ...]:
    if seconds >= asked - SECONDS_SLACK:
        return ()
    return (f"The model gets {seconds:g} s, not {asked:g} s.",)


def _shape(
    facts: ClipFacts, aspect_ratio: str, fit: str, longest_side: int
) -> tuple[CropBox, int, int, tuple[str, ...]]:
    """Crop, output size and what is said about them."""
    shown_w, shown_h = facts.width, facts.height
    if aspect_ratio == AUTO_RATIO:
        aspect_ratio = nearest_ratio(shown_w, shown_h)
    elif aspect_ratio not in RATIOS:
        aspect_ratio = "16:9"
    ratio = shown_w / shown_h if fit == "leave" else RATIOS[aspect_ratio]
    # Sides of 720 and 2160 are 3:1; nothing longer can have both.
    bounded = min(max(ratio, MIN_SIDE / MAX_SIDE), MAX_SIDE / MIN_SIDE)
    differs = abs(shown_w / shown_h / bounded - 1) > RATIO_SLACK
    sides_fit = fits_side(shown_w) and fits_side(shown_h) and shown_w % 2 == 0 and shown_h % 2 == 0
    smaller = max(_bounded_size((shown_w, shown_h), bounded, longest_side)) < max(shown_w, shown_h)
    if not differs and sides_fit and not smaller:
        return (0, 0, shown_w, shown_h), shown_w, shown_h, ()

    changes: list[str] = []
    wide = shown_w / shown_h > bounded
    if fit == "pad" and differs:
        crop = (0, 0, shown_w, shown_h)
        canvas = (shown_w, shown_w / bounded) if wide else (shown_h * bounded, shown_h)
        where = "above and below" if wide else "left and right"
        changes.append(f"blurred edges {where} make it {aspect_ratio}")
    else:
        crop_w = min(shown_w, round(shown_h * bounded)) if wide else shown_w
        crop_h = shown_h if wide else min(shown_h, round(shown_w / bounded))
        crop = ((shown_w - crop_w) // 2, (shown_h - crop_h) // 2, max(1, crop_w), max(1, crop_h))
        canvas = (crop[2], crop[3])
        if differs and fit == "leave":
            changes.append("cropped to 3:1, the longest shape the model takes")
        elif differs:
            changes.append(f"cropped to {aspect_ratio}, keeping the subject")
    width, height = _bounded_size(canvas, bounded, longest_side)
    change = f"{shown_w}x{shown_h} -> {width}x{height}"
    if width > canvas[0] * 1.005:
        change += f", enlarged {width / canvas[0]:.2g} times because the model needs {MIN_SIDE} px"
        change += ", and mildly sharpened" if width > canvas[0] * ENLARGED else ""
    changes.insert(0, change)
    return crop, width, height, tuple(changes)


def _bounded_size(canvas: tuple[float, float], ratio: float, longest_side: int) -> tuple[int, int]:
    """The nearest even size of `ratio` whose sides both lie in 720..2160, none over `longest_side` for which
    that leaves room."""
    long_to_short = max(ratio, 1 / ratio)
    long = min(max(min(max(canvas), longest_side), MIN_SIDE * long_to_short), MAX_SIDE)
    long_side = min(_even(long), MAX_SIDE)
    short_side = min(max(_even(long / long_to_short), MIN_SIDE), MAX_SIDE)
    return (long_side, short_side) if ratio >= 1 else (short_side, long_side)


def _even(value: float) -> int:
    return int(value / 2 + 0.5) * 2


def _rate(facts: ClipFacts) -> tuple[float, tuple[str, ...]]:
    fps = facts.fps
    if facts.variable_fps:
        chosen = next((rate for rate in STANDARD_RATES if rate >= fps - 0.5), MAX_FPS)
        return chosen, (f"uneven frame spacing (about {fps:.3g} fps) -> {chosen:g} fps, timing kept",)
    if fits_fps(fps):
        return min(max(fps, MIN_FPS), MAX_FPS), ()
    if fps < MIN_FPS:
        # 23.976 becomes 24; 8 becomes 24, each frame shown three times: motion keeps its pace.
        chosen = MIN_FPS if fps > 20 else min(fps * ceil(MIN_FPS / fps - 1e-3), MAX_FPS)
        chosen = chosen if fits_fps(chosen) else MIN_FPS
        how = "frames repeated, pace kept" if fps < 23 else "pace kept"
        return round(chosen, 3), (f"{fps:g} -> {chosen:g} fps, {how}",)
    # Every second frame, or every third: 60 -> 30, 50 -> 25; 60.1 is a rounded 60.
    chosen = fps / ceil(fps / MAX_FPS - 0.01)
    if chosen < MIN_FPS:
        # 47.95 is twice the 23.976 of films; between 30 and that no share is left that the model takes.
        chosen = MIN_FPS if chosen > MIN_FPS - 0.1 else MAX_FPS
    chosen = min(chosen, MAX_FPS)
    return round(chosen, 3), (f"{fps:g} -> {chosen:.5g} fps",)


def _coding_changes(facts: ClipFacts) -> tuple[str, ...]:
    changes = []
    if facts.fields:
        changes.append("interlaced -> whole pictures (deinterlaced)")
    if facts.pixels != 1.0:
        changes.append(f"pixels {_shape_of(facts.pixels)} -> square")
    if facts.alpha:
        changes.append(f"what is transparent -> {GROUND}")
    if facts.late >= LATE:
        changes.append(f"begins at its first whole picture, {facts.late:.1f} s later")
    if facts.rotation or facts.mirrored:
        changes.append("turned upright" if facts.rotation else "mirrored as players show it")
    if facts.hdr:
        changes.append("HDR -> ordinary brightness (BT.709)")
    if facts.video_codec != "h264":
        changes.append(f"{facts.video_codec} -> H.264")
    elif facts.pix_fmt not in ("yuv420p", "yuvj420p") and not facts.hdr:
        changes.append(f"{facts.pix_fmt} -> yuv420p")
    if facts.container not in ("mp4", "mov"):
        changes.append(f"{facts.container} -> mp4")
    if facts.size_bytes > MAX_CLIP_BYTES:
        changes.append(f"{facts.size_bytes / 2**20:.0f} MB -> under 200 MB")
    if facts.broken:
        changes.append("the readable part is written anew")
    return tuple(changes)


def _shape_of(pixels: float) -> str:
    """The shape of a pixel as a ratio, as in the manuals of cameras: 4:3, 16:15."""
    ratio = Fraction(pixels).limit_denominator(120)
    return f"{ratio.numerator}:{ratio.denominator}"


def _sound_changes(facts: ClipFacts) -> tuple[str, ...]:
    if facts.sound_note is None:
        return ()
    return ("with its first sound track that can be decoded" if facts.audio_codec else "without its sound",)


def _notes(facts: ClipFacts) -> tuple[str, ...]:
    return tuple(note for note in (facts.broken, facts.sound_note) if note)
