"""Looks of small pieces: toy bricks with studs, and a mosaic of tesserae."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.craft import FullRange, OnTwos
from modules.preview.effects.looks.gradings import GRADINGS
from modules.preview.effects.pixels import Field, Paint, Picture, Plane
from modules.preview.effects.strokes import full_range

_PLASTIC = """
f4f4f4 a0a5a9 6c6e68 05131d c91a09 720e0f 0055bf 0a3463 5a93db 9fc3e9 36aebf 078bc9 237841 184632 4b9f4a
bbe90b dfeea5 f2cd37 fe8a18 a95500 f8bb3d cc702a 582a12 352100 e4cd9e 958a73 d09168 fc97ac c870a0 923978
81007b ac78ba 4354a3 7396c8 a0bcac 708e7c 9b9a5a f6d7b3 00838f
"""
"""Colours in which toy bricks are made, as RGB."""


def _plastic() -> Paint:
    rgb = [[int(code[k : k + 2], 16) for k in (0, 2, 4)] for code in _PLASTIC.split()]
    return px.f32(rgb)[:, ::-1]


def _lab(colours: Paint) -> Paint:
    return cv2.cvtColor(px.to8(colours)[None], cv2.COLOR_BGR2LAB)[0].astype(np.float32)


def _stud(block: int) -> tuple[Plane, Plane]:
    """What the lamp at the upper left makes of one block: how much it darkens and how much it lights up."""
    fine = 8
    side = block * fine
    y, x = (np.mgrid[:side, :side].astype(np.float32) + 0.5) / side
    cx, cy, radius = 0.49, 0.48, 0.315
    away = np.hypot(x - cx, y - cy)
    facing = -((x - cx) * 0.72 + (y - cy) * 0.69) / np.maximum(away, 1e-3)  # 1 towards the lamp
    rim = px.bell(away - radius + 0.03, 0.042)
    thrown = np.clip((radius + 0.02 - np.hypot(x - cx - 0.085, y - cy - 0.095)) / 0.05, 0, 1)
    shadow = thrown * np.clip((away - radius) / 0.02, 0, 1)
    top = np.clip((radius - away) / 0.02, 0, 1)
    shade = (
        0.90 + 0.06 * top - 0.46 * shadow - 0.42 * rim * np.clip(-facing, 0, 1) - 0.05 * (x + y) * (1 - top)
    )
    shine = 88 * rim * np.clip(facing, 0, 1) ** 1.5 + 16 * top * np.clip(1 - (x + y - 0.5), 0, 1)
    small = (block, block)
    return (
        cv2.resize(px.to8(shade * 255), small, interpolation=cv2.INTER_AREA),
        cv2.resize(px.to8(shine), small, interpolation=cv2.INTER_AREA),
    )


class Lego(OnTwos):
    """Toy bricks: every block one colour of plastic, with seams and a round stud lit from the upper left."""

    grading = GRADINGS["lego"]
    colours = 26
    prepared = False
    index: Plane | None = None

    def setup(self) -> None:
        super().setup()
        self.block = max(6, round(24 * self.scale))
        self.grid = columns, rows = -(-self.width // self.block), -(-self.height // self.block)
        shade, shine = _stud(self.block)
        self.shade_tile = self._tiled(shade)
        self.shine_tile = px.merged(self._tiled(shine))
        line = np.zeros((self.block, self.block), np.uint8)
        line[:, : max(1, round(self.block / 15))] = 165
        self.left_line, self.top_line = self._tiled(line), self._tiled(np.ascontiguousarray(line.T))
        # Bricks two to four studs long, laid so that joints do not meet from row to row.
        self.planned = np.zeros((rows, columns), bool)
        for row in range(rows):
            ends = np.cumsum(self.rng.choice((1, 2, 2, 3, 4), columns)) + row % 2
            self.planned[row, ends[ends < columns]] = True

    def _tiled(self, tile: Plane) -> Plane:
        columns, rows = self.grid
        return np.ascontiguousarray(np.tile(tile, (rows, columns))[: self.height, : self.width])

    def _low(self, frame: Picture) -> Picture:
        low = cv2.LUT(cv2.resize(frame, self.grid, interpolation=cv2.INTER_AREA), self.spread)
        low = self.graded(low)
        return cv2.addWeighted(low, 1.55, px.blur(low, 1.1), -0.55, 0)

    def prepare(self, samples: list[Picture]) -> None:
        """Of all the plastic, the colours that the clip needs most."""
        every, self.spread = _plastic(), full_range(samples)
        seen = np.concatenate([_lab(self._low(sample).reshape(-1, 3)) for sample in samples])
        near = ((seen[:, None] - _lab(every)[None]) ** 2).sum(-1).argmin(1)
        often = np.argsort(-np.bincount(near, minlength=len(every)), kind="stable")[: self.colours]
        self.plastic = every[often]
        self.prepared = True

    def hold(self, frame: Picture, seconds: float) -> Picture:
        if not self.prepared:
            self.prepare([frame])
        columns, rows = self.grid
        cells = _lab(self._low(frame).reshape(-1, 3))
        apart = ((cells[:, None] - _lab(self.plastic)[None]) ** 2 * px.f32([1.0, 1.2, 1.2])).sum(-1)
        if self.index is not None:
            # A block keeps its brick while another one is hardly better: noise must not change it.
            apart[np.arange(len(apart)), self.index] *= 0.72
        self.index = apart.argmin(1)
        colours = px.to8(self.plastic)[self.index].reshape(rows, columns, 3)
        size = columns * self.block, rows * self.block
        flat = cv2.resize(colours, size, interpolation=cv2.INTER_NEAREST)[: self.height, : self.width]
        shade = px.mul(self.shade_tile, self._joints(colours))
        return cv2.add(px.mul(flat, px.merged(shade)), self.shine_tile)

    def _joints(self, colours: Picture) -> Plane:
        """The dark seams between bricks (255 is none): those that are planned, and where colours change."""
        flat = colours.astype(np.int32) @ (1, 256, 65536)
        left, top = self.planned.copy(), np.ones_like(self.planned)
        left[:, 1:] |= flat[:, 1:] != flat[:, :-1]
        lines = [
            px.mul(self._over_blocks(left), self.left_line),
            px.mul(self._over_blocks(top), self.top_line),
        ]
        return cv2.bitwise_not(cv2.max(*lines))

    def _over_blocks(self, grid: Plane) -> Plane:
        size = self.grid[0] * self.block, self.grid[1] * self.block
        big = cv2.resize(grid.astype(np.uint8) * 255, size, interpolation=cv2.INTER_NEAREST)
        return np.ascontiguousarray(big[: self.height, : self.width])


class Mosaic(FullRange):
    """Small glazed stones set by hand in wavy rows, with grout between; each keeps its own tone and gloss."""

    grading = GRADINGS["mosaic"]

    def setup(self) -> None:
        super().setup()
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        stone = max(5.0, 16.5 * s)
        y, x = np.mgrid[:h, :w].astype(np.float32)
        # Rows that swing as if they followed something, of stones of uneven length.
        u = x / stone + px.smooth_noise(rng, w, h, 190 * s) * 1.3 + px.smooth_noise(rng, w, h, 22 * s) * 0.16
        v = y / stone + px.smooth_noise(rng, w, h, 210 * s) * 1.6 + px.smooth_noise(rng, w, h, 22 * s) * 0.16
        row = np.floor(v)
        slip = rng.uniform(0, 1, int(row.max() - row.min()) + 1)[(row - row.min()).astype(int)]
        u = u + slip.astype(np.float32)
        column = np.floor(u)
        wide = int(column.max() - column.min()) + 1
        label = (row - row.min()).astype(np.int64) * wide + (column - column.min()).astype(np.int64)
        _, label = np.unique(label, return_inverse=True)
        self.label = label.reshape(h, w)
        count = int(self.label.max()) + 1
        area = np.bincount(self.label.ravel(), minlength=count)
        middle = [
            np.bincount(self.label.ravel(), plane.ravel(), count) / np.maximum(1, area) for plane in (x, y)
        ]
        # The colour of a stone is taken from a small copy of the picture, at the stone's middle.
        self.low = max(8, round(w / stone)), max(8, round(h / stone))
        at = [middle[k] * self.low[k] / (w, h)[k] - 0.5 for k in (0, 1)]
        self.at = at[0].astype(np.float32)[:, None], at[1].astype(np.float32)[:, None]
        # Where in a table of 64 colours a row each stone's stands.
        side, rows = 64, -(-count // 64)
        self.table_shape = rows, side, 3
        where = (self.label % side).astype(np.float32), (self.label // side).astype(np.float32)
        self.where = cv2.convertMaps(*where, cv2.CV_16SC2, nninterpolation=True)
        self.glaze = rng.normal(1, 0.11, (count, 1)).astype(np.float32) + rng.normal(0, 0.02, (count, 3))
        self.stone_light, self.shine, self.grout = self._stones(u - column, v - row, count)

    def _stones(self, u: Field, v: Field, count: int) -> tuple[Picture, Picture, Picture]:
        """What multiplies the stones' colours, what is added to them, and the grout by itself."""
        rng, s = self.rng, self.scale
        edge = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
        face = np.clip((edge - 0.095) / 0.05, 0, 1)
        lean = [rng.normal(0, 1, count).astype(np.float32)[self.label] for _ in range(2)]
        tilt = (u - 0.5) * (0.10 + 0.16 * lean[0]) + (v - 0.5) * (0.10 + 0.16 * lean[1])
        bevel = np.clip(1 - (edge - 0.085) / 0.12, 0, 1)
        lit = np.where(np.minimum(u, v) < np.minimum(1 - u, 1 - v), 1.0, -1.0) * bevel
        light = (0.90 - tilt + 0.16 * lit) * face
        gloss = np.clip(rng.normal(0.25, 0.5, count), 0, 1).astype(np.float32)[self.label]
        spot = px.bell(np.hypot(u - 0.34, v - 0.32), 0.20) * gloss
        shine = (spot * 62 + np.clip(lit, 0, 1) * 26) * face
        h, w = u.shape
        sand = 1 + 0.14 * px.smooth_noise(rng, w, h, 1.6 * s) + 0.10 * px.smooth_noise(rng, w, h, 30 * s)
        near = np.clip((u + v) * 0.5 + 0.5, 0.6, 1.1)
        grout = ((1 - face) * sand * near)[..., None] * px.f32([126, 142, 150])
        return px.merged(px.to8(light * 255)), px.merged(px.to8(shine)), px.to8(grout)

    def hold(self, frame: Picture, seconds: float) -> Picture:
        low = self.graded(self.small(frame, self.low))
        low = cv2.addWeighted(low, 1.5, px.blur(low, 1.2), -0.5, 0)
        stones = cv2.remap(low, *self.at, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
        table = np.zeros(self.table_shape, np.uint8)
        table.reshape(-1, 3)[: len(stones)] = px.to8(stones * self.glaze)
        flat = cv2.remap(table, *self.where, cv2.INTER_NEAREST)
        return cv2.add(cv2.add(px.mul(flat, self.stone_light), self.grout), self.shine)
