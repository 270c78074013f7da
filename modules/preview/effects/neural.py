"""Painted looks by small style-transfer networks: oil, ukiyo-e, and any picture as a style.

The network sees a small picture (about 512x288) ten times a second. What it painted is carried along by
optical flow in between, which is faster and calmer than painting every frame anew; the fine detail of
brightness is put back from the full-size frame.
"""

from typing import Any

import cv2
import numpy as np

from modules.preview.effects import pixels as px
from modules.preview.effects.base import Effect
from modules.preview.effects.pixels import Field, Paint, Picture, Plane
from modules.preview.effects.regions import SkyLook, SkyMask
from modules.preview.effects.strokes import ink, kuwahara, paper
from modules.preview.errors import RenderError
from modules.preview.subject.networks import session

PIXELS = 512 * 288
"""Size of the painting inside: 9 frames a second on two cores, and strokes of a size that suits 1280x720."""
STYLES = {"oil": 19, "ukiyo_e": 24}
"""Of the 26 styles of the network, those that convince."""


class Painted(Effect):
    """Base: `stroke` paints a small RGB float picture (0..1); the rest keeps it still and sharp."""

    rate = 10.0
    keep = 0.42
    """Share of the full frame's fine detail of brightness."""
    colour = 0.0
    """Share of the scene's own colours, as flat washes under the paint."""
    form = 0.0
    """Share of the light and shade of things the size of a face, which the network tends to paint over."""
    steady = 0.55

    def setup(self) -> None:
        ratio = (PIXELS / (self.width * self.height)) ** 0.5
        self.low = (max(32, round(self.width * ratio / 8) * 8), max(32, round(self.height * ratio / 8) * 8))
        self.flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self.rows, self.columns = np.mgrid[: self.low[1], : self.low[0]].astype(np.float32)
        self.last: tuple[Picture, Paint] | None = None
        self.painted_at = -1.0

    def stroke(self, picture: Paint) -> Paint:
        raise NotImplementedError

    def _carried(self, plane: Plane) -> tuple[Paint, Field] | None:
        """The last painting moved along with the picture, and how far to trust each place of it: 0..1."""
        if self.last is None:
            return None
        before, canvas = self.last
        unknown: Any = None
        flow = self.flow.calc(plane, before, unknown)
        at_x, at_y = self.columns + flow[..., 0], self.rows + flow[..., 1]
        moved, old = (
            cv2.remap(picture, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for picture in (canvas, before)
        )
        return moved, np.clip(1 - cv2.absdiff(old, plane).astype(np.float32) / 26, 0, 1)

    def finish(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        """What follows at full size."""
        return out

    def paint(self, frame: Picture, seconds: float) -> Picture:
        low = cv2.resize(frame, self.low, interpolation=cv2.INTER_AREA)
        plane = px.grey(low)
        beat = int(seconds * self.rate + 1e-6)
        carried = self._carried(plane)
        if carried is not None and beat == self.painted_at and float(carried[1].mean()) >= 0.6:
            canvas = carried[0]
        else:
            canvas = self.stroke(cv2.cvtColor(low, cv2.COLOR_BGR2RGB).astype(np.float32) / 255)
            if carried is not None:
                canvas = px.lerp(canvas, carried[0], (carried[1] * self.steady)[..., None])
            self.painted_at = beat
        self.last = (plane, canvas)
        out = cv2.cvtColor((np.clip(canvas, 0, 1) * 255).astype(np.uint8), cv2.COLOR_RGB2BGR)
        if self.colour:
            flat = kuwahara(low, 3)
            out = px.add_difference(out, flat, px.merged(px.grey(flat)), self.colour)
        if self.form:
            out = px.add_difference(out, plane, px.blur(plane, 7), self.form)
        out = cv2.resize(out, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        out = px.add_difference(out, px.grey(frame), px.fit(plane, frame), self.keep)
        return self.finish(out, frame, seconds)


class Styled(Painted):
    """The 26-style network with one of its styles."""

    style = "oil"

    def setup(self) -> None:
        super().setup()
        self.net = session("multistyle26.onnx")
        self.weights = np.zeros(26, np.float32)
        self.weights[STYLES[self.style]] = 1

    def stroke(self, picture: Paint) -> Paint:
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1)[None])
        out = self.net.run(None, {"image": planes, "style_weights": self.weights})[0][0].transpose(1, 2, 0)
        out = np.ascontiguousarray(out)
        return out if out.shape[:2] == self.low[::-1] else cv2.resize(out, self.low)


class Oil(Styled):
    """Thick swirling strokes in the manner of Van Gogh, lit from the side so that the paint stands up, on
    canvas."""

    colour = 0.5
    form = 1.0
    keep = 0.22

    def setup(self) -> None:
        super().setup()
        self.rich = px.saturation(1.15)
        y, x = np.mgrid[: self.height, : self.width].astype(np.float32)
        pitch = 3.1 * self.scale + 1.2
        weave = np.cos(x * 2 * np.pi / pitch) * np.cos(y * 2 * np.pi / pitch)
        canvas = px.to8(249 + weave * 5 + px.smooth_noise(self.rng, self.width, self.height, 3) * 5)
        self.shade = px.mul(px.vignette(self.width, self.height, 0.28), px.merged(canvas))

    def finish(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        out = kuwahara(out, 2)
        plane = px.blur(px.grey(out), 0.7)
        lit = cv2.filter2D(plane, cv2.CV_16S, px.f32([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]) * 0.30)
        up, down = (np.clip(side, 0, 60).astype(np.uint8) for side in (lit, -lit))
        out = cv2.transform(out, self.rich)
        return px.mul(cv2.subtract(cv2.add(out, px.merged(down)), px.merged(up)), self.shade)


class UkiyoE(Styled, SkyLook):
    """A woodblock print: flat inks with a printed grain, dark keylines, a sky graded by hand, washi paper."""

    style = "ukiyo_e"
    keep = 0.30
    colour = 0.75

    def setup(self) -> None:
        super().setup()
        self.sky = SkyMask(self.width, self.height)
        self.sheet = paper(self.rng, self.width, self.height, (214, 234, 244), 7)
        self.rich = px.saturation(1.06)
        self.tone = px.curve((0, 0.10), (0.3, 0.36), (0.65, 0.76), (1, 1))

        rows = np.linspace(0, 1, self.height)[:, None, None]
        deep, pale, warm = np.array((132, 88, 34)), np.array((206, 214, 204)), np.array((170, 204, 240))
        fade = np.clip(rows / 0.30, 0, 1)
        picture = deep * (1 - fade) + (pale * (1 - rows) + warm * rows) * fade
        self.printed_sky = picture.repeat(self.width, 1).astype(np.uint8)

    def finish(self, out: Picture, frame: Picture, seconds: float) -> Picture:
        out = px.grade(cv2.transform(out, self.rich), self.tone)
        out = self.with_sky(out, frame, self.printed_sky, 0.62)
        key = ink(px.fit(px.blur(px.reduced(frame, 2), 0.8), frame), 1.6 * self.scale, 20, 2)
        key = cv2.merge([px.at_least(key, floor) for floor in (96, 62, 52)])
        return px.mul(px.mul(out, key), self.sheet)


class PictureStyle(Painted):
    """Any picture as the style. `picture` is a file; raises `RenderError` when it cannot be read."""

    keep = 0.7
    colour = 0.25
    form = 0.6
    SIDE, STYLE_SIDE = 384, 256

    def __init__(self, *args: Any, picture: str, **kwargs: Any) -> None:
        self.picture = picture
        super().__init__(*args, **kwargs)

    def setup(self) -> None:
        super().setup()
        drawn = cv2.imread(self.picture, cv2.IMREAD_COLOR)
        if drawn is None:
            raise RenderError(
                "The style picture cannot be read. Nothing was billed. Use a JPEG or PNG.", field="image_urls"
            )
        height, width = drawn.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = drawn[top : top + side, left : left + side]
        square = cv2.resize(square, (self.STYLE_SIDE,) * 2, interpolation=cv2.INTER_AREA)
        style = cv2.cvtColor(square, cv2.COLOR_BGR2RGB).astype(np.float32)[None] / 255
        reader = session("arbitrary_predict.onnx")
        self.bottleneck = reader.run(None, {reader.get_inputs()[0].name: style})[0]
        self.net = session("arbitrary_transform.onnx")
        self.names = [i.name for i in self.net.get_inputs()]

    def stroke(self, picture: Paint) -> Paint:
        square = cv2.resize(picture, (self.SIDE, self.SIDE), interpolation=cv2.INTER_AREA)
        out = self.net.run(None, {self.names[0]: square[None], self.names[1]: self.bottleneck})[0][0]
        return np.asarray(cv2.resize(out, self.low, interpolation=cv2.INTER_CUBIC))
