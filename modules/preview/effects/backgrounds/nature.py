"""Painted nature: beach, mountains, forest, meadow, desert, under water."""

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies, water
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light


def beach(w, h, time, snow):
    horizon, shore = 0.47, 0.70
    picture = skies.sky(w, h, time, 11, 0.75, horizon)
    light = Light(time)
    y0, y1 = int(h * horizon), int(h * shore)
    # The sea is the sky seen at a slant: by day its own colours, at other hours mostly the sky's.
    stops = {
        "sunset": [(0, (112, 166, 246)), (0.35, (128, 116, 196)), (1, (104, 74, 92))],
        "night": [(0, (136, 94, 58)), (0.4, (92, 54, 28)), (1, (74, 48, 26))],
    }.get(time, [(0, (165, 112, 38)), (0.5, (180, 150, 45)), (1, (190, 195, 110))])
    sea = brush.gradient(w, y1 - y0, stops)
    sea += brush.ground_map(w, y1 - y0, 12, w / 9, 4)[..., None] * light((24, 24, 17))
    picture[y0:y1] = sea
    sand = brush.gradient(w, h - y1, [(0, (128, 172, 202)), (0.12, (158, 202, 228)), (1, (140, 190, 222))])
    sand = light(sand + brush.ground_map(w, h - y1, 14, w / 30, 5)[..., None] * np.float32([17, 19, 20]))
    picture[y1:] = sand
    far = brush.ridge(w, h * horizon, h * 0.055, 21, 0.5, 3)
    share = (
        brush.below(far, h)
        * (np.arange(h)[:, None] < y0)
        * np.clip(1.7 - np.abs(np.arange(w) / w - 0.12) * 5.0, 0, 1)[None]
    )
    brush.over(picture, light((118, 128, 96)), share.astype(np.float32))
    picture[y0 - 2 : y0 + 2] = picture[y0 - 2 : y0 + 2] * 0.6 + light.haze * 0.4
    _palms(picture, w, h, light)
    centre = {"sunset": 0.66, "night": skies.MOON[0]}.get(time)
    glints = {"sunset": (150, 215, 255), "night": (230, 214, 196)}.get(time, (255, 250, 240))
    veil = {"sunset": (170, 185, 250), "night": (128, 96, 74)}.get(time, (255, 250, 245))
    layers = (
        water.Shimmer(w, h, horizon + 0.004, shore, reach=4, glint=0.75, glints=glints, centre=centre),
        water.Surf(
            w, h, shore - 0.045, shore + 0.085, colour=tuple(float(v) for v in light((250, 250, 250)))
        ),
        skies.DriftingVeil(w, h, 0.02, horizon * 0.8, veil, 0.35 if time != "night" else 0.15, 9, 3),
    )
    return Backdrop(brush.finish(picture, 0.9, 0.25, 190), w, h, layers, ground=shore)


def _palms(picture, w, h, light):
    """A palm leaning in from the right, drawn on a canvas of its own for smooth edges."""
    layer = np.zeros((h, w), np.uint8)
    rng = np.random.default_rng(5)
    s = min(w, h * 1.2) / 1280
    for foot, top in (
        ((w * 0.985, h * 0.74), (w * 0.865, h * 0.16)),
        ((w * 1.03, h * 0.76), (w * 0.955, h * 0.30)),
    ):
        knots = [
            (foot[0] + (top[0] - foot[0]) * t**1.5, foot[1] + (top[1] - foot[1]) * t)
            for t in np.linspace(0, 1, 24)
        ]
        for k in range(23):
            cv2.line(
                layer,
                tuple(int(v) for v in knots[k]),
                tuple(int(v) for v in knots[k + 1]),
                255,
                max(2, int((17 - k * 0.42) * s * 1.3)),
                cv2.LINE_AA,
            )
        for angle in np.linspace(-200, 20, 11) + rng.uniform(-7, 7, 11):
            a, length = np.radians(angle), 230 * s * rng.uniform(0.8, 1.1)
            rib = [
                (
                    top[0] + np.cos(a) * length * t,
                    top[1] + np.sin(a) * length * t * 0.75 + 130 * s * t * t * 1.25,
                )
                for t in np.linspace(0, 1, 22)
            ]
            for k in range(1, 22):
                (x0, y0), (x1, y1) = rib[k - 1], rib[k]
                cv2.line(layer, (int(x0), int(y0)), (int(x1), int(y1)), 255, 2, cv2.LINE_AA)
                leaf = 62 * s * np.sin(np.pi * min(1, k / 22 + 0.12)) ** 0.6
                for side in (-0.5, 0.35):
                    cv2.line(
                        layer,
                        (int(x1), int(y1)),
                        (
                            int(x1 + (x1 - x0) * 1.3 + side * leaf * 0.5),
                            int(y1 + leaf * (0.85 if side < 0 else 1.0)),
                        ),
                        235,
                        max(1, int(3 * s)),
                        cv2.LINE_AA,
                    )
    share = layer.astype(np.float32) / 255
    shade = np.clip(0.75 + 0.4 * brush.noise(w, h, 30, 3, 3), 0.35, 1.3)[..., None]
    brush.over(picture, light(np.float32([38, 66, 44]) * shade), share)


