"""All people in the samples of a clip, each as a track with its places, size, travel and clothes, so that
words can choose between them."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.subject.detection import Box
from modules.preview.subject.pose_network import SURE, Region, Seen, glance, look, settled_each
from modules.preview.subject.pose_tracker import SCAN_SIDES, PoseTracker
from modules.preview.video.arrays import Picture, square
from modules.preview.video.scaling import Reduction

MOST_TRACKS = 6
_BLOB_SIDE = 320  # long side of the copies in which movers are found
_PATIENCE = 3  # samples for which somebody who is not found is looked for where they were
_BLOBS = 3  # looked at in each sample
_UNSURE = 0.34  # true people stay under 0.29 over a clip; 0.37 was a lit window front
_BINS = 12  # of hue, for clothes


@dataclass
class PersonTrack:
    """One person over the samples: `sightings` by the sample's number, `seconds` of each sample, and the
    frame's size in pixels."""

    width: int
    height: int
    seconds: Sequence[float]
    sightings: dict[int, Seen] = field(default_factory=dict)
    colours: list[NDArray[np.float32]] = field(default_factory=list)
    """For each sighting a picture of what is inside the mask: n x 3, BGR."""

    @property
    def boxes(self) -> list[Box]:
        return [self.sightings[k].box for k in sorted(self.sightings)]

    @property
    def share(self) -> float:
        """Of the samples, in how many this person is seen."""
        return len(self.sightings) / max(1, len(self.seconds))

    @property
    def size(self) -> float:
        """The usual height in pixels."""
        return float(np.median([box.h for box in self.boxes]))

    @property
    def centre(self) -> tuple[float, float]:
        """The usual place: shares of the width and the height."""
        x, y = np.median([box.centre for box in self.boxes], 0)
        return float(x) / self.width, float(y) / self.height

    @property
    def travel(self) -> tuple[float, float]:
        """(sideways from first to last sighting in shares of the width, all of the way in body heights a
        second)."""
        order = sorted(self.sightings)
        centres = [self.sightings[k].box.centre for k in order]
        across = (centres[-1][0] - centres[0][0]) / self.width
        length = sum(abs(b[0] - a[0]) for a, b in pairwise(centres))
        took = self.seconds[order[-1]] - self.seconds[order[0]]
        return across, length / max(1.0, self.size) / took if took > 0 else 0.0

    def expected(self, k: int) -> list[Region]:
        """Where to look in sample `k`, by the sightings before it: where it would be if it went on, where it
        was, and on both sides."""
        order = sorted(self.sightings)
        last = self.sightings[order[-1]].next
        places = [last]
        if len(order) > 1:
            before = self.sightings[order[-2]].next
            share = (self.seconds[k] - self.seconds[order[-1]]) / max(
                1e-3, self.seconds[order[-1]] - self.seconds[order[-2]]
            )
            share = float(np.clip(share, 0, 3))
            places.insert(0, last.moved((last.x - before.x) * share, (last.y - before.y) * share))
        aside = 0.45 * last.side
        return [*places, last.moved(-aside, 0), last.moved(aside, 0)]


