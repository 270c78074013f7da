"""Painted far places: space, the moon, Mars, lava, skies alone."""

import cv2
import numpy as np

from modules.preview.effects.backgrounds import brush, skies
from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.light import Light


def _deep(w, h, seed=5):
    picture = np.zeros((h, w, 3), np.float32) + np.float32([16, 8, 6])
    band = np.exp(
        -((((np.arange(h)[:, None] / h - 0.45) + 0.35 * (np.arange(w)[None] / w - 0.5)) / 0.24) ** 2)
    ).astype(np.float32)
    for k, colour in enumerate(((150, 60, 70), (120, 40, 140), (150, 120, 40), (60, 70, 170))):
        cloud = np.clip(brush.noise(w, h, w / 2.6, 6, seed + k) * 1.2 - 0.05, 0, 1) ** 1.3
        picture += (cloud * (0.25 + band))[..., None] * np.float32(colour) * 0.72
    dust = np.clip(brush.noise(w, h, w / 5, 6, seed + 9) * 1.5, 0, 1) * band
    picture *= (1 - 0.6 * dust)[..., None]
    skies.add_stars(picture, seed, 0.0026)
    return picture


def _globe(picture, x, y, r, colours, seed, light=(-0.6, -0.5)):
    """A lit ball with bands and a rim of air."""
    h, w = picture.shape[:2]
    gx, gy = np.meshgrid(np.arange(w, dtype=np.float32) - x, np.arange(h, dtype=np.float32) - y)
    d = np.hypot(gx, gy) / r
    z = np.sqrt(np.clip(1 - d * d, 0, 1))
    lit = np.clip((gx / r * light[0] + gy / r * light[1]) + z * 0.62, 0, 1)
    field = np.clip(0.5 + 0.6 * brush.noise(w, h, r / 1.6, 5, seed, 2.2), 0, 1)[..., None]
    colour = (np.float32(colours[0]) + (np.float32(colours[1]) - np.float32(colours[0])) * field) * (
        0.03 + 1.05 * lit[..., None]
    )
    brush.over(picture, colour, np.clip((1 - d) * r / 1.5, 0, 1))
    rim = np.exp(-(((d - 1.0) / 0.035) ** 2)) * np.clip(0.25 + (gx / r * light[0] + gy / r * light[1]), 0, 1)
    picture += rim[..., None] * np.float32(colours[2])


def space(w, h, time, snow):
    picture = _deep(w, h)
    _globe(
        picture, w * 0.80, h * 0.24, min(w, h) * 0.20, ((120, 70, 30), (210, 180, 150), (255, 190, 110)), 13
    )
    _globe(
        picture, w * 0.17, h * 0.64, min(w, h) * 0.055, ((70, 90, 130), (120, 160, 200), (90, 110, 150)), 15
    )
    return Backdrop(
        brush.finish(_bigger(picture), 0.5, 0.5, 140),
        w,
        h,
        (skies.Twinkle(w, h, 34, 5, 0.98),),
        drift=0.22,
        ground=2.0,
        wet=True,
    )


def _bigger(picture):
    h, w = picture.shape[:2]
    return cv2.resize(picture, (int(w * 1.03), int(h * 1.03)), interpolation=cv2.INTER_CUBIC)


