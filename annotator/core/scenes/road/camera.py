"""Pinhole camera over a flat, gently curving road, and the light that falls on it.

World axes: x metres to the right of the road's centre line, y metres up from the ground, z metres ahead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Camera:
    """Projects world metres to canvas pixels (the canvas is the picture at twice its size)."""

    width: int
    height: int
    focal: float
    horizon: float
    eye_m: float
    x_m: float
    curve: float

    def project(self, x: float, y: float, z: float) -> Point:
        """Pixel of the world point (x, y, z); z is held at 1 m or more, so nothing flips behind the lens."""
        depth = max(z, 1.0)
        shift = self.curve * depth * depth
        return (
            self.width / 2 + (x - self.x_m + shift) * self.focal / depth,
            self.horizon + (self.eye_m - y) * self.focal / depth,
        )

    def scale(self, z: float) -> float:
        """Pixels per metre at depth z."""
        return self.focal / max(z, 1.0)


@dataclass(frozen=True)
class Light:
    """Time of day and weather: ambient factors per channel, haze colour and the distance over which it takes over."""

    time: str
    weather: str
    ambient: tuple[float, float, float]
    sky_top: Colour
    sky_low: Colour
    haze: Colour
    haze_m: float
    lamps: bool

    def shade(self, colour: Colour, z: float, gain: float = 1.0) -> Colour:
        """Colour of a surface at depth z under this light; ``gain`` > 1 for surfaces that throw light back."""
        share = math.exp(-z / self.haze_m)
        red, green, blue = (
            min(255.0, value * factor * gain) * share + fog * (1 - share)
            for value, factor, fog in zip(colour, self.ambient, self.haze, strict=True)
        )
        return int(red), int(green), int(blue)

    def glow(self, colour: Colour, z: float) -> Colour:
        """Colour of something that shines by itself: only the haze dims it."""
        share = math.exp(-z / (self.haze_m * 2.5))
        red, green, blue = (
            int(value * share + fog * (1 - share)) for value, fog in zip(colour, self.haze, strict=True)
        )
        return red, green, blue


_TIMES: dict[str, tuple[tuple[float, float, float], Colour, Colour]] = {
    "day": ((1.0, 1.0, 1.0), (86, 146, 214), (196, 220, 238)),
    "overcast": ((0.80, 0.82, 0.86), (150, 160, 172), (205, 210, 214)),
    "dusk": ((0.74, 0.58, 0.56), (62, 66, 118), (246, 164, 104)),
    "night": ((0.27, 0.29, 0.38), (10, 14, 30), (34, 40, 62)),
}


def make_light(rng: Random) -> Light:
    """Pick the time of day and the weather."""
    time = rng.choices(("day", "overcast", "dusk", "night"), (45, 20, 18, 17))[0]
    weather = rng.choices(("clear", "rain", "fog"), (72, 15, 13))[0]
    ambient, top, low = _TIMES[time]
    if weather != "clear" and time == "day":
        ambient, top, low = _TIMES["overcast"]
    gain = rng.uniform(0.88, 1.1)
    haze_m = {"clear": rng.uniform(220, 420), "rain": rng.uniform(90, 160), "fog": rng.uniform(22, 48)}[weather]
    if weather == "fog":
        top = low
    return Light(
        time=time,
        weather=weather,
        ambient=(ambient[0] * gain, ambient[1] * gain, ambient[2] * gain),
        sky_top=top,
        sky_low=low,
        haze=low,
        haze_m=haze_m,
        lamps=time == "night" or (time == "dusk" and rng.random() < 0.6),
    )


def make_camera(rng: Random, width: int, height: int) -> Camera:
    """Pick lens, mounting height, horizon and the bend of the road for a canvas of ``width`` x ``height`` px."""
    return Camera(
        width=width,
        height=height,
        focal=width * rng.uniform(0.82, 1.05),
        horizon=height * rng.uniform(0.40, 0.50),
        eye_m=rng.uniform(1.3, 1.75),
        x_m=rng.uniform(0.9, 2.4),
        curve=rng.choice((0.0, 0.0, rng.uniform(-0.0022, 0.0022))),
    )
