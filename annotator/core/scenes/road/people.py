"""Pedestrians: jointed figures in varied clothes, walking or standing, seen from any side."""

from __future__ import annotations

import math
from random import Random

from annotator.core.scenes.road.camera import Camera, Colour, Light, Point
from annotator.core.scenes.road.sprite import Pencil, Sprite, scaled

SKINS: tuple[Colour, ...] = ((244, 208, 178), (224, 178, 142), (186, 134, 98), (134, 90, 62), (92, 60, 44))
HAIR: tuple[Colour, ...] = ((24, 20, 18), (62, 42, 28), (120, 84, 48), (190, 150, 90), (150, 150, 152))
CLOTHES: tuple[Colour, ...] = (
    (38, 42, 54), (70, 76, 88), (190, 40, 44), (226, 226, 222), (44, 92, 160), (52, 118, 78), (222, 168, 52),
    (124, 70, 120), (216, 120, 130), (112, 84, 62), (20, 22, 26), (90, 160, 170), (236, 110, 40),
)  # fmt: skip
LEGS: tuple[Colour, ...] = ((36, 44, 66), (28, 28, 32), (92, 84, 72), (60, 78, 110), (120, 116, 108), (70, 40, 36))


class _Figure:
    """Draws in units of body height, feet at (0, 0), y up."""

    def __init__(self, pencil: Pencil, camera: Camera, light: Light, spot: tuple[float, float], tall: float) -> None:
        self.pencil, self.light, self.z = pencil, light, spot[1]
        self.foot = camera.project(spot[0], 0.0, spot[1])
        self.unit = camera.scale(spot[1]) * tall

    def at(self, x: float, y: float) -> Point:
        return self.foot[0] + x * self.unit, self.foot[1] - y * self.unit

    def limb(self, points: list[Point], width: float, colour: Colour) -> None:
        moved = [self.at(*point) for point in points]
        self.pencil.limb(moved, width * self.unit, self.light.shade(colour, self.z))

    def blob(self, x: float, y: float, radius_x: float, radius_y: float, colour: Colour) -> None:
        fill = self.light.shade(colour, self.z)
        self.pencil.ellipse(self.at(x, y), radius_x * self.unit, radius_y * self.unit, fill)

    def shape(self, points: list[Point], colour: Colour) -> None:
        self.pencil.polygon([self.at(*point) for point in points], self.light.shade(colour, self.z))


def draw_pedestrian(rng: Random, camera: Camera, light: Light, x: float, z: float) -> list[Sprite]:
    """The sprites of one person standing at (x, z) on the ground: a soft shadow, then the figure."""
    child = rng.random() < 0.12
    tall = rng.uniform(1.1, 1.4) if child else rng.gauss(1.72, 0.08)
    pencil = Pencil()
    figure = _Figure(pencil, camera, light, (x, z), tall)
    facing = rng.choice((-1, 1))
    side_on = rng.random() < 0.55
    _draw_legs(figure, rng, facing, side_on)
    _draw_torso(figure, rng, facing, side_on, raining=light.weather == "rain")
    sprites = [_shadow(camera, light, x, z), pencil.sprite(z, "pedestrian")]
    return [sprite for sprite in sprites if sprite is not None]


def _draw_legs(figure: _Figure, rng: Random, facing: int, side_on: bool) -> None:
    colour = rng.choice(LEGS)
    shoe = rng.choice(((20, 20, 22), (230, 230, 230), (90, 60, 40)))
    stride = rng.uniform(0.03, 0.15) if side_on else rng.uniform(0.0, 0.03)
    hip, knee = 0.5, 0.27
    for leg, tone in ((-1, 0.78), (1, 1.0)):
        swing = leg * stride * facing
        base = 0.0 if side_on else leg * 0.045
        bent = swing * 0.55 + (0.03 * facing if side_on else 0)
        lift = 0.03 if side_on and leg < 0 else 0.0
        points = [(base * 0.8, hip), (base + bent, knee), (base + swing, 0.045 + lift)]
        figure.limb(points, 0.085, scaled(colour, tone))
        toe = 0.05 * facing if side_on else 0.012 * leg
        figure.limb([(base + swing, 0.025 + lift), (base + swing + toe, 0.02 + lift)], 0.042, scaled(shoe, tone))
    if rng.random() < 0.2:
        skirt = rng.choice(CLOTHES)
        wide = 0.13 if side_on else 0.15
        figure.shape([(-0.08, 0.56), (0.08, 0.56), (wide, 0.3), (-wide, 0.3)], skirt)