def mountains(w, h, time, snow):
    picture = skies.sky(w, h, time, 4, 0.7, 0.62)
    light, haze = Light(time), Light(time).haze
    side = -1.0 if time == "sunset" else 1.0
    for k, (base, tall, far, cells) in enumerate(
        ((0.60, 0.30, 0.66, 3.2), (0.66, 0.42, 0.34, 2.2), (0.71, 0.20, 0.14, 4.0))
    ):
        line = brush.ridge(
            w, h * base, h * tall, 31 + k * (9 if w >= h else 5), 0.47, cells * max(0.6, w / h / 1.7)
        )
        top, bottom = int(max(0, line.min() - 4)), int(min(h, h * 0.80))
        part = picture[top:bottom]
        shade = brush.rock(w, bottom - top, max(w, h * 0.8) / (6 + 2 * k), 40 + k, side)
        height = np.clip((h * base - (np.arange(top, bottom)[:, None])) / (h * tall), 0, 1)
        lit, dark = (
            (np.float32([150, 150, 152]), np.float32([74, 66, 62]))
            if not snow
            else (np.float32([168, 164, 160]), np.float32([92, 78, 70]))
        )
        if k == 2 and not snow:
            lit, dark = np.float32([88, 142, 112]), np.float32([40, 70, 52])
        colour = dark + (lit - dark) * np.clip(0.45 + shade * 0.85, 0, 1)[..., None]
        cap = np.clip(
            (
                height
                + 0.42 * shade
                + 0.22 * brush.noise(w, bottom - top, w / 12, 4, 50 + k)
                - (0.16 if snow else 0.62)
            )
            * 4,
            0,
            1,
        )
        white = np.float32([250, 244, 238]) * np.clip(0.74 + 0.42 * shade, 0.5, 1.02)[..., None]
        brush.over(colour, white if k < 2 or snow else colour, cap)
        colour = light(colour)
        if time == "sunset":
            colour += np.clip(shade, 0, 1)[..., None] * np.float32([10, 42, 78])
        valley = np.clip(1 - height * 1.9, 0, 1) ** 1.5 * 0.55
        colour += (haze - colour) * np.clip(far + valley * (0.7 - 0.2 * k), 0, 0.92)[..., None]
        brush.over(part, colour, brush.below(line - top, bottom - top))
    _foreland(picture, w, h, 0.765, light, snow)
    layers = (
        skies.DriftingVeil(
            w,
            h,
            0.04,
            0.34,
            (255, 252, 248) if time != "sunset" else (190, 185, 245),
            0.30 if time != "night" else 0.08,
            7,
            12,
        ),
        skies.DriftingVeil(w, h, 0.52, 0.76, haze, 0.40, 12, 15),
    )
    if time == "night":
        layers += (skies.Twinkle(w, h, 22, 3, 0.3),)
    return Backdrop(brush.finish(picture, 1.0, 0.2, 200), w, h, layers, ground=0.76)