def _ground(picture, w, h, top, lit, dark, seed, craters=0):
    y0 = int(h * top)
    field = brush.ground_map(w, h - y0, seed, w / 8, 6)
    shade = cv2.Sobel(cv2.GaussianBlur(field, (0, 0), 1.0), cv2.CV_32F, 1, 0, ksize=3) * 1.1
    depth = np.linspace(0.05, 1, h - y0, dtype=np.float32)[:, None]
    rng = np.random.default_rng(seed)
    for _ in range(craters):
        d = rng.uniform(0.06, 1) ** 1.4
        cy, cx, r = d * (h - y0), rng.uniform(0, w), min(w, h) * 0.14 * d * rng.uniform(0.3, 1)
        gy, gx = (np.arange(h - y0)[:, None] - cy) / (r * 0.30), (np.arange(w)[None] - cx) / r
        q = np.sqrt(gx * gx + gy * gy)
        shade += (
            np.where(q < 1, -gx * 0.85, 0) * np.clip((1 - q) * 5, 0, 1)
            + np.exp(-(((q - 1.05) / 0.12) ** 2)) * gx * 0.5
        )
    tone = np.clip(0.5 + 0.28 * field + shade * 0.7 * (0.35 + 0.65 * depth), 0, 1)[..., None]
    colour = np.float32(dark) + (np.float32(lit) - np.float32(dark)) * tone
    edge = y0 + brush.ridge(w, 0, h * 0.018, seed + 3, 0.5, 4) + h * 0.012
    whole = np.zeros_like(picture)
    whole[y0:] = colour
    brush.over(picture, whole, brush.below(edge, h, 1.4))


def night_heaven(w, h, moon_at=None):
    """A deep night sky with the Milky Way, blue at the horizon, with a full moon or none; BGR float.

    `moon_at`: shares of the width and the height, and the moon's radius in pixels."""
    picture = _deep(w, h, 6) * 0.62 + brush.gradient(
        w, h, [(0, (34, 14, 8)), (0.55, (84, 44, 22)), (1, (120, 76, 44))]
    )
    skies.add_stars(picture, 16, 0.0009, 0.6)
    if moon_at is not None:
        x, y, radius = w * moon_at[0], h * moon_at[1], moon_at[2]
        picture += brush.glow(w, h, x, y, radius * 3.6, 1.2)[..., None] * np.float32([70, 62, 54])
        skies.full_moon(picture, x, y, radius)
    return picture


def moon(w, h, time, snow):
    picture = np.zeros((h, w, 3), np.float32) + np.float32([8, 5, 4])
    skies.add_stars(picture, 8, 0.0014)
    _globe(
        picture, w * 0.72, h * 0.22, min(w, h) * 0.11, ((150, 84, 26), (240, 235, 230), (255, 170, 80)), 18
    )
    line = brush.ridge(w, h * 0.60, h * 0.09, 84, 0.3, 3)
    brush.over(
        picture,
        np.float32([118, 118, 120]) * np.clip(0.55 + 0.7 * brush.rock(w, h, w / 7, 85), 0.15, 1.2)[..., None],
        brush.below(line, h),
    )
    _ground(picture, w, h, 0.60, (196, 198, 202), (62, 62, 64), 86, craters=46)
    return Backdrop(brush.finish(picture, 0.7), w, h, (skies.Twinkle(w, h, 14, 8, 0.4),), ground=0.64)


def mars(w, h, time, snow):
    stops = {
        "night": [(0, (20, 18, 30)), (0.6, (44, 44, 74)), (1, (74, 74, 112))],
        "sunset": [
            (0, (74, 92, 128)),
            (0.45, (122, 134, 164)),
            (0.62, (196, 182, 172)),
            (1, (196, 182, 172)),
        ],
    }.get(time, [(0, (96, 128, 176)), (0.6, (130, 172, 218)), (1, (168, 202, 236))])
    picture = brush.gradient(w, h, stops)
    light = Light(time)
    if time == "night":  # Phobos and Deimos are small; there is no other light
        skies.add_stars(picture, 9, 0.0012, 0.58)
        skies.full_moon(picture, w * 0.30, h * 0.20, min(w, h) * 0.020)
        skies.full_moon(picture, w * 0.58, h * 0.11, min(w, h) * 0.009)
    else:  # the dust scatters blue around the sun when it is low
        sun_y = h * (0.44 if time == "sunset" else 0.22)
        picture += brush.glow(w, h, w * 0.30, sun_y, max(w, h) * 0.16, 1.2)[..., None] * (
            np.float32([92, 52, 10]) if time == "sunset" else np.float32([30, 30, 24])
        )
        picture += brush.glow(w, h, w * 0.30, sun_y, max(w, h) * 0.017, 3.0)[..., None] * np.float32(
            [150, 120, 90]
        )
    haze = np.float32(stops[-1][1])
    for k, (base, tall, far) in enumerate(((0.58, 0.16, 0.62), (0.62, 0.11, 0.30))):
        line = brush.ridge(w, h * base, h * tall, 88 + k * 7, 0.42, 2.6 + k)
        line = h * base - np.minimum(h * base - line, h * tall * (0.62 + 0.1 * k))  # flat-topped
        colour = (
            light(np.float32([44, 82, 158]))
            * np.clip(0.75 + 0.6 * brush.rock(w, h, w / 8, 91 + k), 0.25, 1.35)[..., None]
        )
        brush.over(picture, colour + (haze - colour) * far, brush.below(line, h))
    _ground(picture, w, h, 0.61, light((98, 148, 222)), light((28, 52, 104)), 94, craters=10)
    _stones(picture, w, h, light)
    layers = (
        skies.DriftingVeil(w, h, 0.48, 0.72, haze, 0.42, 30, 5),
        skies.DriftingVeil(w, h, 0.74, 0.98, haze, 0.15, 70, 7),
    )
    return Backdrop(brush.finish(picture, 0.9), w, h, layers, ground=0.66)


