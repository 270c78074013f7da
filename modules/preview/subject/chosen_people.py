"""Follows chosen people from frame to frame by their tracks over the samples, and nobody else."""

from collections.abc import Sequence

import numpy as np

from modules.preview.subject.people import PersonTrack, overlap
from modules.preview.subject.pose_network import SURE, glance, look
from modules.preview.subject.pose_tracker import PoseTracker, TrackedPerson
from modules.preview.video.arrays import Picture, Soft


class ChosenPeople:
    """Follows chosen tracks and nobody else; called like a PoseTracker, with each frame's time."""

    def __init__(self, tracks: Sequence[PersonTrack], width: int, height: int, stride: int = 2) -> None:
        self.width, self.height, self.stride = width, height, stride
        self._tracks = list(tracks)
        self._trackers = [PoseTracker(width, height, most=1, stride=stride) for _ in tracks]
        for tracker in self._trackers:
            tracker.searches = False
        self._met = [-1] * len(self._tracks)  # the last sighting that was passed
        self._turn = 0

    @property
    def people(self) -> list[TrackedPerson]:
        return [person for tracker in self._trackers for person in tracker.people]

    def follow(self, frame: Picture, seconds: float) -> Soft:
        """The mask of all of them at a quarter of the frame's size."""
        self._turn += 1
        masks = []
        for at, (track, tracker) in enumerate(zip(self._tracks, self._trackers, strict=True)):
            mask = tracker.follow(frame)
            found = self._meet(at, track, tracker, frame, seconds)
            if not tracker.people and self._turn % 3 == 1:
                found = self._seek(track, tracker, frame, seconds)
            masks.append(tracker.mask() if found else mask)
        return np.maximum.reduce(masks)

    def _meet(
        self, at: int, track: PersonTrack, tracker: PoseTracker, frame: Picture, seconds: float
    ) -> bool:
        """At the time of a sighting: a tracker that stands elsewhere has lost its person. Whether it was
        found."""
        passed = [k for k in track.sightings if track.seconds[k] <= seconds]
        if not passed or max(passed) == self._met[at]:
            return False
        self._met[at] = max(passed)
        if seconds - track.seconds[self._met[at]] > 0.2:
            return False
        sight = track.sightings[self._met[at]]
        if tracker.people and overlap(tracker.people[0].seen.box, sight.box) > 0.3:
            return False
        seen = look(frame, sight.next)
        if seen.score >= SURE:
            tracker.people = [TrackedPerson(seen.next, seen)]
        return seen.score >= SURE

    def _seek(self, track: PersonTrack, tracker: PoseTracker, frame: Picture, seconds: float) -> bool:
        """Looked for where the sightings before and after say that it should be."""
        times = sorted((track.seconds[k], k) for k in track.sightings)
        before = [pair for pair in times if pair[0] <= seconds][-1:]
        after = [pair for pair in times if pair[0] > seconds][:1]
        places = [track.sightings[k].next for _, k in before + after]
        if before and after:
            share = (seconds - before[0][0]) / max(1e-3, after[0][0] - before[0][0])
            places.insert(0, places[0].towards(places[1], share))
        elif after and len(times) > 1:  # not seen yet: where it would have come from
            (t0, k0), (t1, k1) = times[:2]
            back = (t0 - seconds) / max(1e-3, t1 - t0)
            one, two = track.sightings[k0].next, track.sightings[k1].next
            places.insert(0, one.moved((one.x - two.x) * back, (one.y - two.y) * back))
        for place in places:
            seen = glance(frame, place)
            if seen.score >= SURE:
                seen = look(frame, seen.next)
            if seen.score >= SURE and seen.crisp:
                tracker.people = [TrackedPerson(seen.next, seen)]
                return True
        return False

    def mask(self) -> Soft:
        return np.maximum.reduce([tracker.mask() for tracker in self._trackers])
