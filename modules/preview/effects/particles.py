"""Weather made of single things: leaves, petals, fireflies, bubbles, embers. Each is a small drawn picture
that follows its own path."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.pixels import Picture


class Sprite:
    """A small picture to lay over a frame: light is added, and where `alpha` is given the frame is covered
    first."""

    def __init__(self, colour: Picture, alpha: Picture | None = None) -> None:
        self.colour = colour if alpha is None else px.mul(colour, px.merged(alpha))
        self.through = None if alpha is None else px.merged(cv2.bitwise_not(alpha))

    def lay(self, frame: Picture, x: float, y: float, light: float = 1.0) -> None:
        """Put the sprite's middle at x, y of `frame`, in place."""
        height, width = self.colour.shape[:2]
        left, top = int(x - width / 2), int(y - height / 2)
        x0, y0 = max(0, left), max(0, top)
        x1, y1 = min(frame.shape[1], left + width), min(frame.shape[0], top + height)
        if x0 >= x1 or y0 >= y1:
            return
        part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
        under = np.ascontiguousarray(frame[y0:y1, x0:x1])
        if self.through is not None:
            under = px.mul(under, np.ascontiguousarray(self.through[part]))
        frame[y0:y1, x0:x1] = cv2.addWeighted(under, 1, np.ascontiguousarray(self.colour[part]), light, 0)


@dataclass(frozen=True)
class Thing:
    """One particle: its depth, 0 far .. 1 near, and its own random numbers in 0..1."""

    depth: float
    x: float
    y: float
    phase: float
    kind: float

    def swing(self, angle: float) -> float:
        """A sine that each particle is at another place of."""
        return math.sin(angle + self.phase * 6.28)


class Particles(Effect):
    """`count` particles at 1280x720, each on a path of its own."""

    moves = True
    count = 40

    def setup(self) -> None:
        area = math.sqrt(self.width * self.height / (1280 * 720))
        amount = max(6, round(self.count * area / max(0.6, self.scale)))
        depth = np.sort(self.rng.uniform(0, 1, amount) ** 1.6)
        self.things = [Thing(float(d), *self.rng.uniform(0, 1, 4).tolist()) for d in depth]
        self.sprites()

    def sprites(self) -> None:
        """Draw what `draw` will lay."""
        raise NotImplementedError

    def draw(self, frame: Picture, seconds: float, thing: Thing) -> None:
        """Lay one particle, in place."""
        raise NotImplementedError

    def paint(self, frame: Picture, seconds: float) -> Picture:
        frame = frame.copy()
        for thing in self.things:
            self.draw(frame, seconds, thing)
        return frame


def _soft_disc(radius: float, colour: tuple[float, float, float], core: float = 0.35) -> Picture:
    """A light: a bright core in a wide glow."""
    side = int(radius * 2) * 2 + 1
    y, x = np.mgrid[:side, :side] - side // 2
    distance = np.hypot(x, y) / max(1.0, radius)
    glow = np.exp(-((distance / 0.62) ** 2)) * 0.45 + np.exp(-((distance / (0.62 * core)) ** 2)) * 0.9
    glow *= np.clip(2 - distance, 0, 1)
    white = np.exp(-((distance / (0.3 * core)) ** 2))[..., None] * 120
    return px.to8(glow[..., None] * np.array(colour) + white)


