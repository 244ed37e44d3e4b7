"""Traffic signs on poles: round, triangular, rectangular, octagonal, diamond; only the plate is the object."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

from annotator.core.scenes.road.camera import Camera, Colour, Light, Point
from annotator.core.scenes.road.sprite import Pencil, Sprite

RED: Colour = (200, 24, 32)
WHITE: Colour = (242, 242, 240)
BLUE: Colour = (24, 84, 176)
GREEN: Colour = (18, 112, 74)
YELLOW: Colour = (244, 198, 32)
BLACK: Colour = (22, 22, 24)


class _Plate:
    """Draws in units of half the plate's size around its centre, y up, turned a little about the vertical."""

    def __init__(self, pencil: Pencil, light: Light, z: float, centre: Point, half: float, turn: float) -> None:
        self.pencil, self.light, self.z, self.centre, self.half = pencil, light, z, centre, half
        self.squeeze = math.cos(turn)
        self.gain = 2.1 if light.lamps else 1.05

    def at(self, x: float, y: float) -> Point:
        return self.centre[0] + x * self.half * self.squeeze, self.centre[1] - y * self.half

    def fill(self, colour: Colour) -> Colour:
        return self.light.shade(colour, self.z, self.gain)

    def shape(self, points: list[Point], colour: Colour) -> None:
        self.pencil.polygon([self.at(*point) for point in points], self.fill(colour))

    def disc(self, radius: float, colour: Colour, x: float = 0.0, y: float = 0.0) -> None:
        self.pencil.ellipse(self.at(x, y), radius * self.half * self.squeeze, radius * self.half, self.fill(colour))

    def bar(self, points: list[Point], width: float, colour: Colour) -> None:
        self.pencil.limb([self.at(*point) for point in points], width * self.half, self.fill(colour))

    def text(self, words: str, size: float, colour: Colour, y: float = 0.0) -> None:
        self.pencil.text(self.at(0, y), size * self.half, words, self.fill(colour))


def _ring(sides: int, radius: float, start: float) -> list[Point]:
    return [
        (radius * math.cos(start + step * math.tau / sides), radius * math.sin(start + step * math.tau / sides))
        for step in range(sides)
    ]


def _speed_limit(plate: _Plate, rng: Random) -> None:
    plate.disc(1.0, RED)
    plate.disc(0.76, WHITE)
    plate.text(str(rng.choice((30, 40, 50, 60, 70, 80))), 0.95, BLACK)


def _no_entry(plate: _Plate, rng: Random) -> None:
    plate.disc(1.0, RED)
    plate.shape([(-0.68, 0.19), (0.68, 0.19), (0.68, -0.19), (-0.68, -0.19)], WHITE)


def _mandatory(plate: _Plate, rng: Random) -> None:
    plate.disc(1.0, WHITE)
    plate.disc(0.93, BLUE)
    lean = rng.choice((-0.5, 0.0, 0.5))
    plate.bar([(-lean * 0.6, -0.5), (lean, 0.45)], 0.2, WHITE)
    plate.shape([(lean - 0.3, 0.25), (lean, 0.68), (lean + 0.3, 0.25)], WHITE)


def _prohibited(plate: _Plate, rng: Random) -> None:
    plate.disc(1.0, RED)
    plate.disc(0.76, rng.choice((WHITE, BLUE)))
    plate.bar([(-0.55, 0.55), (0.55, -0.55)], 0.2, RED)


def _warning(plate: _Plate, rng: Random) -> None:
    plate.shape([(-1.0, -0.78), (0.0, 0.95), (1.0, -0.78)], RED)
    plate.shape([(-0.68, -0.6), (0.0, 0.58), (0.68, -0.6)], rng.choice((WHITE, WHITE, YELLOW)))
    symbol = rng.randrange(3)
    if symbol == 0:
        plate.bar([(0.0, 0.2), (0.0, -0.22)], 0.14, BLACK)
        plate.disc(0.09, BLACK, 0.0, -0.44)
    elif symbol == 1:
        plate.bar([(-0.2, -0.48), (-0.1, -0.1), (0.1, -0.1), (0.0, 0.2)], 0.13, BLACK)
    else:
        plate.disc(0.1, BLACK, 0.0, 0.16)
        plate.bar([(0.0, 0.02), (0.0, -0.2), (-0.16, -0.48)], 0.12, BLACK)
        plate.bar([(0.0, -0.2), (0.16, -0.48)], 0.1, BLACK)


