"""What a plan promised, measured on the frames that came out: whoever was taken out is looked for again,
and what was to change must have changed, where it was to.

A few frames of a render are looked at beside it, in a thread. `verdict` puts what was measured into the
plan: no result says more than was seen.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from modules.preview.prompt.plan import Plan
from modules.preview.subject.detection import LIKELY, Box, SubjectMask
from modules.preview.subject.networks import salience
from modules.preview.subject.pose_network import Region, glance, look, settled
from modules.preview.video.arrays import Mask, Picture
from modules.preview.video.scaling import Reduction

log = logging.getLogger("preview.checks")
FRAMES = 20
"""Looked at in a render, evenly spread."""
GONE = 0.95
"""Of them, in how many somebody who was taken out may not be found any more."""
MOVED = 2.0
"""Mean change, in levels of 255, by which a look or a new place must have moved its part of the picture."""
KEPT = 0.6
"""Correlation of the light of a subject before and after its background was replaced."""
_LONG_SIDE = 320
_GHOST, _SAME_GHOST = 0.8, 0.25  # pose score of a ghost, and the share of the mask that it fills
_MOST_PARTS = 4  # people looked for again in one frame
_SAME = 0.35  # of a mask: what is found there again is the same thing


_LOST = (
    "In {} % of the frames whoever was to be taken out could not be followed, and may still be seen there."
)


@dataclass(frozen=True)
class Measured:
    """One frame: whether the removed subject was `found` again (None: not asked) or is `lost` in the clip
    itself, by how many levels the part that was to change `moved`, and how the subject's light `kept`."""

    found: bool | None = None
    lost: bool = False
    moved: float | None = None
    kept: float | None = None


