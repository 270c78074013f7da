"""Begins with the looks that the search for a subject is going to ask for, while later samples are still
decoded: their answers are then in the memory."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

from modules.preview.prompt.plan import Who
from modules.preview.subject.detection import Detection
from modules.preview.subject.finder import SubjectFinder
from modules.preview.subject.networks import Segmentation, salience
from modules.preview.subject.pose_network import Region, glance
from modules.preview.subject.pose_tracker import SCAN_SIDES, PoseTracker
from modules.preview.subject.salient import looked_at
from modules.preview.video.arrays import Picture


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
        self._wanted = looked_at(expected)
        self._taken = 0
        self._pool = pool or ThreadPoolExecutor(2, thread_name_prefix="early")

    def __enter__(self) -> "EarlyLooks":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def take(self, sample: Picture) -> None:
        number, self._taken = self._taken, self._taken + 1
        if self._who.kind == "thing":
            if number in self._wanted:
                self._pool.submit(salience, sample)
        elif number == 0:
            self._scan(sample)

    def _scan(self, sample: Picture) -> None:
        """Everywhere, as for people of any size. Somebody who fills the picture is seen in the whole of it,
        and then only looked for everywhere when people are tracked."""
        seen: Future[Detection | None] | None = None
        if not self._tracked:
            seen = self._pool.submit(SubjectFinder(*self._size, Segmentation()).in_whole, sample)
        grid = PoseTracker(*self._size)
        for side in SCAN_SIDES:
            for region in grid.grid(side):
                self._pool.submit(_glance_unless, seen, sample, region)


def _glance_unless(seen: "Future[Detection | None] | None", sample: Picture, region: Region) -> None:
    if seen is None or seen.result() is None:
        glance(sample, region)