def _stones(picture, w, h, light):
    rng = np.random.default_rng(97)
    for _ in range(90):
        d = rng.uniform(0, 1) ** 1.3
        y, x, r = h * (0.64 + 0.35 * d), rng.uniform(0, w), min(w, h) * (0.003 + 0.020 * d * rng.random())
        shades = [
            tuple(float(v) for v in light(c))
            for c in ((24, 46, 88), (30, 52, 100), (46, 84, 150), (78, 122, 192))
        ]
        if r <= 4:
            cv2.ellipse(
                picture,
                (int(x), int(y)),
                (max(1, int(r)), max(1, int(r * 0.6))),
                0,
                0,
                360,
                shades[0],
                -1,
                cv2.LINE_AA,
            )
            continue
        angles = np.sort(rng.uniform(0, 6.28, 9))
        outline = np.stack(
            [
                x + np.cos(angles) * r * rng.uniform(0.8, 1.2, 9),
                y + np.sin(angles) * r * 0.62 * rng.uniform(0.8, 1.2, 9),
            ],
            -1,
        )
        cv2.fillPoly(picture, [np.int32(outline + [r * 0.35, r * 0.28])], shades[1], cv2.LINE_AA)
        cv2.fillPoly(picture, [np.int32(outline)], shades[2], cv2.LINE_AA)
        cv2.fillPoly(
            picture,
            [np.int32((outline - [x, y]) * 0.6 + [x - r * 0.22, y - r * 0.16])],
            shades[3],
            cv2.LINE_AA,
        )