def _foreland(picture, w, h, top, light, snow):
    """Meadow or snow in front, with a row of firs where it begins."""
    y0 = int(h * top)
    field = (brush.ground_map(w, h - y0, 61, w / 40, 5) + 1.4 * brush.ground_map(w, h - y0, 62, w / 5, 3))[
        ..., None
    ]
    if snow:
        ground = brush.gradient(w, h - y0, [(0, (236, 222, 210)), (1, (250, 243, 236))]) + field * np.float32(
            [16, 13, 10]
        )
    else:
        ground = brush.gradient(w, h - y0, [(0, (70, 128, 96)), (1, (46, 118, 84))]) + field * np.float32(
            [18, 34, 30]
        )
    edge = y0 + (brush.ridge(w, 0, h * 0.02, 63, 0.45, 3) + h * 0.004)
    full = np.zeros_like(picture)
    full[y0:] = light(ground)
    full[:y0] = full[y0]
    _firs(picture, w, h, edge + h * 0.012, light, snow)
    brush.over(picture, full, brush.below(edge + h * 0.012, h, 2.0))


def _firs(picture, w, h, line, light, snow):
    layer = np.zeros((h, w), np.uint8)
    rng = np.random.default_rng(66)
    for x in np.sort(rng.uniform(0, w, int(70 * max(0.6, w / h)))):
        dense = 0.35 + 0.65 * abs(np.cos(x / w * 5 + 0.4))
        tall = h * 0.105 * rng.uniform(0.4, 1.0) * dense
        y = line[int(x)] + 3
        for k in range(6):
            a, half = k / 6, tall * 0.19 * (0.25 + (k + 1) / 6)
            cv2.fillConvexPoly(
                layer,
                np.int32(
                    [
                        [x, y - tall * (1 - a * 0.86)],
                        [x - half, y - tall * (0.80 - a * 0.84)],
                        [x + half, y - tall * (0.80 - a * 0.84)],
                    ]
                ),
                255,
                cv2.LINE_AA,
            )
    share = layer.astype(np.float32) / 255
    colour = np.zeros_like(picture) + light((46, 62, 40))
    if snow:
        frost = np.clip(brush.noise(w, h, 9, 2, 7) * 1.1, 0, 0.75)
        colour += (light((225, 212, 200)) - colour) * frost[..., None]
    brush.over(picture, colour, share * 0.96)


