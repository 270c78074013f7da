"""Begins with the looks that the search for a subject is going to ask for, while later samples are still
decoded: their answers are then in the memory."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, Literal

from modules.preview.prompt.plan import Who
from modules.preview.subject.detection import LIKELY, NET_SIDE, agreement
from modules.preview.subject.finder import SubjectFinder
from modules.preview.subject.matte import AGREE
from modules.preview.subject.networks import Segmentation, salience
from modules.preview.subject.pose_network import glance
from modules.preview.subject.pose_tracker import SCAN_SIDES, PoseTracker
from modules.preview.subject.salient import looked_at
from modules.preview.video.arrays import Picture
from modules.preview.video.scaling import area_resize

Told = Literal["nobody", "person", "thing"]
"""Whom a first sample shows: nobody who fills it, a person, or something else."""


class EarlyLooks:
    """Takes every sample in order as it is decoded; leaving the context drops what has not begun."""

    def __init__(
        self,
        who: Who,
        width: int,
        height: int,
        *,
        tracked: bool,
        expected: int = 8,
        pool: Executor | None = None,
    ) -> None:
        """`tracked`: people are looked for first, each with a track over the samples."""
        self._who, self._size, self._tracked = who, (width, height), tracked
        self._wanted, self._taken = looked_at(expected), 0
        self._network = Segmentation()
        self._told: Future[Told] | None = None
        self._pool = pool or ThreadPoolExecutor(2, thread_name_prefix="early")

    def __enter__(self) -> "EarlyLooks":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def take(self, sample: Picture) -> None:
        number, self._taken = self._taken, self._taken + 1
        if self._who.kind == "thing":
            self._told = self._told or self._pool.submit(_a_thing)
        elif number == 0:
            self._told = self._pool.submit(self._tell, sample)
            self._scan(sample)
        if number in self._wanted and self._told is not None and not self._tracked:
            self._pool.submit(_if, self._told, "thing", salience, sample)

    def _tell(self, sample: Picture) -> Told:
        """What the first sample shows, as far as `Matte` will see it alike."""
        found = None if self._tracked else SubjectFinder(*self._size, self._network).in_whole(sample)
        if found is None:
            return "nobody"
        poses = PoseTracker(*self._size, most=1)
        if not poses.find_at(sample, [found.box.sides]):
            return "thing"
        size = (NET_SIDE, NET_SIDE)
        pose = poses.people[0].seen.placed(size, *self._size) > LIKELY
        selfie = self._network.square(area_resize(sample, size)) > LIKELY
        return "person" if agreement(pose, selfie) > AGREE else "thing"

    def _scan(self, sample: Picture) -> None:
        """Everywhere, as for people of any size."""
        assert self._told is not None
        grid = PoseTracker(*self._size)
        for side in SCAN_SIDES:
            for region in grid.grid(side):
                self._pool.submit(_if, self._told, "nobody", glance, sample, region)


def _a_thing() -> Told:
    return "thing"


def _if(told: "Future[Told]", wanted: Told, work: Callable[..., object], *values: Any) -> None:
    if told.result() == wanted:
        work(*values)
