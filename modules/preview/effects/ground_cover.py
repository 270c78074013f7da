"""Painted ground in perspective: grass with flowers, sand, snow, fallen leaves, lava; larger than the frame,
so that it can move along with the camera."""

from collections.abc import Callable

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush
from modules.preview.effects.pixels import Colour, Field, Paint, Picture, f32, lerp, tint, to8

_ABOVE, _BELOW, _WIDE = 0.75, 1.35, 1.5
"""Of the frame's height above and below the horizon, and of its width: what is painted for a camera that
moves."""
_BLOSSOMS = ((70, 90, 235), (246, 250, 252), (70, 215, 250), (205, 120, 190))


class Cover:
    """One painting, larger than the frame where the camera moves; it repeats from side to side."""

    def __init__(self, kind: str, width: int, height: int, horizon: float, moves: bool = True) -> None:
        """`horizon`: the row of the first frame (share of its height) where the ground ends."""
        above, below, wide = (_ABOVE, _BELOW, _WIDE) if moves else (horizon + 0.02, 1.06 - horizon, 1.12)
        self.width, self.height = int(width * wide), int(height * (above + below))
        self.horizon = int(height * above)
        self._near = height * max(0.2, 1 - horizon)  # rows from the horizon to the frame's lower edge
        self._unit = min(width, height) / 720
        self._rng = np.random.default_rng(17)
        rows = (np.arange(self.height, dtype=np.float32) - self.horizon) / self._near
        self._depth = np.maximum(rows, 0)[:, None]  # 0 at the horizon, 1 at the frame's lower edge
        self.offset = np.array([0.25 * width if moves else 0, self.horizon - horizon * height], np.float32)
        self.picture = self._tiled(_PAINTERS[kind](self))

    def _tiled(self, paint: Paint) -> Picture:
        """The painting with its sides faded into each other."""
        band = self.width // 12
        fade = np.linspace(0, 1, band, dtype=np.float32)[None, :, None]
        left = paint[:, :band] * fade + paint[:, -band:] * (1 - fade)
        return np.hstack([to8(left), to8(paint[:, band:-band])])

    def _map(self, seed: int, near: float, octaves: int = 4) -> Field:
        """Noise that lies on the ground: `near` is its cell in pixels where `_depth` is 1."""
        # At half size: what is finer than two pixels is drawn, not noise.
        w, h, horizon = self.width // 2, self.height // 2, self.horizon // 2
        flat = brush.ground_map(w, h - horizon, seed, near * (h - horizon) / self._near, octaves)
        flat = np.vstack([np.zeros((horizon, w), np.float32), flat])
        # Too far away to lie flat: hills stand above the horizon, and are seen more from above.
        hills = brush.noise(w, h, max(3.0, near * 0.08), octaves, seed + 50, 2.0)
        flat += (0.6 * hills - flat) * np.exp(-((self._depth[::2][:h] / 0.10) ** 2))
        return cv2.resize(flat, (self.width, self.height))

    def _spots(self, count: int, power: float = 1.0) -> np.ndarray:
        """Places on the ground, far ones first: (x, y, depth). `count` is for a moving camera at 1280x720;
        near ones are rarer by `power`."""
        count = max(100, int(count * self.width * self.height / self._unit**2 / 3.0e6))
        far = (self.height - self.horizon) / self._near
        depth = np.sort(self._rng.random(count) ** power) * (far - 0.03) + 0.012
        x = self._rng.uniform(0, self.width, count)
        y = self.horizon + depth * self._near
        # The farthest stand on the hills above the horizon as well.
        hills = depth < 0.10
        y[hills] = np.sort(self._rng.uniform(0, self.horizon + 0.1 * self._near, int(hills.sum())))
        depth[hills] = 0.045
        return np.stack([x, np.clip(y, 0, self.height - 1), depth], -1)

    def _shaded(self, stops: list[tuple[float, Colour]], grain: Field, strength: Colour) -> Paint:
        """A colour by depth with a grain."""
        places = [place for place, _ in stops]
        rows = np.stack(
            [np.interp(self._depth[:, 0], places, [c[k] for _, c in stops]) for k in range(3)], -1
        )
        paint: Paint = tint(grain, strength)
        paint += rows[:, None].astype(np.float32)
        return paint

    def meadow(self) -> Paint:
        """Blades of grass, lighter at their tips, in tufts; some flowers."""
        tufts = self._map(3, 90 * self._unit, 3)
        grain = self._map(4, 16 * self._unit, 4) + 0.8 * tufts
        stops: list[tuple[float, Colour]] = [(0, (96, 168, 128)), (0.15, (58, 140, 92)), (1, (26, 92, 52))]
        paint = to8(self._shaded(stops, grain, (16, 34, 26)))
        blades = self._spots(34000, 0.9)
        tall = (3 + 42 * blades[:, 2]) * self._unit * self._rng.uniform(0.5, 1.1, len(blades))
        tips = np.stack([self._rng.normal(0.12, 0.34, len(blades)) * tall, -tall], -1)
        lines = blades[:, None, :2] + tips[:, None] * np.array([[0, 0], [0.4, 0.6], [1, 1]])
        for part in np.array_split(np.arange(len(blades)), 90):
            depth = float(blades[part, 2].mean())
            for bunch in np.array_split(self._rng.permutation(part), 4):
                light = self._rng.uniform(0.55, 1.3)
                own = (62, 178, 158) if self._rng.random() < 0.14 else (46, 158, 92)
                colour = lerp(f32(own) * light, f32([96, 176, 136]), 0.5 * np.exp(-6 * depth))
                thick = max(1, round(2.4 * depth * self._unit))
                self._strokes(paint, lines[bunch][:, :2], colour * 0.76, thick)
                self._strokes(paint, lines[bunch][:, 1:], colour, max(1, thick - 1))
        self._flowers(paint)
        return paint.astype(np.float32)

    @staticmethod
    def _strokes(paint: Picture, lines: Field, colour: Field, thick: int) -> None:
        points = np.round(lines * 8).astype(np.int32)
        cv2.polylines(paint, list(points), False, brush.scalar(colour), thick, cv2.LINE_AA, 3)

    def _flowers(self, paint: Picture) -> None:
        """Flowers, in patches."""
        patches = brush.noise(self.width // 4, self.height // 4, 38 * self._unit, 3, 9, 2.5)
        for x, y, depth in self._spots(2600, 0.7):
            if patches[int(y) // 4 - 1, int(x) // 4 - 1] < 0.0:
                continue
            size = (0.7 + 6.0 * depth) * self._unit * self._rng.uniform(0.7, 1.2)
            colour = f32(_BLOSSOMS[self._rng.integers(4)]) * self._rng.uniform(0.85, 1.02)
            brush.oval(paint, (x, y - 12 * depth * self._unit), (size, size * 0.7), colour)
            if size > 3:
                brush.oval(
                    paint, (x, y - 12 * depth * self._unit), (size * 0.35, size * 0.25), (60, 180, 235)
                )

    def sand(self) -> Paint:
        """Wind ripples across warm sand."""
        warp = self._map(13, 170 * self._unit, 3) + 0.25 * self._map(16, 40 * self._unit, 3)
        depth = np.maximum(self._depth, 0.03)
        # Rows of ripples, as far from each other on the ground as from the viewer to the horizon's rows.
        phase = 95 / (depth + 0.35) + 7 * warp + np.linspace(0, 11, self.width, dtype=np.float32)[None]
        waves = (1 - np.abs(np.sin(phase * 0.8)) * 2) * np.clip((depth - 0.06) * 5, 0, 1)
        grit = self._rng.normal(0, 0.35, (self.height, self.width)).astype(np.float32)
        grain = self._map(14, 10 * self._unit, 4) + 1.0 * self._map(15, 200 * self._unit, 3)
        grain += 0.8 * waves + grit * np.clip(self._depth, 0, 1)
        stops: list[tuple[float, Colour]] = [
            (0, (176, 208, 232)),
            (0.2, (134, 186, 224)),
            (1, (112, 168, 212)),
        ]
        return self._shaded(stops, grain, (16, 17, 18))

    def snow(self) -> Paint:
        """Drifts and a faint sparkle; nearly white, for the light comes from the frame."""
        drifts = 0.5 * self._map(21, 260 * self._unit, 3) + 0.7 * self._map(22, 24 * self._unit, 4)
        stops: list[tuple[float, Colour]] = [
            (0, (240, 236, 232)),
            (0.3, (244, 241, 238)),
            (1, (246, 243, 240)),
        ]
        paint = self._shaded(stops, drifts, (5, 7, 9))
        shine = self._rng.random((self.height, self.width)).astype(np.float32) > 0.9985
        paint[shine] += 12 * np.clip(self._depth * 2, 0, 1).repeat(self.width, 1)[shine][:, None]
        return paint

    def leaves(self) -> Paint:
        """A litter of fallen leaves, gold to brown."""
        grain = self._map(31, 20 * self._unit, 4)
        stops: list[tuple[float, Colour]] = [(0, (70, 128, 176)), (0.2, (38, 84, 128)), (1, (22, 50, 84))]
        paint = to8(self._shaded(stops, grain, (10, 22, 30)))
        kinds = f32([(24, 120, 226), (30, 168, 240), (20, 70, 190), (28, 76, 132), (40, 140, 190)])
        for x, y, depth in self._spots(15000, 0.7):
            size = (1.2 + 13 * depth) * self._unit * self._rng.uniform(0.6, 1.1)
            colour = kinds[self._rng.integers(5)] * self._rng.uniform(0.65, 1.1)
            axes = max(1, int(size)), max(1, int(size * self._rng.uniform(0.25, 0.5)))
            turn = float(self._rng.uniform(-35, 35))
            cv2.ellipse(paint, (int(x), int(y)), axes, turn, 0, 360, brush.scalar(colour), -1, cv2.LINE_AA)
        return paint.astype(np.float32)

    def lava(self) -> Paint:
        """Dark crust with glowing cracks, wider near the viewer."""
        crust = self._map(41, 30 * self._unit, 4)
        veins = np.minimum(
            np.abs(self._map(42, 120 * self._unit, 4)), np.abs(self._map(43, 60 * self._unit, 3)) + 0.06
        )
        heat = np.exp(-((veins / 0.10) ** 2)) + 0.45 * np.exp(-((veins / 0.30) ** 2))
        stops: list[tuple[float, Colour]] = [(0, (26, 34, 64)), (0.3, (20, 24, 40)), (1, (18, 20, 30))]
        paint = self._shaded(stops, crust, (12, 13, 16))
        heat = heat * np.clip(0.45 + 1.6 * self._depth, 0, 1)
        paint += tint(np.clip(heat, 0, 1.3), (10, 96, 250))
        paint += tint(np.clip(heat - 0.75, 0, 1), (60, 160, 60))
        return paint


_PAINTERS: dict[str, Callable[[Cover], Paint]] = {
    "meadow": Cover.meadow,
    "sand": Cover.sand,
    "snow": Cover.snow,
    "leaves": Cover.leaves,
    "lava": Cover.lava,
}
KINDS = tuple(_PAINTERS)