def find_people(samples: list[Picture], seconds: Sequence[float]) -> list[PersonTrack]:
    """Everybody who is seen in the samples (BGR frames of one size, in order, at `seconds`), largest first.

    The whole picture is searched in the first sample, and in the middle one when that shows nobody; in the
    others those who are known are followed, and what moves is looked at.
    """
    if not samples:
        return []
    height, width = samples[0].shape[:2]
    tracks: list[PersonTrack] = []
    movers = moving_boxes(samples)
    grid = PoseTracker(width, height)
    with ThreadPoolExecutor(2) as pool:
        for k, sample in enumerate(samples):
            known = [track for track in tracks if k - max(track.sightings) <= _PATIENCE]
            sights = pool.map(partial(_follow, sample=sample, k=k), known)
            for track, seen in zip(known, sights, strict=True):
                if seen is not None and not _same(seen, _seen_in(tracks, k)):
                    _note(track, sample, k, seen)
            free = [box for box in movers[k] if not _covered(box, _seen_in(tracks, k))][:_BLOBS]
            regions = [Region.around(box, 1.6) for box in free]
            if k == 0 or (k == len(samples) // 2 and not tracks):
                regions += [region for side in SCAN_SIDES for region in grid.grid(side)]
            firsts = list(pool.map(partial(glance, sample), regions))
            known_regions = [seen.next for seen in _seen_in(tracks, k)]
            settling = settled_each(pool, sample, firsts, known_regions)
            _take_up(tracks, sample, k, settling, (width, height), seconds)
    tracks = [track for track in tracks if len(track.sightings) > 1 or len(samples) < 4]
    tracks = [track for track in tracks if _unsure(track) < _UNSURE]
    return sorted(tracks, key=lambda track: -track.size * track.share)[:MOST_TRACKS]


def _unsure(track: PersonTrack) -> float:
    """The usual area of unsure answers in the masks, by their own."""
    masks = [seen.mask for seen in track.sightings.values()]
    return float(
        np.median([((mask > 0.1) & (mask < 0.9)).sum() / max(1, (mask > 0.5).sum()) for mask in masks])
    )


def _seen_in(tracks: list[PersonTrack], k: int) -> list[Seen]:
    return [track.sightings[k] for track in tracks if k in track.sightings]


def _follow(track: PersonTrack, sample: Picture, k: int) -> Seen | None:
    """A sure sight of a known person in sample `k`."""
    for region in track.expected(k):
        seen = glance(sample, region)
        if seen.score < SURE:
            continue
        seen = look(sample, seen.next)
        if seen.score >= SURE and seen.crisp and _alike(track, sample, seen):
            return seen
    return None


def _take_up(
    tracks: list[PersonTrack],
    sample: Picture,
    k: int,
    looks: Iterable[tuple[Seen, Callable[[], Seen | None]]],
    size: tuple[int, int],
    seconds: Sequence[float],
) -> None:
    """Those of a first look who are not known yet become tracks, or a lost track's next sighting. With each
    look comes how it settles."""
    for first, settle in looks:
        taken = _seen_in(tracks, k)
        if first.score < 0.5 or any(first.next.near(other.next) for other in taken):
            continue
        seen = settle()
        if seen is None or _same(seen, taken) or len(taken) >= MOST_TRACKS:
            continue
        lost = [track for track in tracks if k not in track.sightings and _could_be(track, seen, k)]
        lost = [track for track in lost if _alike(track, sample, seen)]
        if lost:
            track = min(lost, key=lambda each: _apart(each, seen))
        else:
            track = PersonTrack(*size, seconds)
            tracks.append(track)
        _note(track, sample, k, seen)


def _note(track: PersonTrack, sample: Picture, k: int, seen: Seen) -> None:
    track.sightings[k] = seen
    track.colours.append(_inside(sample, seen))


def _inside(sample: Picture, seen: Seen) -> NDArray[np.float32]:
    """The colours of the person's inside: n x 3, BGR."""
    view = cv2.warpAffine(sample, seen.region.matrix(), seen.mask.shape[::-1], flags=cv2.INTER_AREA)
    solid = cv2.erode((seen.mask > 0.6).astype(np.uint8), square(5)) > 0
    return view[solid][::7].astype(np.float32)


def _histogram(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of hue and lightness, normalised."""
    if not len(colours):
        return np.zeros((_BINS, 4), np.float32)
    hsv = cv2.cvtColor(colours.astype(np.uint8)[None], cv2.COLOR_BGR2HSV)
    table = cv2.calcHist([hsv], [0, 2], None, [_BINS, 4], [0, 180, 0, 256])
    return cv2.normalize(table, None, 1.0, 0.0, cv2.NORM_L1).astype(np.float32)


def _alike(track: PersonTrack, sample: Picture, seen: Seen) -> bool:
    """Whether the clothes may be the same: two who cross are not exchanged."""
    usual = np.mean([_histogram(each) for each in track.colours[-3:]], 0).astype(np.float32)
    here = _histogram(_inside(sample, seen))
    return float(cv2.compareHist(usual, here, cv2.HISTCMP_BHATTACHARYYA)) < 0.62


def _apart(track: PersonTrack, seen: Seen) -> float:
    last = track.sightings[max(track.sightings)]
    return float(np.hypot(last.next.x - seen.next.x, last.next.y - seen.next.y))


def _could_be(track: PersonTrack, seen: Seen, k: int) -> bool:
    """Whether the track may have come here since its last sighting: two body heights a second at most."""
    last = max(track.sightings)
    took = track.seconds[k] - track.seconds[last]
    before, now = track.sightings[last].box.h, seen.box.h
    return 0.5 < now / max(1.0, before) < 2 and _apart(track, seen) < (0.5 + 2 * took) * before


def _same(seen: Seen, others: list[Seen]) -> bool:
    """By their masks, for the boxes of two who stand before each other overlap as well."""
    return any(overlap(seen.box, other.box) > 0.2 and _shared(seen, other) > 0.4 for other in others)


def _shared(one: Seen, two: Seen) -> float:
    """The shared part of two masks by the smaller one, 0..1; looked at in the first one's region."""
    mine = one.mask > 0.5
    matrix = one.region.matrix() @ np.vstack([cv2.invertAffineTransform(two.region.matrix()), [0, 0, 1]])
    theirs = cv2.warpAffine(two.mask, matrix, mine.shape[::-1]) > 0.5
    return float((mine & theirs).sum()) / max(1, min(int(mine.sum()), int(theirs.sum())))


def _covered(box: Box, seen: list[Seen]) -> bool:
    return any(overlap(box, each.box) > 0.2 for each in seen)


def overlap(one: Box, two: Box) -> float:
    """The shared area by that of the smaller box, 0..1."""
    w = min(one.x + one.w, two.x + two.w) - max(one.x, two.x)
    h = min(one.y + one.h, two.y + two.h) - max(one.y, two.y)
    least = min(one.w * one.h, two.w * two.h)
    return w * h / least if w > 0 and h > 0 and least > 0 else 0.0


def moving_boxes(samples: list[Picture]) -> list[list[Box]]:
    """For each sample the upright things that are not there in most others, largest first; nothing when the
    camera moves."""
    empty: list[list[Box]] = [[] for _ in samples]
    if len(samples) < 4:
        return empty
    reduction = Reduction.of(samples[0], _BLOB_SIDE)
    small = [reduction(sample) for sample in samples]
    median = np.median(np.stack(small), 0).astype(np.uint8)
    zoom = samples[0].shape[1] / small[0].shape[1]
    for k, one in enumerate(small):
        apart = cv2.GaussianBlur(cv2.absdiff(one, median), (0, 0), 1).max(2)
        mask = (apart > 20).astype(np.uint8)
        if mask.mean() > 0.3:
            return empty
        mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, square(5))
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        rows = [row for row in stats[1:].tolist() if row[3] > 0.035 * one.shape[0] and row[3] > 0.8 * row[2]]
        rows.sort(key=lambda row: -row[4])
        empty[k] = [Box(*(side * zoom for side in row[:4])) for row in rows[: 2 * _BLOBS]]
    return empty