def forest(w, h, time, snow):
    light, haze = Light(time), {"sunset": (96, 170, 232), "night": (122, 92, 50)}.get(time, (168, 226, 214))
    picture = brush.gradient(
        w, h, [(0, haze), (0.55, tuple(min(255, c * 1.06) for c in haze)), (1, (70, 110, 80))]
    )
    picture += (
        brush.glow(w, h, w * 0.62, h * 0.26, max(w, h) * 0.34)[..., None]
        * np.float32([60, 70, 50])
        * (0.3 if time == "night" else 1)
    )
    floor = int(h * 0.70)
    for k in range(6):
        depth = k / 5
        rng = np.random.default_rng(70 + k)
        layer = np.zeros((h, w), np.uint8)
        foot = floor + (h - floor) * (depth**1.6) * 0.32
        for _ in range(int((15 - 2 * k) * max(0.55, w / h / 1.6))):
            x = rng.uniform(-0.03, 1.03) * w
            if k > 3 and 0.22 < x / w < 0.78:
                continue
            thick = min(w, h) * (0.010 + 0.042 * depth**1.5) * rng.uniform(0.6, 1.25)
            lean = rng.uniform(-0.03, 0.03) * h
            cv2.fillConvexPoly(
                layer,
                np.int32(
                    [
                        [x - thick * 0.62 + lean, -5],
                        [x + thick * 0.62 + lean, -5],
                        [x + thick, foot],
                        [x - thick, foot],
                    ]
                ),
                255,
                cv2.LINE_AA,
            )
            for _ in range(3):
                y = rng.uniform(0.05, 0.55) * h
                side = rng.choice([-1, 1])
                cv2.line(
                    layer,
                    (int(x + lean * (1 - y / h)), int(y)),
                    (int(x + side * thick * rng.uniform(4, 8)), int(y - thick * rng.uniform(2, 5))),
                    230,
                    max(1, int(thick * 0.34)),
                    cv2.LINE_AA,
                )
        crown = np.clip(
            (
                brush.noise(w, h, max(w, h * 0.7) / 7, 5, 80 + k).clip(-1, 0.75)
                + np.linspace(0.75, -1.75 + 0.2 * depth, h)[:, None]
            )
            * 3.2,
            0,
            1,
        )
        bush = np.clip(
            (
                brush.noise(w, h, w / 11, 5, 90 + k) * 0.8
                - (foot - np.arange(h)[:, None]) / (h * (0.05 + 0.05 * depth))
                + 0.6
            )
            * 3,
            0,
            1,
        ) * np.clip((foot + 4 - np.arange(h)[:, None] + 5 * brush.noise(w, 1, 9, 2, 93 + k)) / 7, 0, 1)
        bark = np.float32([44, 62, 70]) if not snow else np.float32([70, 72, 76])
        leaf = np.float32([38, 108, 70]) * (
            0.65 + 0.6 * np.clip(brush.noise(w, h, 16, 3, 95 + k), -0.6, 1)[..., None]
        )
        if snow:
            leaf = np.float32([226, 216, 206]) * (
                0.8 + 0.25 * np.clip(brush.noise(w, h, 16, 3, 95 + k), -0.6, 1)[..., None]
            )
        mist = np.float32(haze) * (1 - depth) ** 0.9
        near = 1 - (1 - depth) ** 0.9
        brush.over(
            picture,
            light(bark) * (0.5 + 0.3 * near) * near + mist,
            layer.astype(np.float32) / 255 * (0.5 + 0.5 * near),
        )
        brush.over(picture, light(leaf) * near + mist, np.maximum(crown * 0.85, bush) * (0.55 + 0.45 * near))
        if k == 3:
            ground = (
                brush.gradient(w, h - floor, [(0, (92, 140, 106)), (0.4, (50, 96, 76)), (1, (34, 66, 58))])
                if not snow
                else brush.gradient(w, h - floor, [(0, (232, 222, 212)), (1, (246, 240, 234))])
            )
            ground = light(
                ground + brush.ground_map(w, h - floor, 99, w / 34, 5)[..., None] * np.float32([12, 24, 22])
            )
            share = np.zeros((h, w), np.float32)
            share[floor:] = np.clip(np.linspace(0.5, 6, h - floor), 0, 1)[:, None]
            whole = np.zeros_like(picture)
            whole[floor:] = ground
            brush.over(picture, whole, share)
    layers = (
        water.Rays(
            w,
            h,
            (150, 215, 205) if time != "night" else (120, 90, 60),
            0.55 if time != "night" else 0.25,
            0.55,
            5,
        ),
        skies.DriftingVeil(w, h, 0.5, 0.82, haze, 0.30, 10, 6),
    )
    return Backdrop(brush.finish(picture, 1.3, 0.25, 185), w, h, layers, ground=0.74)


def meadow(w, h, time, snow):
    picture = skies.sky(w, h, time, 6, 0.85, 0.55)
    light, haze = Light(time), Light(time).haze
    for k, (base, tall, far) in enumerate(((0.55, 0.11, 0.55), (0.60, 0.09, 0.3), (0.655, 0.06, 0.1))):
        line = brush.ridge(w, h * base, h * tall, 23 + k, 0.34, 1.6 + k * 0.5)
        texture = brush.noise(w, h, w / 20, 5, 27 + k, 2.2)[..., None]
        colour = light(np.float32([70, 152, 108]) + texture * np.float32([14, 26, 24]))
        brush.over(picture, colour + (haze - colour) * far, brush.below(line, h, 1.5))
        if k == 1:
            _firs(picture, w, h, brush.ridge(w, h * 0.63, h * 0.03, 25, 0.4, 2), light, False)
    y0 = int(h * 0.655)
    field = brush.ground_map(w, h - y0, 29, w / 42, 5)
    grass = brush.gradient(w, h - y0, [(0, (66, 156, 112)), (1, (36, 122, 84))]) + field[
        ..., None
    ] * np.float32([20, 38, 34])
    blades = brush.noise(w, h - y0, 14, 3, 33, 0.25)[..., None] * np.linspace(0.1, 1, h - y0)[:, None, None]
    grass = light(grass + blades * np.float32([10, 24, 20]))
    share = np.zeros((h, w), np.float32)
    share[y0:] = np.clip(np.linspace(0, 8, h - y0), 0, 1)[:, None]
    whole = np.zeros_like(picture)
    whole[y0:] = grass
    brush.over(picture, whole, share)
    _flowers(picture, w, h, y0, light)
    layers = (
        skies.DriftingVeil(
            w,
            h,
            0.02,
            0.42,
            {"sunset": (180, 185, 250), "night": (128, 96, 74)}.get(time, (255, 253, 250)),
            0.42 if time != "night" else 0.15,
            9,
            8,
        ),
    )
    return Backdrop(brush.finish(picture, 1.0, 0.2, 200), w, h, layers, ground=0.68)


