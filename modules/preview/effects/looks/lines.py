"""Looks made of lines: a blueprint, neon tubes, a cel-shaded game."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.looks.craft import OnTwos
from modules.preview.effects.looks.gradings import GRADINGS
from modules.preview.effects.outlines import Lingering, drawn_wide, outlines
from modules.preview.effects.pixels import Picture, Plane
from modules.preview.effects.strokes import index_of, kuwahara, nearest_table, palette

_SMALL = 0.6
"""Frames of less than this share of 720 rows are worked on at their full size."""


def _smoothed(frame: Picture, scale: float, times: int = 2) -> Picture:
    """A copy without grain and texture, with its edges; half the size, unless the frame is small itself."""
    low, scale = (px.reduced(frame, 2), scale) if scale > _SMALL else (frame, scale * 2)
    for _ in range(times):
        low = kuwahara(low, max(1, round(3 * scale)))
    return px.blur(low, 0.8 * scale)


def _long(scale: float, pixels: float) -> int:
    """`pixels` of the copy that `_smoothed` makes of a frame of 720 rows, in those of this frame's copy."""
    return round(pixels * scale * (1 if scale > _SMALL else 2))


class Blueprint(OnTwos):
    """A technical drawing: white lines on Prussian blue paper with a grid, a frame and construction marks."""

    def setup(self) -> None:
        super().setup()
        w, h, s, rng = self.width, self.height, self.scale, self.rng
        sheet = np.full((h, w, 3), (134, 62, 16), np.float32)
        blotch = px.smooth_noise(rng, w, h, 180 * s) * 7 + px.smooth_noise(rng, w, h, 2 * s) * 3.5
        sheet += blotch[..., None] * px.f32([1, 0.8, 0.5])
        minor = max(4, round(18 * s))
        for step, light in ((minor, 16), (minor * 5, 26)):
            sheet[::step] += light
            sheet[:, ::step] += light
        self.sheet = px.to8(px.mul(px.to8(sheet), px.vignette(w, h, 0.34, 0.3)).astype(np.float32))
        self.chalk = px.to8(232 + 40 * px.smooth_noise(rng, w, h, 1.8 * s))
        self.marks = self._marks()
        self.lingering = Lingering(0.45)
        self.hatch = self._hatch()

    def _hatch(self) -> Plane:
        y, x = np.mgrid[: self.height, : self.width]
        gap = max(4.0, 8.5 * self.scale)
        return px.to8(np.clip(1 - np.abs((x + y) % gap - 1) / 1.0, 0, 1) * 70)

    def _marks(self) -> Plane:
        """The frame, centre lines, a dimension along two sides, and the title block."""
        w, h, s = self.width, self.height, self.scale
        marks, thin, edge = np.zeros((h, w), np.uint8), max(1, round(1.4 * s)), round(20 * s)
        cv2.rectangle(marks, (edge, edge), (w - edge, h - edge), 225, max(1, round(2.6 * s)))
        for k in range(0, max(w, h), max(8, round(52 * s))):
            for a, b in ((k, k + round(32 * s)), (k + round(39 * s), k + round(43 * s))):
                cv2.line(marks, (a, h // 2), (b, h // 2), 105, thin)
                cv2.line(marks, (w // 2, a), (w // 2, b), 105, thin)
        cv2.circle(marks, (w // 2, h // 2), round(0.40 * h), 80, thin, cv2.LINE_AA)
        head, at = round(13 * s), round(50 * s)
        left, right, top, bottom = round(0.14 * w), round(0.80 * w), round(0.16 * h), round(0.80 * h)
        cv2.line(marks, (left, at), (right, at), 215, thin)
        cv2.line(marks, (at, top), (at, bottom), 215, thin)
        for x, way in ((left, 1), (right, -1)):
            cv2.line(marks, (x, at - head), (x, at + head), 215, thin)
            cv2.fillPoly(
                marks,
                [np.array([(x, at), (x + way * head, at - head // 3), (x + way * head, at + head // 3)])],
                215,
            )
        for y, way in ((top, 1), (bottom, -1)):
            cv2.line(marks, (at - head, y), (at + head, y), 215, thin)
            cv2.fillPoly(
                marks,
                [np.array([(at, y), (at - head // 3, y + way * head), (at + head // 3, y + way * head)])],
                215,
            )
        self._title_block(marks, edge)
        return marks

    def _title_block(self, marks: Plane, edge: int) -> None:
        w, h, s = self.width, self.height, self.scale
        wide, high, thin = round(262 * s), round(92 * s), max(1, round(1.6 * s))
        x, y = w - edge - wide, h - edge - high
        self.block = max(0, x), max(0, y)
        marks[y : h - edge, x : w - edge] = 0
        cv2.rectangle(marks, (x, y), (w - edge, h - edge), 225, max(1, round(2.2 * s)))
        for k, text in enumerate(("PROJECT  NO. 24-07", "SCALE 1:50   SHEET 3", "DRAWN  K.O.   REV B")):
            below = y + round((25 + 29 * k) * s)
            cv2.putText(
                marks,
                text,
                (x + round(12 * s), below),
                cv2.FONT_HERSHEY_PLAIN,
                1.18 * s,
                225,
                thin,
                cv2.LINE_AA,
            )
            if k:
                cv2.line(marks, (x, below - round(21 * s)), (w - edge, below - round(21 * s)), 190, thin)

    def hold(self, frame: Picture, seconds: float) -> Picture:
        s, size = self.scale, (self.width, self.height)
        low = _smoothed(frame, s, 1)
        strong = outlines(low, 70, 170, _long(s, 16))
        fine = cv2.subtract(
            outlines(low, 28, 72, _long(s, 12)), cv2.dilate(strong, np.ones((5, 5), np.uint8))
        )
        strong = self.lingering(strong, low)
        lines = cv2.max(
            drawn_wide(strong, size, 3.4 * s),
            cv2.convertScaleAbs(drawn_wide(fine, size, 2.3 * s), alpha=0.62),
        )
        plane = cv2.resize(px.grey(low), size, interpolation=cv2.INTER_LINEAR)
        # What is bright lies a little paler on the paper, what is dark is hatched.
        pale = px.level(plane, 0.26, 14)
        dark = px.to8(np.clip((74 - np.arange(256)) * 8.0, 0, 255))
        lines = cv2.max(lines, px.mul(self.hatch, cv2.LUT(plane, dark)))
        x, y = self.block
        lines[y:, x:] = 0
        lines = px.mul(cv2.max(lines, self.marks), self.chalk)
        paper = cv2.add(self.sheet, cv2.merge([px.level(pale, 1.0), pale, px.level(pale, 0.75)]))
        return px.screen(paper, px.merged(lines))


_GASES = (
    (255, 240, 0), (255, 90, 40), (255, 30, 190), (130, 20, 255),
    (60, 60, 255), (0, 160, 255), (40, 255, 120), (255, 240, 0),
)  # fmt: skip
"""The colours of neon tubes from cyan round to cyan."""


class LineNeon(OnTwos):
    """Glowing glass tubes along every outline, in the dark."""

    rate = 15.0

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        y, x = np.mgrid[:h, :w].astype(np.float32)
        turn = 0.55 * x / w + 0.35 * y / h + px.smooth_noise(self.rng, w, h, 300 * s) * 0.12
        self.turn = cv2.resize(turn.astype(np.float32), (max(8, w // 8), max(8, h // 8)))
        self.lingering = Lingering(0.5)
        self.tubes = px.gradient_map(*zip(np.linspace(0, 1, len(_GASES)), _GASES, strict=True))

    def _colours(self, low: Picture) -> Picture:
        """The gas of the tubes: the place's own hue where it has one, else one that goes round the frame."""
        small = px.blur(cv2.resize(low, self.turn.shape[::-1], interpolation=cv2.INTER_AREA), 2.5)
        lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).astype(np.float32)
        a, b = lab[..., 1] - 128, lab[..., 2] - 128
        own = np.clip(np.hypot(a, b) / 40, 0, 1)[..., None]
        along = px.tinted(px.to8((self.turn % 1) * 255), self.tubes).astype(np.float32)
        pure = np.concatenate([np.full_like(own, 165), np.stack([a, b], -1) * 4 * (1 + own) + 128], -1)
        hued = cv2.cvtColor(px.to8(pure), cv2.COLOR_LAB2BGR).astype(np.float32)
        mixed = along + (hued - along) * own * 0.75
        mixed = (mixed - mixed.min(-1, keepdims=True)) / np.maximum(1, np.ptp(mixed, axis=-1))[..., None]
        return cv2.resize(px.to8(mixed * 255), (self.width // 2 or 1, self.height // 2 or 1))

    def hold(self, frame: Picture, seconds: float) -> Picture:
        s, size = self.scale, (self.width, self.height)
        low = _smoothed(frame, s, 2)
        lines = outlines(low, 46, 118, _long(s, 34))
        lines = self.lingering(lines, low)
        half = lines.shape[1], lines.shape[0]
        tube = drawn_wide(lines, half, 3.0 * s)
        colours = cv2.resize(self._colours(low), half)
        lit = px.mul(colours, px.merged(tube))
        quarter = px.reduced(lit, 2)
        near, wide = px.blur(quarter, 2.6 * s), px.blur(px.reduced(quarter, 2), 7 * s)
        glow = cv2.addWeighted(px.fit(near, lit), 1.2, px.fit(wide, lit), 1.7, 0)
        ghost = cv2.convertScaleAbs(px.mul(low, colours), alpha=0.085)
        out = cv2.add(cv2.add(ghost, glow), lit)
        core = drawn_wide(lines, size, 3.4 * s)
        out = cv2.resize(out, size, interpolation=cv2.INTER_LINEAR)
        return cv2.add(out, px.merged(px.level(core, 0.78)))


def _brightest(picture: Picture) -> Plane:
    """Of the three colours of each pixel the strongest."""
    blue, green, red = cv2.split(picture)
    return cv2.max(cv2.max(blue, green), red)


class CelShaded(OnTwos):
    """A cel-shaded game: a few flat colours in hard tones, and thick black outlines around everything."""

    grading = GRADINGS["cel_shaded"]
    rate = 24.0
    colours = 14
    prepared = False

    def setup(self) -> None:
        super().setup()
        levels = np.arange(256)
        tones = np.select([levels < 30, levels < 96, levels < 180], [30, 100, 182], 255).astype(np.float32)
        self.tones = px.to8(px.blur(tones[None], 0.8)[0])
        self.lift = px.to8(220 / np.maximum(levels, 6) * 16)
        self.room = px.to8(255 * np.clip((118 - levels) / 40, 0, 1))
        self.lingering = Lingering(0.4)

    def _plain(self, low: Picture) -> Picture:
        """The colours without their light."""
        gain = cv2.LUT(px.blur(_brightest(low), 0.8), self.lift)
        return cv2.multiply(low, px.merged(gain), scale=1 / 16)

    def prepare(self, samples: list[Picture]) -> None:
        plain = [self._plain(self.graded(px.blur(px.reduced(sample, 4), 1.5))) for sample in samples]
        tones = palette(plain, self.colours)
        paints = tones * (244 / np.maximum(60, tones.max(1)))[:, None]
        self.paints = np.zeros((256, 1, 3), np.uint8)
        self.paints[: len(paints)] = cv2.transform(px.to8(paints)[:, None], px.saturation(1.4))
        self.table = nearest_table(tones)
        self.prepared = True

    def hold(self, frame: Picture, seconds: float) -> Picture:
        if not self.prepared:
            self.prepare([frame])
        s, size = self.scale, (self.width, self.height)
        low = self.graded(_smoothed(frame, s, 2))
        index = index_of(self._plain(low), self.table)
        base = px.tinted(cv2.medianBlur(cv2.medianBlur(index, 5), 5), self.paints)
        light = cv2.medianBlur(px.blur(_brightest(low), 1.6 * s), 5)
        flat = px.mul(base, px.merged(cv2.LUT(light, self.tones)))
        lines = self.lingering(outlines(low, 84, 200, _long(s, 30)), low)
        # Where outlines crowd, as in leaves, they would leave nothing but black.
        lines = px.mul(lines, cv2.LUT(px.blur(lines, _long(s, 5)), self.room))
        full = cv2.resize(flat, size, interpolation=cv2.INTER_CUBIC)
        return px.mul(full, px.merged(cv2.bitwise_not(drawn_wide(lines, size, 7.5 * s))))