def lava(w, h, time, snow):
    """A volcano that is erupting, and a plain of cracked crust over the melt."""
    picture = brush.gradient(
        w, h, [(0, (16, 10, 22)), (0.45, (26, 26, 76)), (0.62, (44, 84, 196)), (1, (10, 10, 20))]
    )
    near, x, y = (
        max(w, h * 0.8),
        np.arange(w, dtype=np.float32)[None],
        np.arange(h, dtype=np.float32)[:, None],
    )
    top, middle, reach = h * 0.265, w * 0.64, near * 0.34
    plume = np.exp(
        -(((x - middle - (top - y) * 0.22) / (near * 0.05 + np.clip(top - y, 0, None) * 0.42)) ** 2)
    ) * (y < top + h * 0.02)
    smoke = np.clip(brush.noise(w, h, near / 6, 6, 41, 1.2) * 0.9 + 0.5, 0, 1)
    away = np.hypot(x - middle, (y - top) * 1.2)
    glow = np.exp(-away / (near * 0.075))
    picture += (np.exp(-away / (near * 0.20)) * 0.7)[..., None] * np.float32([22, 56, 150])
    brush.over(
        picture,
        np.float32([20, 18, 28]) + glow[..., None] * np.float32([50, 130, 240]),
        np.clip(plume * (0.35 + smoke), 0, 0.94),
    )
    line = brush.ridge(w, h * 0.645, h * 0.10, 43, 0.45, 3.2)
    flank = np.clip(np.abs(x[0] - middle) / reach, 0, 1)
    cone = h * 0.645 - (h * 0.645 - top) * (1 - flank) ** 1.35 / (1 - 0.06) ** 1.35
    line = np.minimum(line, np.maximum(cone, top) + brush.ridge(w, 0, h * 0.016, 44, 0.5, 9) * (flank > 0.06))
    stone = (
        np.float32([26, 26, 40]) * np.clip(0.85 + 0.7 * brush.rock(w, h, near / 8, 45), 0.2, 1.6)[..., None]
    )
    # Streams of melt find their way down from the rim, wandering and spreading.
    wander = brush.noise(w, h, near / 16, 4, 47, 1.0) * near * 0.018
    down = np.clip((y - top) / (h * 0.38), 0, 1)
    melt = np.zeros((h, w), np.float32)
    for lean, length, thick in ((-0.42, 1.0, 1.0), (-0.10, 0.75, 1.2), (0.16, 0.95, 0.8), (0.55, 0.8, 0.9)):
        path = middle + lean * near * 0.30 * down**1.5 + wander
        width = near * (0.0035 + 0.003 * down) * thick
        melt = np.maximum(melt, np.exp(-(((x - path) / width) ** 2)) * np.clip((length - down) * 5, 0, 1))
        melt = np.maximum(
            melt, 0.34 * np.exp(-np.abs(x - path) / (width * 4)) * np.clip((length - down) * 4, 0, 1)
        )
    melt *= y > top
    stone += (melt**1.4)[..., None] * np.float32([38, 128, 255]) + (melt**5)[..., None] * np.float32(
        [90, 110, 20]
    )
    brush.over(picture, stone, brush.below(line, h))
    fountain = np.exp(
        -(((x - middle) / (near * 0.012 + np.clip(top - y, 0, None) * 0.18)) ** 2)
        - (np.clip(top - y, 0, None) / (h * 0.075)) ** 2
    ) * (y < top + h * 0.02)
    picture += np.clip(fountain * (0.7 + 0.8 * brush.noise(w, h, near / 60, 3, 48)), 0, 1.2)[
        ..., None
    ] * np.float32([80, 190, 255])
    picture += glow[..., None] * np.float32([16, 60, 140])
    y0 = int(h * 0.64)
    field = np.abs(brush.ground_map(w, h - y0, 46, w / 7, 3))
    depth = np.linspace(0, 1, h - y0, dtype=np.float32)[:, None]
    crack = np.clip(1 - field * 7, 0, 1) * np.clip(depth * 7 - 0.4, 0, 1) + 0.42 * np.exp(
        -((depth / 0.07) ** 2)
    )
    crust = np.clip(1 + 0.5 * brush.ground_map(w, h - y0, 49, w / 30, 5), 0.3, 1.6)[..., None]
    ground = (
        np.float32([22, 22, 32]) * crust
        + (crack**1.6)[..., None] * np.float32([34, 118, 250])
        + (crack**5)[..., None] * np.float32([80, 96, 20])
    )
    picture[y0:] = ground
    layers = (
        skies.DriftingVeil(w, h, 0.0, 0.42, (26, 22, 36), 0.5, 14, 4),
        skies.DriftingVeil(w, h, 0.5, 0.8, (40, 80, 190), 0.25, 20, 6),
    )
    return Backdrop(brush.finish(picture, 0.8, 0.9, 120), w, h, layers, ground=0.66)


def sunset_sky(w, h, time, snow):
    picture = skies.sky(w, h, "night" if time == "night" else "sunset", 9, 1.0, 1.0)
    return Backdrop(
        brush.finish(picture, 1.0, 0.3, 200),
        w,
        h,
        (
            skies.DriftingVeil(
                w, h, 0.1, 0.9, (150, 175, 255) if time != "night" else (96, 70, 54), 0.35, 10, 5
            ),
        ),
        ground=2.0,
        wet=True,
    )


