"""Looks of electronic pictures: a thermal camera, a VHS tape, a digital glitch."""

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.looks.gradings import GRADINGS, Grade
from modules.preview.effects.pixels import Colour, Picture, Plane

_IRON = (
    (0.0, (24, 0, 2)),
    (0.12, (92, 2, 22)),
    (0.28, (150, 8, 92)),
    (0.42, (140, 20, 168)),
    (0.55, (70, 50, 216)),
    (0.68, (12, 108, 246)),
    (0.82, (6, 176, 254)),
    (0.93, (110, 232, 255)),
    (1.0, (236, 255, 255)),
)
"""Ironbow, as thermal cameras show it: cold is blue and violet, hot is orange, yellow and white."""


_WHITE = (255, 255, 255)


def _written(picture: Picture, text: str, at: tuple[int, int], size: float, colour: Colour) -> None:
    """A line of text with a dark rim, drawn into the picture; `size` is the height of a capital in pixels."""
    scale, thick = size / 21.5, max(1 + (size > 11), round(size / 9))
    for width, paint in ((thick * 3, (0, 0, 0)), (thick, colour)):
        cv2.putText(picture, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, paint, width, cv2.LINE_AA)


class Thermal(Effect):
    """What a thermal camera shows: warmth guessed from light and skin in ironbow colours, soft, with a scale
    bar and a reading in the middle."""

    low_end, high_end = 18.0, 232.0
    plate: Picture | None = None
    reading: float | None = None

    def setup(self) -> None:
        w, h, s = self.width, self.height, self.scale
        self.iron = px.gradient_map(*_IRON)
        self.low = max(16, w // 4), max(16, h // 4)
        self.noise = px.Grain(self.rng, *self.low, 2.2, 0.8, 3)
        self.frame_marks = np.zeros((h, w, 3), np.uint8)
        self._scale_bar(self.frame_marks)
        middle, arm, gap = (w // 2, h // 2), round(26 * s), round(9 * s)
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            ends = [(middle[0] + dx * k, middle[1] + dy * k) for k in (gap, arm)]
            cv2.line(self.frame_marks, *ends, (255, 255, 255), max(1, round(2.4 * s)), cv2.LINE_AA)
        self.clear = px.merged(
            cv2.bitwise_not(cv2.dilate(self.frame_marks, np.ones((3, 3), np.uint8)).max(-1))
        )

    def _scale_bar(self, picture: Picture) -> None:
        w, h, s = self.width, self.height, self.scale
        wide, top, bottom = max(3, round(22 * s)), round(h * 0.16), round(h * 0.84)
        left = w - round(46 * s) - wide
        bar = cv2.resize(np.arange(256, dtype=np.uint8)[::-1, None], (wide, bottom - top))
        picture[top:bottom, left : left + wide] = px.tinted(bar, self.iron)
        cv2.rectangle(picture, (left - 1, top - 1), (left + wide, bottom), (255, 255, 255), 1)
        for text, y in (("39.4", top - round(12 * s)), ("8.1", bottom + round(28 * s))):
            _written(picture, text, (left - round(14 * s), y), 17 * s, (255, 255, 255))

    def prepare(self, samples: list[Picture]) -> None:
        """Learns the range of the scale, and what stands still where the camera does: who moves is warm."""
        smalls = np.stack([cv2.resize(sample, self.low, interpolation=cv2.INTER_AREA) for sample in samples])
        plate = np.median(smalls, 0).astype(np.uint8)
        moved = np.stack([cv2.absdiff(small, plate).max(-1) for small in smalls]) > 22
        # A camera in somebody's hand moves every edge; before one on a tripod most of them stay.
        edges = cv2.dilate(cv2.Canny(plate, 60, 140), np.ones((3, 3), np.uint8)) > 0
        steady = moved.mean() < 0.10 and not (edges.any() and moved[:, edges].mean() > 0.08)
        self.plate = plate if len(samples) > 2 and steady else None
        seen = np.concatenate([self._warmth(sample).ravel() for sample in samples])
        low, high = np.percentile(seen, (3, 98.5))
        self.low_end, self.high_end = float(low), float(max(high, low + 40))

    def _warmth(self, frame: Picture) -> Plane:
        small = cv2.resize(frame, self.low, interpolation=cv2.INTER_AREA)
        light = cv2.transform(small, px.f32([[0.02, 0.42, 0.56]]))
        _, red, blue = cv2.split(cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb))
        skin = px.bell(red.astype(np.float32) - 152, 11) * px.bell(blue.astype(np.float32) - 110, 16)
        cold = np.clip((blue.astype(np.float32) - 132) * 1.6, 0, 70)
        warm = light + 74 * skin - cold
        if self.plate is not None:
            apart = px.blur(cv2.absdiff(small, self.plate).max(-1), 1.2).astype(np.float32)
            warm = 0.72 * warm + np.clip((apart - 16) * 7, 0, 170)
        return px.to8(px.blur(warm, 1.1))

    def paint(self, frame: Picture, seconds: float) -> Picture:
        stretch = 255 / (self.high_end - self.low_end)
        heat = cv2.convertScaleAbs(px.darker(self._warmth(frame), self.low_end), alpha=stretch)
        heat = self.noise(heat, seconds)
        full = cv2.resize(heat, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        out = px.tinted(full, self.iron)
        out = cv2.add(px.mul(out, self.clear), self.frame_marks)
        # The reading follows what lies under the cross, slowly.
        cx, cy = self.low[0] // 2, self.low[1] // 2
        spot = float(heat[cy - 2 : cy + 3, cx - 2 : cx + 3].mean())
        self.reading = spot if self.reading is None else self.reading + 0.06 * (spot - self.reading)
        s = self.scale
        _written(
            out, f"{8.1 + self.reading / 255 * 31.3:.1f} C", (round(30 * s), round(52 * s)), 26 * s, _WHITE
        )
        return out


class Vhs(Grade):
    """A worn video cassette: bled colour, scan lines, a torn band at the bottom, the recorder's words."""

    moves = True
    grading = GRADINGS["vhs"]

    def setup(self) -> None:
        super().setup()
        w, h, s = self.width, self.height, self.scale
        period = max(2, round(3 * s))
        rows = np.arange(h) % period
        self.lines = px.merged(np.repeat(px.to8(np.where(rows == 0, 205, 255))[:, None], w, 1))
        self.low = max(16, round(w * 0.36)), h
        coarse = max(4, round(h / 2 / max(0.5, s))), max(2, w // 6)
        self.snow = [
            px.to8(cv2.resize(self.rng.normal(0, 62, coarse).astype(np.float32), (w, h))) for _ in range(4)
        ]
        self.grain = px.Grain(self.rng, w, h, 7.0, 1.4, 4)
        self.shown: tuple[int, Picture, Picture] | None = None
        self.columns = np.arange(w, dtype=np.float32)[None].repeat(h, 0)
        self.rows = np.arange(h, dtype=np.float32)[:, None].repeat(w, 1)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        w, h, s = self.width, self.height, self.scale
        beat = int(seconds * 12 + 1e-6)
        frame = self._moved(frame, seconds, beat)
        luma, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_BGR2YCrCb))
        soft = cv2.resize(cv2.resize(luma, self.low, interpolation=cv2.INTER_AREA), (w, h))
        # The recorder sharpens what it has lost, which leaves pale echoes beside edges.
        wide = cv2.blur(soft, (max(3, round(15 * s)) | 1, 1))
        soft = cv2.addWeighted(soft, 1.55, wide, -0.55, 0)
        late = max(1, round(13 * s))
        coarse = max(8, w // 16), max(8, h // 4)
        smalls = [cv2.resize(plane, coarse, interpolation=cv2.INTER_AREA) for plane in (red, blue)]
        colour = [cv2.resize(cv2.blur(small, (3, 3)), (w, h)) for small in smalls]
        colour = [cv2.copyMakeBorder(plane, 0, 0, late, 0, cv2.BORDER_REPLICATE)[:, :w] for plane in colour]
        out = self.graded(cv2.cvtColor(cv2.merge([soft, *colour]), cv2.COLOR_YCrCb2BGR))
        out = self.grain(out, seconds)
        out = self._dropouts(px.mul(out, self.lines), beat)
        words, clear = self._words(int(seconds + 1e-6))
        return cv2.add(px.mul(out, clear), words)

    def _moved(self, frame: Picture, seconds: float, beat: int) -> Picture:
        """Lines that tremble, a slow bend, and the torn band where the heads switch."""
        h, s = self.height, self.scale
        dice = np.random.default_rng(beat + 17)
        y = np.arange(h, dtype=np.float32) / h
        shift = np.sin(y * 9 + seconds * 2.3) * 1.5 + np.repeat(dice.normal(0, 0.8, h // 4 + 1), 4)[:h]
        crease = (seconds * 0.11) % 1.3
        shift += px.bell(y - crease, 0.012) * 26
        torn = np.clip((y - 0.93) / 0.07, 0, 1)
        shift += torn * (60 + 30 * np.sin(y * 160 + beat)) + (torn > 0) * dice.normal(0, 10, h)
        x = self.columns + (shift * s).astype(np.float32)[:, None]
        return cv2.remap(frame, x, self.rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def _dropouts(self, out: Picture, beat: int) -> Picture:
        w, h, s = self.width, self.height, self.scale
        dice = np.random.default_rng(beat + 5)
        top = round(h * 0.93)
        snow = px.merged(self.snow[beat % len(self.snow)][top:])
        out[top:] = cv2.add(cv2.convertScaleAbs(out[top:], alpha=0.8), snow)
        for _ in range(int(dice.integers(3, 8))):
            x, y = int(dice.integers(0, w)), int(dice.integers(0, h))
            long, high = int(dice.uniform(30, 170) * s), max(1, round(2 * s))
            part = out[y : y + high, x : x + long]
            if part.size:
                fade = np.linspace(200, 0, part.shape[1])[None, :, None]
                out[y : y + high, x : x + long] = px.to8(part + fade)
        return out

    def _words(self, second: int) -> tuple[Picture, Picture]:
        """What the recorder writes, in its coarse letters, and what darkens the picture around them."""
        if self.shown is None or self.shown[0] != second:
            zoom = 240 / min(self.width, self.height)
            w, h = round(zoom * self.width), round(zoom * self.height)
            small, font = np.zeros((h, w), np.uint8), cv2.FONT_HERSHEY_SIMPLEX
            clock = f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}"
            for text, at, size in (
                ("PLAY", (16, 34), 0.75),
                (clock, (w - 112, 34), 0.75),
                ("SP", (16, h - 46), 0.6),
                ("OCT. 14 1988", (16, h - 24), 0.6),
            ):
                cv2.putText(small, text, at, font, size, 255, 2)
            cv2.fillPoly(small, [np.array([(86, 17), (86, 35), (101, 26)])], 255)
            small = cv2.threshold(small, 100, 255, cv2.THRESH_BINARY)[1]
            big = cv2.resize(small, (self.width, self.height), interpolation=cv2.INTER_NEAREST)
            rim = px.blur(cv2.dilate(big, np.ones((5, 5), np.uint8)), 2.0 * self.scale)
            words = px.level(px.blur(big, self.scale), 0.95)
            self.shown = second, px.merged(words), px.merged(cv2.bitwise_not(rim))
        return self.shown[1:]


class Glitch(Effect):
    """A broken signal: colours out of register, bands torn sideways, blocks from elsewhere, in bursts."""

    moves = True

    def setup(self) -> None:
        w, h, s = self.width, self.height, self.scale
        self.step = max(4, round(16 * s))
        rows = np.arange(h) % max(2, round(4 * s))
        self.lines = px.merged(np.repeat(px.to8(np.where(rows == 0, 214, 255.0))[:, None], w, 1))
        self.rich = px.saturation(1.35)

    def paint(self, frame: Picture, seconds: float) -> Picture:
        s, beat = self.scale, int(seconds * 10 + 1e-6)
        dice = np.random.default_rng(beat + 1000)
        slow = np.random.default_rng(beat // 5 + 77)
        force = float(0.55 + 0.45 * slow.random() ** 1.5)
        apart = max(2, round((9 + 15 * force * dice.random()) * s))
        out = px.fringe(cv2.transform(frame, self.rich), apart)
        self._tear(out, dice, force)
        self._blocks(out, dice, force)
        return px.mul(out, self.lines)

    def _tear(self, out: Picture, dice: np.random.Generator, force: float) -> None:
        """Bands of rows moved sideways, wrapped round, some of them with one colour further still."""
        h, s = self.height, self.scale
        for _ in range(int(5 + 9 * force)):
            top = int(dice.integers(0, h))
            high = max(2, int(dice.choice((4, 8, 14, 26, 52)) * s * dice.uniform(0.6, 1.2)))
            band = out[top : top + high]
            by = int(dice.normal(0, 70) * s * (0.6 + force)) or 3
            moved = np.roll(band, by, 1)
            if dice.random() < 0.45:
                plane = int(dice.integers(0, 3))
                moved[..., plane] = np.roll(moved[..., plane], round(34 * s), 1)
            out[top : top + high] = moved

    def _blocks(self, out: Picture, dice: np.random.Generator, force: float) -> None:
        """Macroblocks from elsewhere, smeared rows, and blocks whose colours are swapped or inverted."""
        w, h, step = self.width, self.height, self.step
        for _ in range(int(10 + 22 * force)):
            wide, high = int(dice.integers(1, 12)) * step, int(dice.integers(1, 4)) * step
            x, y = (int(dice.integers(0, max(1, size // step))) * step for size in (w, h))
            part = out[y : y + high, x : x + wide]
            kind = dice.random()
            if kind < 0.34:
                ox, oy = (int(dice.integers(0, max(1, size - step))) for size in (w, h))
                other = out[oy : oy + part.shape[0], ox : ox + part.shape[1]].copy()
                part[: other.shape[0], : other.shape[1]] = other
            elif kind < 0.62:
                part[:] = part[:, :1].copy()
            elif kind < 0.84:
                part[:] = part[..., dice.permutation(3)]
            else:
                ink = ((255, 240, 0), (220, 0, 255), (60, 255, 90))[int(dice.integers(3))]
                part[:] = px.mul(px.merged(px.grey(np.ascontiguousarray(part))), np.full_like(part, ink))