class ResultChecks:
    """`take` every frame with what became of it, then ask for the `verdict`."""

    def __init__(self, plan: Plan, frames: int) -> None:
        self._plan, self._every = plan, max(1, frames // FRAMES)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="checks")
        self._coming: list[Future[Measured]] = []
        removes = plan.subject is not None and plan.subject.kind == "remove" and plan.background is None
        self._measure: Callable[[Picture, Picture, SubjectMask | None], Measured] = (
            self._removed if removes else self._changed
        )

    def take(self, index: int, before: Picture, after: Picture, mask: SubjectMask | None) -> None:
        if index % self._every == 0 and self._asks:
            self._coming.append(self._pool.submit(self._measured, before, after, mask))

    def _measured(self, before: Picture, after: Picture, mask: SubjectMask | None) -> Measured:
        try:
            return self._measure(before, after, mask)
        except Exception:  # a video that is made is not lost to a measurement that fails
            log.exception("A check of a finished frame failed")
            return Measured()

    @property
    def _asks(self) -> bool:
        plan = self._plan
        return bool(plan.looks or plan.background or plan.weather or plan.subject)

    def _removed(self, before: Picture, after: Picture, mask: SubjectMask | None) -> Measured:
        if mask is None or mask.box is None:
            return Measured()
        here = mask.alpha > 128
        if mask.lost or not here.any():  # not followed here: is it still to be seen about there?
            seen = settled(after, glance(after, Region.around(mask.box, 1.8)))
            return Measured(found=True) if seen is not None else Measured(lost=True)
        people = [(part, region) for part, region in _parts(here) if settled(before, glance(before, region))]
        if people:
            return Measured(found=any(_is_seen(after, part, region) for part, region in people))
        x, y, w, h = _window(mask, after.shape[1], after.shape[0])
        part = np.s_[y : y + h, x : x + w]
        there = cv2.resize(salience(np.ascontiguousarray(after[part])), (w, h)) > LIKELY
        return Measured(found=_covers(there, here[part]))

    def _changed(self, before: Picture, after: Picture, mask: SubjectMask | None) -> Measured:
        reduce = Reduction.of(before, _LONG_SIDE)
        old, new = reduce(before), reduce(after)
        apart = cv2.absdiff(old, new).mean(2)
        back = self._plan.background
        if mask is None:
            return Measured(moved=float(apart.mean()))
        alpha = reduce(mask.alpha)
        inside = cv2.erode((alpha > 245).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        outside = alpha < 8
        part = self._part(inside, outside)
        small = self._plan.subject is not None or (self._plan.weather and not self._plan.looks)
        if small and back is None:  # a figure, fireflies: where the most changed
            part = apart >= np.quantile(apart, 0.99)
        moved = float(apart[part].mean()) if part.any() else None
        kept = None
        swaps = back is not None and back.kind in ("image", "scene", "plain")
        if swaps and self._plan.subject is None and not self._plan.looks and inside.sum() > 200:
            grey = [cv2.cvtColor(one, cv2.COLOR_BGR2GRAY)[inside].astype(np.float32) for one in (old, new)]
            if min(one.std() for one in grey) > 2:
                kept = float(np.corrcoef(*grey)[0, 1])
        return Measured(moved=moved, kept=kept)

    def _part(self, inside: Mask, outside: Mask) -> Mask:
        parts = {look.part for look in self._plan.looks}
        if self._plan.background is not None or parts == {"background"}:
            return outside
        return inside if parts == {"subject"} else np.ones_like(inside)

    def verdict(self, plan: Plan) -> Plan:
        """The plan with what was measured. Waits for what is still looked at."""
        self._pool.shutdown(wait=True)
        seen = [one.result() for one in self._coming]
        found = [one.found for one in seen if one.found is not None]
        if found:
            plan = _of_removal(plan, len(found) - sum(found), len(found))
            lost = sum(one.lost for one in seen) / len(seen)
            if lost > 1 - GONE:
                plan = plan.fell_back(_LOST.format(round(100 * lost)))
        kept = [one.kept for one in seen if one.kept is not None]
        if kept and float(np.median(kept)) < KEPT:
            plan = plan.fell_back("Measured on the result: the subject did not keep its light as it should.")
        moved = [one.moved for one in seen if one.moved is not None]
        if moved and float(np.median(moved)) < MOVED:
            plan = plan.fell_back(
                "Measured on the result: it can hardly be told from the clip, so little of this was done."
            )
        return plan

    def close(self) -> None:
        """Ends the thread; what was not looked at yet is left."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _of_removal(plan: Plan, gone: int, looked: int) -> Plan:
    share = gone / looked
    if share >= GONE:
        return plan.says(
            f"Looked for again in {looked} frames of the result: no longer found in {gone} of them."
        )
    percent = round(100 * (1 - share))
    summary = "Subject only partly taken out." if share > 0.5 else "Subject could not be taken out."
    sentence = f"Measured on the result: what was taken out is still seen in {percent} % of the frames."
    return replace(plan.fell_back(sentence), summary=summary)


def _whole(picture: Picture) -> tuple[tuple[int, int], int, int]:
    height, width = picture.shape[:2]
    return (width, height), width, height


def _covers(found: Mask, here: Mask, share: float = _SAME) -> bool:
    return float((found & here).sum()) > share * float(here.sum())


def _parts(here: Mask) -> list[tuple[Mask, Region]]:
    """The larger pieces of a mask, each with the region to look at for it."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(here.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    large = [at for at in range(1, count) if areas[at] > 0.2 * areas[1:].max()]
    large = sorted(large, key=lambda at: -areas[at])[:_MOST_PARTS]
    return [(labels == at, Region.around(Box(*(float(side) for side in stats[at][:4])))) for at in large]


def _is_seen(after: Picture, here: Mask, region: Region) -> bool:
    """Whether a person, or a ghost of one, is still in the place: no crisp sight of them is needed."""
    seen = look(after, region)
    if seen.score >= _GHOST:
        return _covers(seen.placed(*_whole(after)) > LIKELY, here, _SAME_GHOST)
    sure = settled(after, seen)
    return sure is not None and _covers(sure.placed(*_whole(after)) > LIKELY, here)


def _window(mask: SubjectMask, width: int, height: int) -> tuple[int, int, int, int]:
    """Round the subject, half as large again."""
    assert mask.box is not None
    (cx, cy), w, h = mask.box.centre, 1.5 * mask.box.w, 1.5 * mask.box.h
    left, top = int(np.clip(cx - w / 2, 0, width - 2)), int(np.clip(cy - h / 2, 0, height - 2))
    right, bottom = int(np.clip(cx + w / 2, left + 2, width)), int(np.clip(cy + h / 2, top + 2, height))
    return left, top, right - left, bottom - top