def clouds(w, h, time, snow):
    """Above a sea of clouds: heaps whose tops catch the light, each bank hazier the farther it lies."""
    picture = skies.sky(w, h, time, 10, 0.9, 0.66)
    lit, shade, air = {
        "sunset": ((176, 206, 255), (150, 104, 150), (150, 190, 255)),
        "night": ((176, 138, 108), (72, 46, 32), (150, 102, 66)),
    }.get(time, ((255, 254, 252), (222, 196, 172), (246, 230, 212)))
    near = max(w, h * 0.8)
    for k, base in enumerate((0.635, 0.68, 0.76, 0.88)):
        size = near / (13 - 2.6 * k)
        heap = brush.noise(w, h, size, 5, 103 + k, 1.6 - 0.1 * k)
        bend = brush.noise(w, h, size * 0.6, 2, 113 + k) * size * 0.11
        y, x = np.mgrid[:h, :w].astype(np.float32)
        heap = cv2.remap(heap, x + bend, y - bend, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        line = brush.ridge(w, h * base, h * (0.03 + 0.035 * k), 121 + k, 0.5, 4)
        height = (y - line[None]) / (h * (0.05 + 0.05 * k)) + heap * 0.9  # 0 at the ragged top of the bank
        slope = cv2.Sobel(
            cv2.GaussianBlur(heap, (0, 0), size / 13 + 0.5), cv2.CV_32F, 0, 1, ksize=3
        ) + 0.4 * cv2.Sobel(cv2.GaussianBlur(heap, (0, 0), 2), cv2.CV_32F, 1, 0, ksize=3)
        light = np.clip(
            0.60
            + np.tanh(slope / (np.abs(slope).mean() * 2.2 + 1e-4)) * 0.34
            - 0.30 * np.clip(height - 0.4, 0, 1)
            + 0.32 * np.exp(-((height / 0.3) ** 2)),
            0,
            1,
        )[..., None]
        colour = np.float32(shade) + (np.float32(lit) - np.float32(shade)) * light
        colour += (np.float32(air) - colour) * (0.55, 0.34, 0.16, 0.0)[k]
        brush.over(picture, colour, np.clip(height * 3 + 0.5, 0, 1) * 0.96)
    layers = (
        skies.DriftingVeil(w, h, 0.05, 0.5, air, 0.3 if time != "night" else 0.12, 14, 3),
        skies.DriftingVeil(w, h, 0.6, 0.98, lit, 0.26, 24, 4),
    )
    return Backdrop(brush.finish(picture, 1.0), w, h, layers, ground=2.0, wet=True)


def aurora(w, h, time, snow):
    picture = skies.sky(w, h, "night", 12, 0.0, 0.75, moon=False)
    line = brush.ridge(w, h * 0.70, h * 0.16, 111, 0.45, 3)
    brush.over(
        picture,
        np.float32([58, 44, 30]) * np.clip(0.8 + 0.5 * brush.rock(w, h, w / 8, 112), 0.3, 1.4)[..., None],
        brush.below(line, h),
    )
    y0 = int(h * 0.72)
    field = brush.ground_map(w, h - y0, 113, w / 14, 5)[..., None]
    picture[y0:] = brush.gradient(w, h - y0, [(0, (110, 92, 62)), (1, (150, 124, 92))]) + field * np.float32(
        [16, 13, 10]
    )
    picture[y0:] += np.exp(-np.linspace(0, 2.2, h - y0, dtype=np.float32))[:, None, None] * np.float32(
        [26, 66, 10]
    )  # the light above lies on the snow
    return Backdrop(
        brush.finish(picture, 0.8),
        w,
        h,
        (skies.Aurora(w, h, 0.66), skies.Twinkle(w, h, 20, 3, 0.4)),
        ground=0.74,
    )