def _draw_torso(figure: _Figure, rng: Random, facing: int, side_on: bool, *, raining: bool) -> None:
    coat, skin, hair = rng.choice(CLOTHES), rng.choice(SKINS), rng.choice(HAIR)
    wide = 0.085 if side_on else 0.125
    hem = rng.choice((0.48, 0.46, 0.36))
    swing = rng.uniform(-0.1, 0.1)
    back = [(0.0 if side_on else -wide, 0.79), (-swing * 0.7 - (0 if side_on else 0.16), 0.62)]
    figure.limb([*back, (-swing * facing - (0 if side_on else 0.15), 0.48)], 0.052, scaled(coat, 0.72))
    bag = rng.random()
    if bag < 0.22:
        figure.blob(-facing * (0.1 if side_on else 0.0), 0.68, 0.075, 0.11, scaled(rng.choice(CLOTHES), 0.8))
    figure.shape(
        [
            (-wide * 0.75, 0.845),
            (wide * 0.75, 0.845),
            (wide, 0.79),
            (wide * 0.86, hem),
            (-wide * 0.86, hem),
            (-wide, 0.79),
        ],
        coat,
    )
    figure.shape([(0.0, 0.84), (wide * 0.75, 0.84), (wide, 0.79), (wide * 0.86, hem), (0.02, hem)], scaled(coat, 0.86))
    front = [(0.0 if side_on else wide, 0.79), (swing * 0.7 + (0 if side_on else 0.15), 0.63)]
    hand = (swing * facing + (0.02 * facing if side_on else 0.14), 0.49)
    if raining and rng.random() < 0.6:
        hand = (0.06 * facing, 0.72)
        _draw_umbrella(figure, rng, 0.06 * facing)
    figure.limb([*front, hand], 0.052, scaled(coat, 0.92))
    figure.blob(hand[0], hand[1], 0.026, 0.03, skin)
    if 0.22 <= bag < 0.36:
        figure.shape(
            [(hand[0] - 0.05, 0.44), (hand[0] + 0.05, 0.44), (hand[0] + 0.06, 0.31), (hand[0] - 0.06, 0.31)],
            rng.choice(CLOTHES),
        )
    figure.limb([(0.0, 0.84), (0.0, 0.88)], 0.05, scaled(skin, 0.85))
    _draw_head(figure, rng, skin, hair, facing if side_on else 0)


def _draw_head(figure: _Figure, rng: Random, skin: Colour, hair: Colour, facing: int) -> None:
    style = rng.random()
    if style < 0.35:
        figure.blob(-facing * 0.018, 0.9, 0.058, 0.085, hair)
    figure.blob(facing * 0.006, 0.925, 0.05, 0.064, skin)
    if style < 0.12:
        figure.blob(-facing * 0.004, 0.952, 0.056, 0.047, rng.choice(CLOTHES))
    elif facing == 0 and rng.random() < 0.5:
        figure.blob(0.0, 0.938, 0.053, 0.06, hair)
    else:
        figure.blob(-facing * 0.014, 0.957, 0.05, 0.042, hair)


def _draw_umbrella(figure: _Figure, rng: Random, x: float) -> None:
    colour = rng.choice(CLOTHES)
    figure.limb([(x, 0.7), (x, 1.12)], 0.014, (60, 60, 64))
    arc = [
        (x + 0.3 * math.cos(turn), 1.02 + 0.14 * math.sin(turn)) for turn in (step * math.pi / 12 for step in range(13))
    ]
    figure.shape(arc, colour)
    figure.shape([*arc[:7], (x, 1.02)], scaled(colour, 0.8))


def _shadow(camera: Camera, light: Light, x: float, z: float) -> Sprite | None:
    pencil = Pencil()
    unit = camera.scale(z)
    pencil.ellipse(camera.project(x, 0.0, z), unit * 0.42, unit * 0.42 * 0.2, (*light.shade((16, 16, 20), z), 110))
    return pencil.sprite(z + 0.02, solid=False)
