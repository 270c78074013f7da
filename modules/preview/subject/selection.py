"""Which of several people the words of a prompt mean, by what was measured over the clip, and how to say
whom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.prompt.plan import Who
from modules.preview.subject.people import PersonTrack

_MARGIN = 0.12
"""By how much (0..1) the first has to lead before the words are said to have decided."""
_WALKS = 0.3
"""Body heights a second from which somebody is said to walk."""
_WEARS = 0.05
"""Share of a person that must have a colour before they are said to wear it."""
_BLACK, _WHITE = 60, 165
"""The light (0..255) below and above which clothes are called black and white."""
_HUE, _TONE = 14, 45
"""How far (OpenCV's half degrees; levels) a hue or a tone may lie from the asked colour."""


@dataclass(frozen=True)
class Choice:
    """`tracks` that are meant, what to call them, and whether that was a guess among several."""

    tracks: tuple[PersonTrack, ...]
    title: str
    guessed: bool = False


def choose(tracks: Sequence[PersonTrack], who: Who) -> Choice:
    """Those of `tracks` (at least one) whom `who` means. Every word counts alike; what no word decides goes
    to the largest."""
    if len(tracks) == 1 or (who.everyone and not who.chooses):
        one = len(tracks) == 1
        title = describe(tracks[0], tracks) if one else f"the {len(tracks)} people who were found"
        return Choice(tuple(tracks), title)
    scores = np.zeros(len(tracks))
    for word in _measures(who):
        values = np.array([word(track) for track in tracks])
        spread = float(np.ptp(values))
        scores += (values - values.min()) / spread if spread > 1e-6 else 0.5
    words = max(1, len(_measures(who)))
    scores /= words
    if who.everyone:  # `the men on the left`: all who fit better than not
        meant = tuple(track for track, score in zip(tracks, scores, strict=True) if score >= 0.5)
        return Choice(meant, f"{len(meant)} of the {len(tracks)} people who were found")
    order = np.argsort(-scores, kind="stable")
    first, second = tracks[int(order[0])], scores[order[1]]
    guessed = not who.chooses or scores[order[0]] - second < _MARGIN
    nobody_wears = who.colour is not None and max(wears(track, who.colour) for track in tracks) < _WEARS
    guessed = guessed or nobody_wears
    if guessed and (not who.chooses or nobody_wears):
        first = max(tracks, key=lambda track: track.size * track.share)
    return Choice((first,), describe(first, tracks), guessed)


def _measures(who: Who) -> list[Callable[[PersonTrack], float]]:
    """For each word a measure: the more, the more likely meant."""
    found: list[Callable[[PersonTrack], float]] = []
    places: dict[str, Callable[[PersonTrack], float]] = {
        "left": lambda track: -track.centre[0],
        "right": lambda track: track.centre[0],
        "middle": lambda track: -abs(track.centre[0] - 0.5),
        "top": lambda track: -track.centre[1],
        "bottom": lambda track: track.centre[1],
    }
    if who.place:
        found.append(places[who.place])
    if who.action:
        sign = 1 if who.action == "moves" else -1
        found.append(lambda track: sign * min(1.0, track.travel[1]))
    if who.size:
        grows = 1 if who.size == "large" else -1
        found.append(lambda track: grows * track.size)
    if who.colour is not None:
        colour = who.colour
        found.append(lambda track: wears(track, colour))
    return found


def wears(track: PersonTrack, colour: tuple[int, int, int]) -> float:
    """The share of a person, 0..1, that is of a colour (BGR): by its hue, or by its lightness for black, grey
    and white."""
    seen = np.concatenate([each for each in track.colours if len(each)] or [np.zeros((1, 3), np.float32)])
    hsv = cv2.cvtColor(seen.astype(np.uint8)[None], cv2.COLOR_BGR2HSV)[0].astype(int)
    wanted = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_BGR2HSV)[0, 0].astype(int)
    if wanted[2] < _BLACK:
        return float((hsv[:, 2] < _BLACK).mean())
    if wanted[1] < 40:
        tone = hsv[:, 2] > _WHITE if wanted[2] > _WHITE + _TONE else abs(hsv[:, 2] - wanted[2]) < _TONE
        return float((tone & (hsv[:, 1] < 60)).mean())
    apart = np.abs(hsv[:, 0] - wanted[0])
    apart = np.minimum(apart, 180 - apart)
    return float(((apart < _HUE) & (hsv[:, 1] > 80) & (hsv[:, 2] > 50)).mean())


def describe(track: PersonTrack, tracks: Sequence[PersonTrack]) -> str:
    """A phrase that tells a person from the others: `the person who walks from right to left`."""
    across, pace = track.travel
    if pace > _WALKS and abs(across) > 0.08:
        way = "from right to left" if across < 0 else "from left to right"
        return f"the person who walks {way}"
    where = place_of(track.centre[0])
    still = "who moves about" if pace > _WALKS else "who stays"
    return f"the person {still} {where}" if len(tracks) > 1 else f"the person {where}"


def place_of(x: float) -> str:
    """In words, a place given as a share of the width."""
    return "on the left" if x < 0.38 else "on the right" if x > 0.62 else "in the middle"
