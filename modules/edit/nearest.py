"""The model's shape and length that are nearest to a clip: pure arithmetic over what the model takes.

The page, the jobs and the fitting of clips ask here, so that all three choose the same.
"""

from math import log

from modules.edit.request import ASPECT_RATIOS, DURATIONS

RATIOS = {name: int(name.split(":")[0]) / int(name.split(":")[1]) for name in ASPECT_RATIOS}
"""Width over height of each aspect ratio that the model takes."""
_AS_GOOD = 0.02
"""Of two ratios whose distances (logarithms) differ by less, the earlier of ASPECT_RATIOS is taken."""
SECONDS_SLACK = 0.15
"""A clip this much shorter (in seconds) than the chosen length is sent as it is: nobody sees a few frames."""


def nearest_ratio(width: float, height: float) -> str:
    """The one of ASPECT_RATIOS nearest to a picture of `width` x `height`, sides in any one unit.

    The sides are those of the picture as it is shown, with its rotation applied. Nearest by the logarithm of
    the ratio, so that a picture and the same picture on its side are judged alike. 4:3 lies exactly between
    16:9 and 1:1: it stays a landscape, and so does what differs from it by less than anybody sees. Raises
    ValueError for a side that is not positive.
    """
    if not (width > 0 and height > 0):
        raise ValueError(f"a picture of {width} x {height} has no shape")
    away = {name: abs(log(ratio * height / width)) for name, ratio in RATIOS.items()}
    least = min(away.values())
    return next(name for name in ASPECT_RATIOS if away[name] <= least + _AS_GOOD)


def longest_duration(clip_seconds: float) -> int:
    """The longest whole number of seconds of DURATIONS that a clip of `clip_seconds` fills; 3, the shortest,
    when it fills none.

    A clip counts as filling a length that it misses by up to SECONDS_SLACK, as when it is fitted.
    """
    offered = [int(name) for name in DURATIONS]
    filled = [seconds for seconds in offered if seconds <= clip_seconds + SECONDS_SLACK]
    return max(filled, default=min(offered))