def _give_way(plate: _Plate, rng: Random) -> None:
    plate.shape([(-1.0, 0.78), (0.0, -0.95), (1.0, 0.78)], RED)
    plate.shape([(-0.66, 0.6), (0.0, -0.56), (0.66, 0.6)], WHITE)


def _stop(plate: _Plate, rng: Random) -> None:
    plate.shape(_ring(8, 1.05, math.pi / 8), WHITE)
    plate.shape(_ring(8, 0.98, math.pi / 8), RED)
    plate.text("STOP", 0.62, WHITE)


def _diamond(plate: _Plate, rng: Random) -> None:
    plate.shape(_ring(4, 1.05, 0.0), WHITE)
    plate.shape(_ring(4, 0.82, 0.0), YELLOW)
    if rng.random() < 0.4:
        plate.bar([(0.0, -0.4), (0.0, 0.35)], 0.13, BLACK)


def _parking(plate: _Plate, rng: Random) -> None:
    plate.shape([(-0.85, 0.85), (0.85, 0.85), (0.85, -0.85), (-0.85, -0.85)], WHITE)
    plate.shape([(-0.8, 0.8), (0.8, 0.8), (0.8, -0.8), (-0.8, -0.8)], BLUE)
    plate.text("P", 1.35, WHITE)


def _crossing(plate: _Plate, rng: Random) -> None:
    plate.shape([(-0.85, 0.85), (0.85, 0.85), (0.85, -0.85), (-0.85, -0.85)], BLUE)
    plate.shape([(-0.68, -0.62), (0.0, 0.68), (0.68, -0.62)], WHITE)
    plate.disc(0.12, BLACK, 0.0, 0.18)
    plate.bar([(0.0, 0.05), (0.0, -0.18), (-0.16, -0.5)], 0.12, BLACK)
    plate.bar([(0.0, -0.18), (0.16, -0.5)], 0.1, BLACK)


def _direction(plate: _Plate, rng: Random) -> None:
    colour = rng.choice((BLUE, GREEN, WHITE))
    ink = BLACK if colour == WHITE else WHITE
    tall = rng.uniform(0.5, 0.72)
    plate.shape([(-1.5, tall + 0.06), (1.5, tall + 0.06), (1.5, -tall - 0.06), (-1.5, -tall - 0.06)], ink)
    plate.shape([(-1.44, tall), (1.44, tall), (1.44, -tall), (-1.44, -tall)], colour)
    for row in range(2):
        y = tall * (0.42 - 0.84 * row)
        plate.bar([(-0.7, y), (rng.uniform(0.3, 1.1), y)], 0.15, ink)
        plate.shape([(-1.2, y + 0.16), (-0.95, y), (-1.2, y - 0.16)], ink)


KINDS: tuple[tuple[str, Callable[[_Plate, Random], None], int], ...] = (
    ("speed_limit", _speed_limit, 20), ("no_entry", _no_entry, 9), ("mandatory", _mandatory, 12),
    ("prohibited", _prohibited, 9), ("warning", _warning, 16), ("give_way", _give_way, 9), ("stop", _stop, 9),
    ("diamond", _diamond, 9), ("parking", _parking, 8), ("crossing", _crossing, 9), ("direction", _direction, 12),
)  # fmt: skip


def draw_sign(rng: Random, camera: Camera, light: Light, x: float, z: float) -> list[Sprite]:
    """The sprites of one post at (x, z): the pole, then one plate or two, each an object ``traffic_sign``."""
    up = rng.uniform(2.1, 2.7)
    pole = Pencil()
    top = up + 0.9 if rng.random() < 0.5 else up
    width = camera.scale(z) * rng.uniform(0.06, 0.09)
    pole.limb([camera.project(x, 0.0, z), camera.project(x, top, z)], max(width, 2.0), light.shade((150, 154, 158), z))
    sprites = [pole.sprite(z + 0.01)]
    heights = [up, up + 0.86] if rng.random() < 0.16 else [up]
    for height in heights:
        _, paint, _ = rng.choices(KINDS, [weight for _, _, weight in KINDS])[0]
        pencil = Pencil()
        half = camera.scale(z) * rng.uniform(0.34, 0.44)
        plate = _Plate(pencil, light, z, camera.project(x, height, z), half, rng.uniform(-0.6, 0.6))
        paint(plate, rng)
        sprites.append(pencil.sprite(z, "traffic_sign"))
    return [sprite for sprite in sprites if sprite is not None]
