"""Which of several people the words of a prompt mean, by what was measured over the clip, and how to say
whom."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from modules.preview.prompt.plan import Who
from modules.preview.subject.people import PersonTrack

_MARGIN = 0.12
"""By how much (0..1) the first has to lead before the words are said to have decided."""
_WALKS = 0.3
"""Body heights a second from which somebody is said to walk."""
_WEARS = 0.05
"""Share of a person that must have a colour before they are said to wear it."""
_HUE = 14
"""How far (OpenCV's half degrees) a hue may lie from the asked colour."""
_TONES = ((190, (0.68, 9.0)), (70, (0.3, 0.68)), (0, (0.0, 0.27)))
"""For white, grey and black: the least value of the asked colour, and the limits by the clip's white."""


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
    bright = _bright(tracks)
    for word in _measures(who, bright):
        values = np.array([word(track) for track in tracks])
        spread = float(np.ptp(values))
        scores += (values - values.min()) / spread if spread > 1e-6 else 0.5
    words = max(1, len(_measures(who, bright)))
    scores /= words
    if who.everyone:  # `the men on the left`: all who fit better than not
        meant = tuple(track for track, score in zip(tracks, scores, strict=True) if score >= 0.5)
        return Choice(meant, f"{len(meant)} of the {len(tracks)} people who were found")
    order = np.argsort(-scores, kind="stable")
    first, second = tracks[int(order[0])], scores[order[1]]
    guessed = not who.chooses or scores[order[0]] - second < _MARGIN
    nobody_wears = (
        who.colour is not None and max(wears(track, who.colour, bright) for track in tracks) < _WEARS
    )
    guessed = guessed or nobody_wears
    if guessed and (not who.chooses or nobody_wears):
        first = max(tracks, key=lambda track: track.size * track.share)
    if who.others:
        rest = tuple(track for track in tracks if track is not first)
        return Choice(rest, f"all but {describe(first, tracks)}", guessed)
    return Choice((first,), describe(first, tracks), guessed)


def _measures(who: Who, bright: float) -> list[Callable[[PersonTrack], float]]:
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
        found.append(lambda track: wears(track, colour, bright))
    return found


def wears(track: PersonTrack, colour: tuple[int, int, int], bright: float = 230.0) -> float:
    """The share of a person, 0..1, that is of a colour (BGR): by its hue, or for black, grey and white by its
    lightness. `bright` is the value (0..255) of white in this clip's light."""
    hsv = _hsv(track)
    wanted = cv2.cvtColor(np.array([[colour]], np.uint8), cv2.COLOR_BGR2HSV)[0, 0].astype(int)
    if wanted[1] < 40:
        tone = hsv[:, 2] / max(1.0, bright)
        low, high = next(limits for least, limits in _TONES if wanted[2] >= least)
        return float(((tone >= low) & (tone < high) & (hsv[:, 1] < (255 if high < 0.5 else 75))).mean())
    apart = np.abs(hsv[:, 0] - wanted[0])
    apart = np.minimum(apart, 180 - apart)
    return float(((apart < _HUE) & (hsv[:, 1] > 80) & (hsv[:, 2] > 50)).mean())


def _hsv(track: PersonTrack) -> NDArray[np.int64]:
    """The colours of all sightings: n x 3, hue 0..179, saturation and value 0..255."""
    seen = np.concatenate([each for each in track.colours if len(each)] or [np.zeros((1, 3), np.float32)])
    return cv2.cvtColor(seen.astype(np.uint8)[None], cv2.COLOR_BGR2HSV)[0].astype(np.int64)


def _bright(tracks: Sequence[PersonTrack]) -> float:
    """The value of white in a clip's light: nearly the brightest that is seen on anybody."""
    return float(max(np.percentile(_hsv(track)[:, 2], 95) for track in tracks))


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
