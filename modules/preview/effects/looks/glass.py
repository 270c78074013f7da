"""Stained glass: panes of one luminous colour each, cut along what the picture shows, in lead."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.craft import FullRange
from modules.preview.effects.looks.gradings import GRADINGS
from modules.preview.effects.pixels import Paint, Picture, Plane
from modules.preview.effects.strokes import kuwahara

_LONG = 288  # long side of the copy in which the panes are cut
_PANE = 0.088  # size of a pane, as a share of the shorter side
_CUT = 0.46  # how much the picture's edges count against a pane's roundness
_ROUNDS = 2


class StainedGlass(FullRange):
    """Leaded panes that glow, re-cut ten times a second from seeds that stay where they are."""

    rate = 10.0
    grading = GRADINGS["stained_glass"]
    pane_colours: Paint | None = None
    label: Plane | None = None

    def setup(self) -> None:
        super().setup()
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        zoom = min(1.0, _LONG / max(w, h))
        self.low = wide, high = max(16, round(w * zoom)), max(16, round(h * zoom))
        self.pane = max(4.0, _PANE * min(wide, high))
        columns, rows = max(2, round(wide / self.pane)), max(2, round(high / (self.pane * 0.9)))
        self.grid = columns, rows
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        x = (x + 0.25 + 0.5 * (y % 2) + rng.uniform(-0.4, 0.4, x.shape)) * wide / columns
        y = (y + 0.5 + rng.uniform(-0.4, 0.4, y.shape)) * high / rows
        self.seeds = px.f32(np.stack([x, y], -1).reshape(-1, 2))
        self._aim()
        count = len(self.seeds)
        self.glaze = px.f32(rng.normal((8, 0, 0), (14, 5, 6), (count, 3)))
        # Hand-made glass: slow waves, seeds of air, and the light behind it.
        wave = px.smooth_noise(rng, w, h, 26 * s) * 0.07 + px.smooth_noise(rng, w, h, 7 * s) * 0.05
        bubbles = np.clip(px.smooth_noise(rng, w, h, 4.5 * s) - 1.0, 0, 1) * 0.5
        lamp = 1.04 - 0.36 * np.clip(px.away_from(w, h, w * 0.5, h * 0.42) / np.hypot(w, h) * 1.9 - 0.2, 0, 1)
        self.glass = px.merged(px.to8((0.93 + wave + bubbles) * lamp * 245))

    def _aim(self) -> None:
        """For every place of the small copy the nine seeds of the grid that may win it."""
        (wide, high), (columns, rows) = self.low, self.grid
        y, x = np.mgrid[:high, :wide]
        at_x = np.clip((x * columns / wide).astype(int), 0, columns - 1)
        at_y = np.clip((y * rows / high).astype(int), 0, rows - 1)
        self.candidates = [
            np.clip(at_y + dy, 0, rows - 1) * columns + np.clip(at_x + dx, 0, columns - 1)
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
        ]
        self.places = np.stack([x, y], -1).astype(np.float32)

    def _panes(self, lab: Paint) -> tuple[Plane, Paint]:
        """The pane of every place, and the panes' mean colours, by a few rounds of clustering."""
        count = len(self.seeds)
        weight = _CUT * self.pane / 16
        points = np.concatenate([self.places, lab * weight], -1)
        at = np.clip(self.seeds.astype(int), 0, np.array(self.low) - 1)
        centres = np.concatenate([self.seeds, points[at[:, 1], at[:, 0], 2:]], -1)
        label = self.candidates[4]
        for _ in range(_ROUNDS):
            best = np.full(lab.shape[:2], np.inf, np.float32)
            label = self.candidates[4].copy()
            for candidate in self.candidates:
                apart = points - centres[candidate]
                apart = np.einsum("ijk,ijk->ij", apart, apart)
                if self.label is not None:
                    # The cut of before is kept where another one is hardly better.
                    apart[candidate == self.label] *= 0.6
                nearer = apart < best
                best[nearer] = apart[nearer]
                label[nearer] = candidate[nearer]
            area = np.maximum(1, np.bincount(label.ravel(), minlength=count))
            sums = [np.bincount(label.ravel(), points[..., k].ravel(), count) / area for k in range(5)]
            centres = np.stack(sums, -1).astype(np.float32)
        return label, centres[:, 2:] / weight

    def hold(self, frame: Picture, seconds: float) -> Picture:
        low = self.graded(kuwahara(self.small(frame, self.low), 3))
        lab = px.blur(cv2.cvtColor(low, cv2.COLOR_BGR2LAB), 1.4).astype(np.float32)
        self.label, colours = self._panes(lab)
        if self.pane_colours is not None:
            change = colours - self.pane_colours
            colours = self.pane_colours + change * np.clip(0.3 + np.abs(change) / 30, 0, 1)
        self.pane_colours = colours
        tinted = (colours - (0, 128, 128)) * (1, 1.25, 1.25) + (0, 128, 128) + self.glaze
        panes = cv2.cvtColor(px.to8(tinted)[None], cv2.COLOR_LAB2BGR)[0]
        return self._leaded(panes[self.label], self.label)

    def _leaded(self, flat: Picture, label: Plane) -> Picture:
        size, s = (self.width, self.height), self.scale
        marks = label.astype(np.float32)
        edge = cv2.morphologyEx(marks, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
        lines = px.blur(edge.astype(np.float32), 0.9)
        lead = cv2.resize(lines, size, interpolation=cv2.INTER_CUBIC)
        soft = px.blur(lines, 2.6)
        came = px.to8((lead - 0.25) * 255 * 9)
        shade = cv2.resize(px.to8(255 * (1 - 0.55 * soft)), size, interpolation=cv2.INTER_LINEAR)
        out = cv2.resize(flat, size, interpolation=cv2.INTER_NEAREST)
        out = px.mul(px.mul(out, self.glass), px.merged(shade))
        out = px.bloom(out, 110, 22 * s, 0.55)
        metal = px.darker(px.level(came, 0.16), 12)
        return cv2.add(px.mul(out, px.merged(cv2.bitwise_not(came))), px.merged(metal))