class Leaves(Particles):
    """Autumn leaves that tumble down and sideways."""

    count = 60
    colours: tuple[tuple[int, int, int], ...] = (
        (22, 74, 196),
        (16, 110, 226),
        (34, 158, 236),
        (24, 48, 150),
        (40, 92, 158),
    )
    fall, drift, size = 150.0, 60.0, 15.0
    turns = 24
    veined = True

    def outline(self, size: float) -> Picture:
        """One leaf as a polygon around 0, 0, `size` its half length."""
        t = np.linspace(0, np.pi, 18)
        side = np.sin(t * (0.86 + 0.14 * t / np.pi)) ** 1.25 * (0.46 + 0.09 * np.abs(np.sin(t * 4)))
        along = -np.cos(t)
        points = np.concatenate(
            [np.stack([along, side], 1), np.stack([along, -side], 1)[::-1], [[-1.45, 0.04], [-1.0, -0.02]]]
        )
        return points * size

    def sprites(self) -> None:
        self.drawn: dict[tuple[int, int, int], Sprite] = {}
        self.sizes = [max(3.0, self.size * self.scale * k) for k in (0.42, 0.62, 0.85, 1.3, 2.0)]

    def sprite(self, size: int, colour: int, turn: int) -> Sprite:
        key = (size, colour, turn)
        if key not in self.drawn:
            half = self.sizes[size]
            side = int(half * 1.7) * 2 + 1
            angle = 2 * math.pi * turn / self.turns
            tilt = 0.25 + 0.75 * abs(math.cos(angle * 1.5 + colour))
            points = self.outline(half)
            points[:, 1] *= tilt
            spin = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
            shape = ((points @ spin.T + side // 2) * 16).astype(np.int32)
            alpha = np.zeros((side, side), np.uint8)
            cv2.fillPoly(alpha, [shape], 255, cv2.LINE_AA, 4)
            base = np.array(self.colours[colour], np.float32) * (0.62 + 0.5 * tilt)
            picture = np.full((side, side, 3), np.clip(base, 0, 255), np.uint8)
            if self.veined:
                ends = ((np.array([[-1.3, 0], [0.9, 0]]) * half) @ spin.T + side // 2).astype(int)
                start, end = ends.tolist()
                cv2.line(picture, start, end, np.clip(base * 0.68, 0, 255).tolist(), 1, cv2.LINE_AA)
            soft = 2.2 * self.scale if size == 4 else 0.5
            self.drawn[key] = Sprite(px.blur(picture, 0.6), px.blur(alpha, soft))
        return self.drawn[key]

    def draw(self, frame: Picture, seconds: float, thing: Thing) -> None:
        s, phase, kind = self.scale, thing.phase, thing.kind
        pace = (0.45 + 1.1 * thing.depth) * s
        reach, span = self.height + 120 * s, self.width + 160 * s
        down = (thing.y * reach + seconds * self.fall * pace * (0.8 + 0.4 * phase)) % reach - 60 * s
        swing = thing.swing(seconds * (1.3 + phase))
        across = (thing.x * span + seconds * self.drift * pace + swing * 34 * pace) % span - 80 * s
        turn = int((seconds * (0.35 + 0.5 * kind) + phase + 0.12 * swing) * self.turns) % self.turns
        colour = int(kind * len(self.colours)) % len(self.colours)
        self.sprite(min(4, int(thing.depth * 5)), colour, turn).lay(frame, across, down)


class Petals(Leaves):
    """Cherry petals: small, pale, slow."""

    count = 60
    colours = ((214, 188, 250), (226, 206, 252), (196, 160, 244), (238, 226, 254))
    fall, drift, size = 95.0, 85.0, 9.5
    veined = False

    def outline(self, size: float) -> Picture:
        t = np.linspace(0, 2 * np.pi, 20, endpoint=False)
        radius = 0.78 - 0.26 * np.exp(-(((t - np.pi) / 0.35) ** 2))
        return np.stack([np.cos(t) * radius * 1.15, np.sin(t) * radius * 0.8], 1) * size


class Fireflies(Particles):
    """Warm lights that wander and glow in turn."""

    count = 80

    def sprites(self) -> None:
        self.lights = [Sprite(_soft_disc(max(3, r * self.scale), (70, 225, 235))) for r in (9, 15, 22, 34)]

    def draw(self, frame: Picture, seconds: float, thing: Thing) -> None:
        reach, kind = (26 + 70 * thing.depth) * self.scale, thing.kind
        across = thing.x * self.width + reach * thing.swing(seconds * (0.5 + 0.4 * kind))
        across += reach * 0.4 * math.sin(seconds * 1.7 + thing.x * 9)
        rise = math.sin(seconds * (0.7 + 0.3 * thing.phase) + kind * 6.28)
        down = (0.22 + 0.75 * thing.y) * self.height + reach * 0.6 * rise
        glow = max(0.0, thing.swing(seconds * (1.1 + kind))) ** 0.8
        if glow > 0.03:
            self.lights[min(3, int(thing.depth * 4))].lay(frame, across, down, glow)


class Bubbles(Particles):
    """Air rising in strings, wobbling as it grows."""

    count = 84

    def sprites(self) -> None:
        self.sizes = []
        for radius in (2.0, 3.6, 6.4, 12):
            r = max(2.0, radius * self.scale)
            side = int(r * 1.4) * 2 + 3
            y, x = (np.mgrid[:side, :side] - side // 2) / r
            distance = np.hypot(x, y)
            rim = np.exp(-(((distance - 0.86) / 0.16) ** 2)) * (0.55 + 0.45 * -y)
            body = (distance < 0.95) * 0.10
            spark = np.exp(-(((x + 0.36) ** 2 + (y + 0.40) ** 2) / 0.035))
            light = np.clip(rim * 150 + body * 150 + spark * 235, 0, 255)
            self.sizes.append(Sprite(np.dstack([light, light * 0.97, light * 0.86]).astype(np.uint8)))

    def draw(self, frame: Picture, seconds: float, thing: Thing) -> None:
        s, depth = self.scale, thing.depth
        reach, pace = self.height + 80 * s, (70 + 120 * depth + 40 * thing.kind) * s
        down = self.height + 40 * s - (thing.y * reach + seconds * pace) % reach
        column = round(thing.x * 5) / 5 * 0.9 + 0.05 + (thing.phase - 0.5) * 0.10
        across = column * self.width + thing.swing(seconds * (2 + 2 * thing.kind)) * 9 * s * (0.5 + depth)
        self.sizes[min(3, int(depth * 4))].lay(frame, across, down, 0.9)


class Embers(Particles):
    """Sparks that rise, sway and go out."""

    count = 130

    def sprites(self) -> None:
        lights = (4.2, (20, 90, 250)), (6.4, (30, 130, 255)), (9.5, (40, 150, 255)), (18, (24, 92, 220))
        self.lights = [Sprite(_soft_disc(max(2, r * self.scale), colour, 0.5)) for r, colour in lights]

    def draw(self, frame: Picture, seconds: float, thing: Thing) -> None:
        depth, kind = thing.depth, thing.kind
        life = (thing.y + seconds * (0.13 + 0.22 * depth + 0.1 * kind)) % 1
        down = self.height * (1.04 - 1.02 * life)
        sway = math.sin(seconds * (1.4 + kind * 1.5) + thing.phase * 6.28 + life * 4)
        across = (thing.x * 1.2 - 0.1) * self.width + sway * 46 * self.scale * (0.3 + life)
        across += life * 90 * self.scale
        pulse = 0.7 + 0.3 * math.sin(seconds * 11 * (0.5 + kind) + thing.phase * 9)
        glow = min(1.0, 5 * life) * (1 - life) ** 0.6 * pulse
        if glow > 0.04:
            self.lights[min(3, int(depth * 4))].lay(frame, across, down, glow)