def _flowers(picture, w, h, y0, light):
    rng = np.random.default_rng(44)
    layer = np.zeros((h, w, 4), np.uint8)
    for _ in range(int(900 * w * h / 921600)):
        depth = rng.random() ** 0.8
        y, x = y0 + depth * (h - y0), rng.uniform(0, w)
        colour = [(60, 70, 232), (245, 250, 252), (70, 215, 250), (215, 120, 190)][rng.integers(4)]
        size = (0.6 + 4.2 * depth) * min(w, h) / 720
        cv2.ellipse(
            layer,
            (int(x), int(y)),
            (max(1, int(size)), max(1, int(size * 0.75))),
            0,
            0,
            360,
            (*colour, 255),
            -1,
            cv2.LINE_AA,
        )
    brush.over(picture, light(layer[..., :3]), layer[..., 3].astype(np.float32) / 255 * 0.9)


def desert(w, h, time, snow):
    picture = skies.sky(w, h, time, 8, 0.35, 0.56)
    light = Light(time)
    haze = light((190, 215, 238)) * 0.6 + light.haze * 0.4
    near = max(w, h * 0.8)
    y, x = np.arange(h, dtype=np.float32)[:, None], np.arange(w, dtype=np.float32)[None]
    low, high = np.float32([70, 116, 168]), np.float32([146, 206, 246])
    for k, (base, tall, far) in enumerate(
        ((0.555, 0.06, 0.55), (0.62, 0.12, 0.28), (0.74, 0.15, 0.08), (0.90, 0.16, 0.0))
    ):
        line = brush.ridge(w, h * base, h * tall, 53 + k * 3, 0.22, 1.2 + 0.6 * (3 - k))
        line = cv2.GaussianBlur(line[None], (0, 0), near / 60)[0]
        # A dune's lee side lies in shade; the shade's edge runs down from the crest at a slant, not straight
        # under it.
        slope = np.gradient(cv2.GaussianBlur(line[None], (0, 0), near / 28)[0]).astype(np.float32)
        shade = np.tanh(-slope * 3.4)[None].repeat(h, 0)
        fall = np.clip(y - line[None], 0, None)
        shade = cv2.remap(
            shade,
            x + fall * 0.9 + brush.noise(w, h, near / 5, 3, 60 + k, 2.0) * near * 0.035,
            y + 0 * x,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        fade = np.exp(-fall / (h * (0.12 + 0.10 * k)))
        lit = (
            0.66 + 0.58 * shade * fade - 0.06 * (1 - fade) + 0.12 * np.exp(-fall / (h * 0.012)) * (shade > 0)
        )
        ripples = brush.noise(w, h, 10 + 9 * k, 3, 57 + k, 6.0) * (0.05 + 0.025 * k)
        colour = light(low + (high - low) * np.clip(lit + ripples, 0, 1.06)[..., None])
        brush.over(picture, colour + (haze - colour) * far, brush.below(line, h, 1.6))
    layers = (
        skies.DriftingVeil(w, h, 0.50, 0.66, haze, 0.35, 26, 5),
        skies.DriftingVeil(w, h, 0.72, 0.95, haze, 0.16, 60, 7),
    )
    return Backdrop(brush.finish(picture, 0.9, 0.2, 205), w, h, layers, ground=0.72)


def underwater(w, h, time, snow):
    stops = {
        "sunset": [(0, (176, 178, 150)), (0.4, (140, 104, 52)), (1, (76, 44, 22))],
        "night": [(0, (118, 82, 30)), (0.4, (82, 48, 12)), (1, (40, 20, 6))],
    }.get(time, [(0, (215, 196, 88)), (0.4, (168, 122, 26)), (1, (84, 48, 8))])
    picture = brush.gradient(w, h, stops)
    shine = {"night": 0.3, "sunset": 0.8}.get(time, 1.0)
    picture += (
        brush.glow(w, h, w * 0.5, -h * 0.1, max(w, h) * 0.5)[..., None] * np.float32([70, 80, 60]) * shine
    )
    water_colour = picture[int(h * 0.72)].mean(0)
    for k, (base, tall, far) in enumerate(((0.80, 0.22, 0.76), (0.86, 0.17, 0.50))):
        line = brush.ridge(w, h * base, h * tall, 71 + k, 0.55, 3.5)
        colour = (
            np.float32([86, 74, 52])
            * (0.85 + 0.5 * brush.rock(w, h, max(w, h * 0.7) / 9, 75 + k))[..., None]
            * (0.4 + 0.6 * shine)
        )
        brush.over(picture, colour + (water_colour - colour) * far, brush.below(line, h, 3))
    y0 = int(h * 0.83)
    sand = (
        np.float32([150, 158, 146])
        * (0.35 + 0.65 * shine)
        * (1 + 0.16 * brush.ground_map(w, h - y0, 77, w / 14, 4)[..., None])
    )
    share = np.linspace(0.55, 0.15, h - y0, dtype=np.float32)[:, None, None]  # clearer towards the viewer
    whole = np.zeros_like(picture)
    whole[y0:] = sand + (water_colour - sand) * share
    brush.over(picture, whole, brush.below(y0 + brush.ridge(w, 0, h * 0.016, 78, 0.5, 4) + h * 0.016, h, 3))
    _reef(picture, w, h, water_colour, 0.35 + 0.65 * shine)
    rays = tuple(v * shine for v in ((170, 220, 240) if time == "sunset" else (235, 240, 190)))
    layers = (
        water.Rays(w, h, rays, 0.75, 0.18, 3, 0.8),
        skies.DriftingVeil(w, h, 0.0, 0.3, tuple(v * shine for v in (245, 240, 190)), 0.25, 22, 2),
    )
    return Backdrop(brush.finish(picture, 1.0), w, h, layers, ground=0.88, wet=True)


def _reef(picture, w, h, water_colour, shine):
    """Branching corals in groups at both sides, the near ones clearer; in place."""
    rng, s = np.random.default_rng(79), min(w, h * 1.2) / 720
    colours = np.float32([(120, 96, 226), (92, 140, 244), (178, 110, 206), (120, 196, 226), (150, 168, 96)])
    for k in range(44):
        depth = (k + 1) / 44
        x = rng.choice((-1, 1)) * (1 - rng.random() ** 2 * 0.6) * 0.54 * w + w / 2
        y, size = h * (0.86 + 0.18 * depth), (40 + 110 * depth) * s * rng.uniform(0.6, 1.2)
        colour = colours[rng.integers(len(colours))] * rng.uniform(0.75, 1.0) * shine
        colour = colour + (water_colour - colour) * (0.72 - 0.5 * depth)
        stems = [(x, y, -np.pi / 2 + rng.uniform(-0.25, 0.25), size * 0.26, 0)]
        while stems:
            sx, sy, angle, length, order = stems.pop()
            ex, ey = sx + np.cos(angle) * length, sy + np.sin(angle) * length
            tone = colour * (0.66 + 0.11 * order)
            cv2.line(
                picture,
                (int(sx), int(sy)),
                (int(ex), int(ey)),
                tuple(float(v) for v in tone),
                max(1, int((8 - 1.2 * order) * s * (0.4 + 0.6 * depth))),
                cv2.LINE_AA,
            )
            if order < 5:
                stems += [
                    (
                        ex,
                        ey,
                        angle + turn + rng.uniform(-0.2, 0.2),
                        length * rng.uniform(0.7, 0.95),
                        order + 1,
                    )
                    for turn in (-0.46, 0.44)
                ]
