"""Where the subject is: a soft matte per frame, from MediaPipe's selfie segmentation run on a window that follows the subject.

The network alone fails on wide shots, so `prepare` looks for the subject in the whole frame first, then in tiles where things move,
and last with colours learnt around what moves near the middle (for drawn characters). Apache-2.0 weights, see weights/README.md.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from modules.preview.matte_colour import learn_colours, learn_tones, motion_energy

_WEIGHTS = Path(__file__).parent / "weights"
_NET = 256  # side of the square network, and of the window's working copy
_SURE = 0.5
_ROOM = 1.75  # the window is this much larger than the subject's longer side


@dataclass(frozen=True)
class Box:
    """A rectangle in output pixels, floats."""

    x: float
    y: float
    w: float
    h: float

    def towards(self, other: "Box", share: float) -> "Box":
        return Box(*(a + share * (b - a) for a, b in zip(self.sides, other.sides, strict=True)))

    @property
    def sides(self) -> tuple[float, float, float, float]:
        return self.x, self.y, self.w, self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2


@dataclass(frozen=True)
class Finding:
    """What one look at a picture found. `score` is 0 when it is nothing."""

    score: float
    box: Box | None
    mask: np.ndarray | None


class Network:
    """The two segmentation networks. Input: BGR, any size. Output: float32 person probability of the same size as `size`."""

    def __init__(self) -> None:
        self._square = cv2.dnn.readNetFromTFLite(str(_WEIGHTS / "selfie_segmentation.tflite"))
        self._wide = None

    def square(self, picture: np.ndarray) -> np.ndarray:
        return self._run(self._square, picture, (_NET, _NET))

    def wide(self, picture: np.ndarray) -> np.ndarray:
        if self._wide is None:
            self._wide = cv2.dnn.readNetFromTFLite(str(_WEIGHTS / "selfie_segmentation_landscape.tflite"))
        return self._run(self._wide, picture, (_NET, 144))

    @staticmethod
    def _run(net, picture, size) -> np.ndarray:
        net.setInput(cv2.dnn.blobFromImage(picture, 1 / 255.0, size, swapRB=True))
        return net.forward()[0, 0].copy()


class Matte:
    """`prepare` once, then call with every frame in order: uint8 alpha of the frame's size. `box` is the subject's smoothed box or None."""

    def __init__(self, width: int, height: int, network: Network | None = None) -> None:
        self.width, self.height = width, height
        self.network = network or Network()
        self.kind = "none"
        self.box: Box | None = None
        self.share = 0.0  # usual share of the frame, from the samples
        self._window: tuple[int, int, int, int] | None = None
        self._last: np.ndarray | None = None
        self._last_small: np.ndarray | None = None
        self._lost = 0
        self._motion: np.ndarray | None = None
        self._plate: np.ndarray | None = None  # the samples' median, small
        self._colours = None
        self._tones = None
        self._tiled = False
        self._spot: tuple[int, int, int, int] | None = None
        self._stir = 0.0  # how much the subject usually differs from what stands behind it

    # finding
    def prepare(self, samples: list[np.ndarray]) -> str:
        """`person`, `colour` or `none`: how the subject of the samples (BGR, output size) can be followed."""
        self._motion, self._plate = motion_energy(samples)
        found = [self._whole(s) for s in samples]
        good = [f for f in found if f.score > 0]
        if len(good) < max(1, len(samples) * 0.4):
            self._tiled = True
            samples = samples[::2] if len(samples) > 5 else samples
            found = [self._tiles(s) for s in samples]
            good = [f for f in found if f.score > 0]
        if good and len(good) >= max(1, len(samples) * 0.5):
            self._stir = float(np.median([_energy(self._near(s), f.box.sides, self.width, self.height) for s, f in zip(samples, found, strict=True) if f.score > 0]))
            self.kind = "person"
            self._tones = learn_tones([(s_, self.glance(s_)) for s_ in samples])
            self.share = float(np.median([f.box.w * f.box.h for f in good])) / (self.width * self.height)
            return self.kind
        self._colours = learn_colours(samples, self._motion)
        self.kind = "colour" if self._colours is not None else "none"
        return self.kind

    def _whole(self, frame: np.ndarray) -> Finding:
        small = cv2.resize(frame, (_NET, _NET), interpolation=cv2.INTER_AREA)
        first = self.network.square(small)
        second = cv2.resize(self.network.wide(frame), (_NET, _NET)) if self.width > self.height * 1.2 else self.network.square(small[:, ::-1])[:, ::-1]
        both = np.minimum(first, second)
        either = np.maximum(first, second) > _SURE
        agree = (both > _SURE).sum() / max(1, either.sum())
        finding = judge(first, (0, 0, self.width, self.height))
        return finding if agree > 0.35 else Finding(0.0, None, None)

    def _tiles(self, frame: np.ndarray) -> Finding:
        """The best finding among square tiles at two scales, those where things move first."""
        short = min(self.width, self.height)
        tiles = []
        for part, step in ((0.62, 0.5), (0.95, 0.4)):
            side = int(short * part)
            for x in np.unique(np.linspace(0, self.width - side, max(1, round((self.width - side) / (side * step)) + 1)).astype(int)):
                for y in np.unique(np.linspace(0, self.height - side, max(1, round((self.height - side) / (side * step)) + 1)).astype(int)):
                    tiles.append((int(x), int(y), side, side))
        near = self._near(frame)
        tiles.sort(key=lambda t: -_energy(near, t, self.width, self.height))
        best = Finding(0.0, None, None)
        for tile in tiles[:8]:
            if _energy(near, tile, self.width, self.height) < 0.01:
                break  # nothing stirs there
            x, y, w, h = tile
            finding = judge(self.network.square(cv2.resize(frame[y:y + h, x:x + w], (_NET, _NET), interpolation=cv2.INTER_AREA)), tile, tile=True)
            if finding.score > 0:
                stir = _energy(near, finding.box.sides, self.width, self.height)
                value = 0.0 if stir < 0.4 * self._stir else finding.box.h / self.height * (0.05 + stir)
                if value > best.score:
                    best = Finding(value, finding.box, finding.mask)
        return best

    def _near(self, frame) -> np.ndarray:
        """Where this frame differs from what the samples usually show, else the motion of the whole clip."""
        if self._motion is None or self._plate is None:
            return np.full((90, 160), 0.5, np.float32)
        small = cv2.resize(frame, (160, 90), interpolation=cv2.INTER_AREA)
        gone = cv2.absdiff(small, self._plate).max(2).astype(np.float32)
        gone = cv2.GaussianBlur(np.clip(gone - 18, 0, 60) / 60, (0, 0), 2)
        return gone

    # following
    def __call__(self, frame: np.ndarray) -> np.ndarray:
        if self.kind == "none":
            return np.zeros((self.height, self.width), np.uint8)
        if self.kind == "colour":
            return self._by_colour(frame)
        if self._window is None:
            self._look(frame)
        return self._by_network(frame)

    def glance(self, frame: np.ndarray) -> np.ndarray:
        """A rough matte of one frame out of order; nothing is remembered."""
        alpha = np.zeros((self.height, self.width), np.uint8)
        if self.kind == "colour":
            small = cv2.resize(frame, (_NET, 144), interpolation=cv2.INTER_AREA)
            return cv2.resize(cv2.convertScaleAbs(self._colours(small, None, self.width, self.height), alpha=255), (self.width, self.height))
        finding = self._whole(frame) if not self._tiled else self._tiles(frame)
        if finding.score <= 0:
            return alpha
        x, y, w, h = self._around(finding.box)
        raw = self.network.square(cv2.resize(frame[y:y + h, x:x + w], (_NET, _NET), interpolation=cv2.INTER_AREA))
        alpha[y:y + h, x:x + w] = cv2.convertScaleAbs(cv2.resize(raw, (w, h)), alpha=255)
        return alpha

    @property
    def lost(self) -> int:
        """For how many frames now nothing was found in the window."""
        return self._lost

    def spot(self) -> tuple[int, int, int, int] | None:
        """The part of the frame outside which the last matte is empty; None when all of it is."""
        return self._spot

    def _look(self, frame) -> None:
        finding = Finding(0.0, None, None)
        if not self._tiled:
            finding = self._whole(frame)
        if finding.score <= 0:
            finding = self._tiles(frame)
        if finding.score > 0:
            self.box = finding.box
        self._window = self._around(finding.box if finding.score > 0 else None)
        self._last = self._last_small = None

    def _around(self, box: Box | None) -> tuple[int, int, int, int]:
        """A window round the box: square inside the frame, or the whole frame when that is not larger by much."""
        short = min(self.width, self.height)
        if box is None or not self._tiled and (box.w > 0.8 * short or box.h > 1.05 * short):
            return 0, 0, self.width, self.height
        side = int(max((_ROOM if self._tiled else 2.0) * max(box.w, box.h), 0.3 * short))
        side = min(side, self.width, self.height)
        cx, cy = box.centre
        return (int(np.clip(cx - side / 2, 0, self.width - side)), int(np.clip(cy - side / 2, 0, self.height - side)), side, side)

    def _by_network(self, frame: np.ndarray) -> np.ndarray:
        x, y, w, h = self._window
        view = frame[y:y + h, x:x + w]
        small = cv2.resize(view, (_NET, _NET), interpolation=cv2.INTER_AREA)
        raw = self.network.square(small)
        finding = judge(raw, self._window, tile=(w < self.width), loose=True)
        alpha = np.zeros((self.height, self.width), np.uint8)
        if finding.score <= 0:
            self._lost += 1
            if self._lost > 6 and self._lost % 6 == 1:
                self._look(frame)
            if self._last is None:
                self._spot = None
                return alpha
            raw = self._last * 0.6
        else:
            self._lost = 0
            raw = raw * finding.mask
            if self._tones is not None:
                raw = self._tones.corrected(raw, small)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        raw = self._steady(raw, grey)
        alpha[y:y + h, x:x + w] = guided(raw, grey, view)
        self._spot = self._window
        if finding.score > 0:
            self._follow(finding.box, w, h)
        return alpha

    def _steady(self, raw: np.ndarray, grey: np.ndarray) -> np.ndarray:
        """New where the picture changed, averaged where it did not: no flicker, no ghost."""
        if self._last is not None:
            moved = cv2.blur(cv2.absdiff(grey, self._last_small), (5, 5)).astype(np.float32)
            share = np.clip(0.3 + moved * (0.7 / 24), 0.3, 1.0)
            raw = self._last + share * (raw - self._last)
        self._last, self._last_small = raw, grey
        return raw

    def _follow(self, box: Box, w: int, h: int) -> None:
        self.box = box if self.box is None else self.box.towards(box, 0.25)
        wanted = self._around(self.box)
        x, y, w, h = self._window
        # the window moves in steps: a moving window would make the average above meaningless
        if max(abs(wanted[0] - x), abs(wanted[1] - y)) > 0.06 * w or wanted[3] != h and 0.82 < wanted[3] / h < 1.22 or not 0.82 < wanted[2] / w < 1.22:
            if self._last is not None:
                self._last = moved_window(self._last, self._window, wanted)
                self._last_small = moved_window(self._last_small, self._window, wanted)
            self._window = wanted

    def _by_colour(self, frame: np.ndarray) -> np.ndarray:
        small = cv2.resize(frame, (_NET, 144), interpolation=cv2.INTER_AREA)
        raw = self._colours(small, self.box, self.width, self.height)
        finding = judge(raw, (0, 0, self.width, self.height), loose=True)
        if finding.box is not None:
            raw = raw * cv2.resize(finding.mask, (_NET, 144))
            self.box = finding.box if self.box is None else self.box.towards(finding.box, 0.25)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
        self._spot = (0, 0, self.width, self.height)
        return guided(self._steady(raw, grey), grey, frame)


def judge(raw: np.ndarray, window: tuple[int, int, int, int], *, tile: bool = False, loose: bool = False) -> Finding:
    """Whether a probability picture shows one subject: its box in output pixels, and a soft mask that drops stray specks.

    Refused: specks, veils that are nowhere sure, and bands from side to side (sand, walls), unless `loose`.
    """
    height, width = raw.shape
    sure = (raw > _SURE).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(sure)
    if count < 2:
        return Finding(0.0, None, None)
    areas = stats[1:, cv2.CC_STAT_AREA]
    top = 1 + int(areas.argmax())
    x, y, w, h, area = (int(v) for v in stats[top])
    share = area / (width * height)
    if share < (0.004 if loose else 0.02 if tile else 0.012):
        return Finding(0.0, None, None)
    certain = float(raw[labels == top].mean())
    if not loose:
        across = x <= 2 and x + w >= width - 2
        closed = tile and (x <= 2) + (y <= 2) + (x + w >= width - 2) >= 2
        if share > 0.8 or closed or across and _flat(labels == top, w) or certain < 0.72 or area < 0.5 * areas.sum() or tile and (h < 1.05 * w or share > 0.45):
            return Finding(0.0, None, None)
    keep = [top, *(1 + i for i in np.flatnonzero(areas > 0.2 * area) if 1 + i != top)]
    mask = np.isin(labels, keep).astype(np.uint8)
    mask = cv2.GaussianBlur(cv2.dilate(mask, np.ones((9, 9), np.uint8)).astype(np.float32), (0, 0), 2.5)
    sx, sy = window[2] / width, window[3] / height
    return Finding(certain * share ** 0.25, Box(window[0] + x * sx, window[1] + y * sy, w * sx, h * sy), mask)


def _flat(part: np.ndarray, w: int) -> bool:
    """A band from side to side (sand, a wall), not a head over shoulders: no higher in the middle than at the sides."""
    columns = part.sum(0).astype(np.float32)
    third = max(1, part.shape[1] // 3)
    return columns[third:-third].mean() < 1.35 * (columns[:third].mean() + columns[-third:].mean()) / 2


def guided(raw: np.ndarray, grey: np.ndarray, view: np.ndarray, radius: int = 5, eps: float = 4e-4) -> np.ndarray:
    """`raw` (small, float) led by the edges of the picture: a fast guided filter, linear coefficients enlarged, applied at full size."""
    guide = grey.astype(np.float32) * (1 / 255)
    if raw.shape != guide.shape:
        raw = cv2.resize(raw, guide.shape[::-1])
    k = (2 * radius + 1, 2 * radius + 1)
    mean_g, mean_r = cv2.blur(guide, k), cv2.blur(raw, k)
    slope = (cv2.blur(guide * raw, k) - mean_g * mean_r) / (cv2.blur(guide * guide, k) - mean_g * mean_g + eps)
    offset = mean_r - slope * mean_g
    slope, offset = cv2.blur(slope, k), cv2.blur(offset, k)
    size = (view.shape[1], view.shape[0])
    full = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).astype(np.float32)
    soft = cv2.resize(slope * (1 / 255), size) * full
    soft += cv2.resize(offset, size)
    # steeper, and a little inwards: a light rim of the old background is worse than a hair lost
    return cv2.convertScaleAbs(np.maximum(soft, 0.24) - 0.24, alpha=255 * 1.62)


def moved_window(picture: np.ndarray, old, new) -> np.ndarray:
    """The same small picture as seen through another window."""
    size = picture.shape[1]
    ox, oy, ow, oh = old
    nx, ny, nw, nh = new
    m = np.float32([[ow / nw, 0, (ox - nx) * size / nw], [0, oh / nh, (oy - ny) * size / nh]])
    return cv2.warpAffine(picture, m, (size, size), borderMode=cv2.BORDER_CONSTANT)


def _energy(map_: np.ndarray, tile, width: int, height: int) -> float:
    x, y, w, h = tile
    part = map_[int(y * 90 / height):int((y + h) * 90 / height) + 1, int(x * 160 / width):int((x + w) * 160 / width) + 1]
    return float(part.mean()) if part.size else 0.0
