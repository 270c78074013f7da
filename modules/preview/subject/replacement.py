"""Characters in the clip: the old subject hidden, a cut-out in its place, beside it, or alone; scaled,
coloured and grounded."""

import math

import cv2
import numpy as np

from modules.preview.subject.character import Character
from modules.preview.subject.clean_plate import fill
from modules.preview.subject.detection import Box, SubjectMask
from modules.preview.subject.moving_plate import MovingCleanPlate
from modules.preview.subject.placing import Place, Placing, Stance, stance
from modules.preview.video.arrays import Picture, Plane, Rect, disc
from modules.preview.video.compositing import ColourMatch, blend, contact_shadow, weighted
from modules.preview.video.scaling import area_resize


class CharacterCompositor:
    """Called with every frame after the matte. `kind`: `replace`, `join`, `alone` (nobody there to follow)
    or `remove`."""

    def __init__(
        self,
        character: Character | None,
        kind: str,
        width: int,
        height: int,
        fps: float,
        side: str | None = None,
    ) -> None:
        self.character, self.kind, self.side = character, kind, side
        self.stance: Stance = "stands"
        self.light, self.dry = 0, True
        self.width, self.height, self.fps = width, height, fps
        self.clean_plate: Picture | MovingCleanPlate | None = None
        self._box: Box | None = None
        self._width: float | None = None
        self._there = 0.0
        self._begins = True
        self._speed = self._pace = 0.0
        self._head = 0.5
        self._placing = Placing(width, height, fps)
        self._sized: dict[int, Picture] = {}
        self._match: ColourMatch | None = None

    def learn(
        self,
        scenery: list[Picture],
        usual: Box | None = None,
        *,
        light: int = 0,
        dry: bool = True,
        covers: bool = False,
    ) -> None:
        """The light of the place that the character comes into and from which side it falls, whether a shadow
        shows on its ground, where the subject usually is, and whether it should be covered."""
        self.light, self.dry = light, dry
        if self.character is None:
            return
        self._head = self.character.head
        self._placing.usual, self._placing.covers = usual, covers
        box, joins = None if self.kind == "alone" else usual, self.kind == "join"
        self.stance = stance(self.character.cut, box, self.height, joins=joins)
        if self.stance == "looks_in":
            middle = usual.centre[0] if usual is not None else self.width / 2
            near, far = ("left", "right") if middle < self.width / 2 else ("right", "left")
            self.side = self.side or (far if self.kind == "join" else near)
            self.character.face(self.side)
        view = self.character.front
        plain = cv2.divide(view[..., :3], cv2.merge([np.maximum(view[..., 3], 1)] * 3), scale=255)
        target = np.concatenate([area_resize(s, (64, 36)).reshape(-1, 3) for s in scenery])
        self._match = ColourMatch([plain], [view[..., 3]], target, strength=0.42)

    def __call__(self, frame: Picture, mask: SubjectMask, seconds: float) -> Picture:
        self._track(mask)
        frame = frame.copy()
        if self.kind in ("replace", "remove"):
            self._hide(frame, mask.alpha, mask.spot)
        if self.character is None:
            return frame
        behind = self.kind == "join" and self.stance in ("stands", "takes_place")
        clear = frame.copy() if behind else None
        self._place(frame, self.character, seconds)
        if clear is not None and mask.spot is not None:  # whom it joins stays in front
            x, y, w, h = mask.spot
            part = np.s_[y : y + h, x : x + w]
            frame[part] = blend(clear[part], frame[part], mask.alpha[part])
        return frame

    def paste(self, backdrop: Picture, mask: SubjectMask, seconds: float) -> Picture:
        """The character alone in front of a backdrop, where the subject was; changes and returns
        `backdrop`."""
        self._track(mask)
        if self.character is not None:
            self._place(backdrop, self.character, seconds)
        return backdrop

    def _track(self, mask: SubjectMask) -> None:
        if self.kind == "alone":
            tall = 0.62 * self.height
            x = {"left": 0.27, "right": 0.73, None: 0.62}[self.side] * self.width
            self._box, self._there = Box(x - tall * 0.3, self.height * 0.97 - tall, tall * 0.6, tall), 1.0
            return
        box = mask.box
        seen = box is not None and mask.lost < 5
        # Whom the clip begins with is there at once, for the first frame is the still; others fade in.
        # In the foreground a character stays, whether its subject does or not.
        leaves = -0.10 if self.stance in ("stands", "takes_place") else 0.0
        self._there = (
            1.0 if seen and self._begins else float(np.clip(self._there + (0.16 if seen else leaves), 0, 1))
        )
        self._begins = False
        if box is None:
            return
        box = self._beyond(box)
        if self._box is None or self._there <= 0.17:  # begun anew
            self._box, self._speed, self._pace = box, 0.0, 0.0
        # An even pace, for arms that swing move the middle of a box to and fro; no lag behind a steady walk.
        was = self._box.centre[0]
        ahead = box.centre[0] - was - self._pace
        centre = was + self._pace + 0.3 * ahead
        self._pace = 0.8 * self._pace if mask.lost else self._pace + 0.04 * ahead
        slow = min(1.0, 1.2 / self.fps)  # a figure neither pumps nor swells with a stride or a wing
        height, foot = self._box.h + slow * (box.h - self._box.h), self._box.y + self._box.h
        foot += 0.12 * (box.y + box.h - foot)
        width = self._box.w + slow * (box.w - self._box.w)
        self._box = Box(centre - width / 2, foot - height, width, height)
        camera = self.clean_plate.step if isinstance(self.clean_plate, MovingCleanPlate) else 0.0
        self._speed += 0.08 * ((centre - was + camera) * self.fps / self.width - self._speed)

    def _beyond(self, box: Box) -> Box:
        """The box with what of the subject is beyond the frame's sides, by the width that it last had."""
        left, right = box.x <= 3, box.x + box.w >= self.width - 3
        if left == right:
            self._width = box.w
            return box
        wide = max(box.w, self._width or 0.4 * box.h)
        return Box(box.x + box.w - wide if left else box.x, box.y, wide, box.h)

    def _place(self, frame: Picture, character: Character, seconds: float) -> None:
        if self._box is None or self._there <= 0.02:
            return
        view = character.towards(self._speed)
        place = self._placed(self._box, view.shape[1] / view.shape[0])
        centre, foot, tall = place.centre, place.foot, place.tall
        step = min(1.0, abs(self._speed) / 0.05)
        lift = abs(math.sin(seconds * 2 * math.pi * 0.95)) * 0.012 * tall * step
        lean = math.sin(seconds * 2 * math.pi * 0.95) * 1.1 * step + math.sin(seconds * 0.9) * 0.35
        if place.grounded and self.dry:
            stand = Box(centre - place.wide * 0.42, foot - tall, place.wide * 0.84, tall)
            contact_shadow(frame, stand, 0.0, 0.62 * self._there, self.light)
        elif not place.grounded:
            lift, lean = -0.5 * abs(lift), 0.3 * lean  # its cut edge stays out of the frame
        self._draw(frame, view, centre, foot - lift, tall, lean)

    def _placed(self, box: Box, shape: float) -> Place:
        placing, joins = self._placing, self.kind == "join"
        if self.stance == "looks_in":
            return placing.looks_in(self.side or "left", shape, 0.4 if joins else 1.0)
        if self.stance == "foreground":
            place = placing.foreground(box, shape)
            return placing.aside(place, placing.side(box, self.side)) if joins else place
        if self.stance == "stands":
            place = placing.stands(box, shape)
        else:
            place = placing.takes_place(box, shape, self._head)
        return placing.beside(place, box, placing.side(box, self.side)) if joins else place

    def _draw(
        self, frame: Picture, view: Picture, centre: float, foot: float, tall: float, lean: float
    ) -> None:
        """The view on the frame, in place: `tall` pixels high, leaning by so many degrees round its foot."""
        source = self._copy(view, tall)
        scale = tall / source.shape[0]
        turn = math.radians(lean)
        cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
        wide = source.shape[1] * scale
        margin = tall * 0.04 + 3
        x0, x1 = int(max(0, centre - wide / 2 - margin)), int(min(self.width, centre + wide / 2 + margin))
        y0, y1 = int(max(0, foot - tall - margin)), int(min(self.height, foot + margin))
        if x1 - x0 < 3 or y1 - y0 < 3:
            return
        cx, cy = source.shape[1] / 2, source.shape[0]
        across, down = centre - x0 - cos * cx + sin * cy, foot - y0 - sin * cx - cos * cy
        matrix = np.array([[cos, -sin, across], [sin, cos, down]], np.float32)
        drawn = cv2.warpAffine(source, matrix, (x1 - x0, y1 - y0), flags=cv2.INTER_LINEAR)
        if self._there < 0.99:
            drawn = cv2.convertScaleAbs(drawn, alpha=self._there)
        gone = cv2.bitwise_not(drawn[..., 3])
        part = frame[y0:y1, x0:x1]
        frame[y0:y1, x0:x1] = cv2.add(weighted(part, gone), drawn[..., :3])

    def _copy(self, view: Picture, tall: float) -> Picture:
        """The view at about the wanted size, coloured for the place, edge softened; kept for the next
        frames."""
        step = 2 ** (math.ceil(math.log2(max(tall, 16)) * 2 - 0.2) / 2)
        key = hash((view.shape, int(step), int(view[view.shape[0] // 2].sum()), int(view[:, 0].sum())))
        if key not in self._sized:
            rows = max(8, min(int(step), int(view.shape[0] * 1.5)))
            small = cv2.resize(
                view,
                (max(4, int(view.shape[1] * rows / view.shape[0])), rows),
                interpolation=cv2.INTER_AREA if rows < view.shape[0] else cv2.INTER_CUBIC,
            )
            small = cv2.GaussianBlur(cv2.copyMakeBorder(small, 2, 0, 2, 2, cv2.BORDER_CONSTANT), (0, 0), 0.7)
            alpha = np.ascontiguousarray(small[..., 3])
            solid = cv2.merge([np.maximum(alpha, 1)] * 3)
            colour = cv2.divide(np.ascontiguousarray(small[..., :3]), solid, scale=255)
            if self._match is not None:
                colour = self._match(colour)
            self._sized[key] = np.dstack([weighted(colour, alpha), alpha])
        return self._sized[key]

    def _hide(self, frame: Picture, alpha: Plane, spot: Rect | None) -> None:
        """The old subject taken out of the frame, in place: what other frames show there, else what lies
        beside it."""
        if spot is None:
            return
        x, y, w, h = spot
        part = np.s_[y : y + h, x : x + w]
        size = (max(8, w // 4), max(8, h // 4))
        grow = max(3, int(min(size) * 0.035)) | 1
        mask = cv2.dilate(
            area_resize(alpha[part], size),
            disc(2 * grow + 1),
        )
        mask = cv2.convertScaleAbs(cv2.GaussianBlur(mask, (0, 0), grow * 0.45), alpha=1.35)
        mask = cv2.resize(mask, (w, h))
        if isinstance(self.clean_plate, MovingCleanPlate):
            behind = self.clean_plate.behind(frame, alpha, mask, spot)
        else:
            behind = self.clean_plate[part] if self.clean_plate is not None else fill(frame[part], mask)
        frame[part] = blend(behind, frame[part], mask)
