"""What is behind and beside the traffic: sky, hills, buildings, road, trees, lamps; all of it distracts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from annotator.core.scenes.road.camera import Camera, Colour, Light
from annotator.core.scenes.road.sprite import Pencil, Sprite, mix, scaled

LANE_M = 3.4
FAR_M = 130.0
WALLS: tuple[Colour, ...] = (
    (178, 160, 140), (150, 92, 74), (196, 188, 172), (134, 138, 144), (206, 178, 130), (120, 106, 98), (170, 120, 96),
)  # fmt: skip
SHOPS: tuple[Colour, ...] = ((168, 36, 40), (30, 92, 140), (38, 110, 70), (206, 150, 40), (90, 60, 110), (70, 74, 80))
LEAVES: tuple[Colour, ...] = ((58, 98, 46), (74, 116, 52), (96, 124, 58), (150, 104, 40), (84, 104, 70))


@dataclass(frozen=True)
class Street:
    """The plan of the street: lanes each way, pavement width, what stands beside it, where a crossing is."""

    lanes: int
    pavement_m: float
    left: str
    right: str
    crossing_z: float | None

    @property
    def half_m(self) -> float:
        return self.lanes * LANE_M + 0.35


def make_street(rng: Random) -> Street:
    """Pick the plan of the street."""
    beside = ("buildings", "trees", "field")
    return Street(
        lanes=rng.choice((1, 1, 2)),
        pavement_m=rng.uniform(2.2, 3.6),
        left=rng.choices(beside, (50, 30, 20))[0],
        right=rng.choices(beside, (50, 30, 20))[0],
        crossing_z=rng.uniform(9, 22) if rng.random() < 0.35 else None,
    )


def draw_backdrop(rng: Random, camera: Camera, light: Light, street: Street) -> Image.Image:
    """The canvas with everything that no object can hide behind: sky, ground, road and facades."""
    canvas = _sky(rng, camera, light)
    draw = ImageDraw.Draw(canvas)
    _hills(rng, draw, camera, light)
    _ground(rng, draw, camera, light, street)
    _ground_haze(canvas, camera, light)
    for side, kind in ((-1, street.left), (1, street.right)):
        if kind == "buildings":
            _buildings(
                rng, draw, camera, light, side * (street.half_m + street.pavement_m + rng.uniform(0.2, 2.5)), side
            )
    return canvas


def _sky(rng: Random, camera: Camera, light: Light) -> Image.Image:
    column = Image.new("RGB", (1, 64))
    for row in range(64):
        column.putpixel((0, row), mix(light.sky_top, light.sky_low, (row / 63) ** 1.3))
    canvas = Image.new("RGB", (camera.width, camera.height), light.sky_low)
    canvas.paste(column.resize((camera.width, int(camera.horizon) + 2), Image.Resampling.BILINEAR), (0, 0))
    if light.weather != "clear":
        return canvas
    # Clouds are drawn small and blurred: soft edges for the price of a thumbnail.
    small = Image.new("L", (camera.width // 8, max(8, int(camera.horizon) // 8)), 0)
    draw = ImageDraw.Draw(small)
    for _ in range(rng.randint(0, 7)):
        x, y = rng.uniform(0, small.width), rng.uniform(0, small.height * 0.8)
        for _ in range(6):
            across, down = rng.uniform(4, 16), rng.uniform(1.5, 4)
            dx, dy = rng.uniform(-16, 16), rng.uniform(-2, 2)
            draw.ellipse((x + dx - across, y + dy - down, x + dx + across, y + dy + down), fill=rng.randint(60, 190))
    mask = small.filter(ImageFilter.GaussianBlur(2.2)).resize(
        (camera.width, int(camera.horizon) + 2), Image.Resampling.BICUBIC
    )
    tint = {"day": (250, 250, 252), "overcast": (226, 228, 232), "dusk": (250, 150, 130), "night": (44, 50, 70)}[
        light.time
    ]
    canvas.paste(tint, (0, 0), mask)
    return canvas


def _hills(rng: Random, draw: ImageDraw.ImageDraw, camera: Camera, light: Light) -> None:
    for layer in range(rng.randint(0, 2)):
        phase, height = rng.uniform(0, 9), camera.height * rng.uniform(0.03, 0.1) * (1 - layer * 0.4)
        colour = light.shade(rng.choice(((92, 112, 98), (108, 116, 126), (84, 98, 82))), 220 - layer * 80)
        ridge = [
            (
                x,
                camera.horizon
                - height * (0.6 + 0.4 * math.sin(x / camera.width * 7 + phase))
                - 3 * math.sin(x / 37 + phase),
            )
            for x in range(0, camera.width + 41, 40)
        ]
        draw.polygon([*ridge, (camera.width, camera.horizon + 2), (0, camera.horizon + 2)], fill=colour)


def _strip(
    draw: ImageDraw.ImageDraw,
    camera: Camera,
    light: Light,
    span: tuple[float, float],
    colour: Colour,
    depths: tuple[float, ...],
) -> None:
    """A strip of ground between two x, with a corner pair at each depth so that it follows the bend of the road."""
    left = [camera.project(span[0], 0, z) for z in depths]
    right = [camera.project(span[1], 0, z) for z in reversed(depths)]
    draw.polygon(left + right, fill=light.shade(colour, 0.0))


def _ground_haze(canvas: Image.Image, camera: Camera, light: Light) -> None:
    """On flat ground the distance depends on the row alone, so one column of haze serves the whole width."""
    top = int(camera.horizon) + 1
    column = Image.new("L", (1, camera.height - top))
    for row in range(column.height):
        z = camera.eye_m * camera.focal / (row + 1)
        column.putpixel((0, row), int(255 * (1 - math.exp(-z / light.haze_m))))
    canvas.paste(light.haze, (0, top), column.resize((camera.width, column.height), Image.Resampling.NEAREST))


_BANDS = (2.2, 4.2, 7.0, 12.0, 16.0, 22.0, 30.0, 42.0, 60.0, 90.0, FAR_M, 300.0)


def _ground(rng: Random, draw: ImageDraw.ImageDraw, camera: Camera, light: Light, street: Street) -> None:
    grass = rng.choice(((94, 118, 66), (112, 122, 74), (124, 114, 88), (80, 104, 62)))
    asphalt = scaled((96, 98, 102), rng.uniform(0.75, 1.25))
    paving = scaled((158, 154, 148), rng.uniform(0.85, 1.1))
    _strip(draw, camera, light, (-400, 400), grass, _BANDS)
    outer = street.half_m + street.pavement_m
    _strip(draw, camera, light, (-outer, outer), paving, _BANDS)
    _strip(draw, camera, light, (-street.half_m - 0.2, street.half_m + 0.2), scaled(paving, 1.15), _BANDS)
    _strip(draw, camera, light, (-street.half_m, street.half_m), asphalt, _BANDS)
    for _ in range(rng.randint(2, 7)):
        z, x = rng.uniform(4, 30), rng.uniform(-street.half_m, street.half_m - 1)
        patch = (z, z + rng.uniform(1, 5))
        _strip(draw, camera, light, (x, x + rng.uniform(0.6, 2)), scaled(asphalt, rng.uniform(0.82, 1.12)), patch)
    _markings(draw, camera, light, street, worn=rng.uniform(0.0, 0.6), road=asphalt)


def _markings(
    draw: ImageDraw.ImageDraw, camera: Camera, light: Light, street: Street, *, worn: float, road: Colour
) -> None:
    white = mix((236, 236, 230), road, worn)
    for side in (-1, 1):
        edge = side * (street.half_m - 0.3)
        _strip(draw, camera, light, (edge - 0.07, edge + 0.07), white, _BANDS)
    for lane in range(-street.lanes + 1, street.lanes):
        x = lane * LANE_M
        z = 3.0
        while z < 90:
            _strip(draw, camera, light, (x - 0.08, x + 0.08), white, (z, z + 2.6))
            z += 6.5
    if street.crossing_z is not None:
        x = -street.half_m + 0.4
        while x < street.half_m - 0.5:
            _strip(draw, camera, light, (x, x + 0.5), white, (street.crossing_z, street.crossing_z + 3.2))
            x += 1.0


def _buildings(rng: Random, draw: ImageDraw.ImageDraw, camera: Camera, light: Light, x: float, side: int) -> None:
    blocks = []
    z = rng.uniform(3, 8)
    while z < FAR_M:
        depth = rng.uniform(8, 20)
        blocks.append((z, z + depth, rng.uniform(5, 16), rng.choice(WALLS)))
        z += depth + (rng.uniform(3, 12) if rng.random() < 0.3 else 0.0)
    for near, far, tall, wall in reversed(blocks):
        face = [
            camera.project(x, 0, near),
            camera.project(x, tall, near),
            camera.project(x, tall, far),
            camera.project(x, 0, far),
        ]
        gable = [camera.project(x, 0, near), camera.project(x, tall, near)]
        gable += [camera.project(x + side * 12, tall, near), camera.project(x + side * 12, 0, near)]
        draw.polygon(gable, fill=light.shade(wall, near, 0.78))
        draw.polygon(face, fill=light.shade(wall, (near * far) ** 0.5))
        _windows(rng, draw, camera, light, (x, near, far, tall))


def _windows(
    rng: Random, draw: ImageDraw.ImageDraw, camera: Camera, light: Light, block: tuple[float, float, float, float]
) -> None:
    x, near, far, tall = block
    if near > 70:
        return
    step = rng.uniform(2.6, 4.2)
    shop = rng.choice(SHOPS) if rng.random() < 0.6 else None
    z = near + 0.8
    while z + step * 0.6 < far:
        middle = z + step * 0.3
        if shop is not None:
            _facade_panel(draw, camera, x, (z, z + step * 0.8, 0.3, 2.4), light.shade((44, 52, 60), middle))
        floor = 3.6
        while floor + 1.6 < tall:
            lit = light.lamps and rng.random() < 0.35
            colour = light.glow((240, 200, 120), middle) if lit else light.shade((58, 68, 82), middle)
            _facade_panel(draw, camera, x, (z, z + step * 0.55, floor, floor + 1.5), colour)
            floor += 3.1
        z += step
    if shop is not None:
        _facade_panel(
            draw, camera, x, (near + 0.4, far - 0.4, 2.5, 3.1), light.shade(shop, near, 1.5 if light.lamps else 1.0)
        )


def _facade_panel(
    draw: ImageDraw.ImageDraw, camera: Camera, x: float, span: tuple[float, float, float, float], fill: Colour
) -> None:
    near, far, low, high = span
    corners = [
        camera.project(x, low, near),
        camera.project(x, high, near),
        camera.project(x, high, far),
        camera.project(x, low, far),
    ]
    draw.polygon(corners, fill=fill)


def draw_tree(rng: Random, camera: Camera, light: Light, x: float, z: float) -> Sprite | None:
    """A tree of 4 to 8 m; it hides what is behind it."""
    pencil = Pencil()
    unit = camera.scale(z)
    tall, leaf = rng.uniform(4, 8), rng.choice(LEAVES)
    pencil.limb([camera.project(x, 0, z), camera.project(x, tall * 0.55, z)], unit * 0.28, light.shade((76, 58, 44), z))
    for ring in range(3):
        for _ in range(7):
            across, up = rng.uniform(-1.0, 1.0), rng.uniform(0.48, 0.95)
            size = unit * rng.uniform(0.5, 0.95) * (1.15 - ring * 0.28)
            centre = camera.project(x + across * tall * 0.2 - ring * 0.18, tall * up + ring * 0.16, z)
            pencil.ellipse(
                centre, size, size * 0.9, light.shade(scaled(leaf, 0.72 + ring * 0.2 + rng.uniform(-0.05, 0.05)), z)
            )
    return pencil.sprite(z)


def draw_furniture(rng: Random, camera: Camera, light: Light, x: float, z: float) -> Sprite | None:
    """A lamp post, a bin, a bush or a bollard: things that look a little like objects and are none."""
    pencil = Pencil()
    unit = camera.scale(z)
    kind = rng.choice(("lamp", "lamp", "bin", "bush", "bollard", "box"))
    if kind == "lamp":
        tall, arm = rng.uniform(5.5, 7.5), -1.4 if x > 0 else 1.4
        points = [camera.project(x, 0, z), camera.project(x, tall, z), camera.project(x + arm, tall + 0.2, z)]
        pencil.limb(points, unit * 0.1, light.shade((104, 108, 112), z))
        head = camera.project(x + arm, tall + 0.15, z)
        pencil.ellipse(
            head,
            unit * 0.3,
            unit * 0.09,
            light.glow((255, 232, 180), z) if light.lamps else light.shade((170, 170, 168), z),
        )
    elif kind == "bush":
        leaf = rng.choice(LEAVES)
        for _ in range(9):
            centre = camera.project(x + rng.uniform(-0.7, 0.7), rng.uniform(0.25, 0.8), z)
            pencil.ellipse(centre, unit * 0.4, unit * 0.33, light.shade(scaled(leaf, rng.uniform(0.7, 1.1)), z))
    else:
        wide, tall = {"bin": (0.3, 1.0), "bollard": (0.09, 0.95), "box": (0.5, 1.35)}[kind]
        colour = rng.choice(((70, 90, 74), (104, 106, 110), (150, 60, 48), (196, 176, 60)))
        corners = [camera.project(x - wide, 0, z), camera.project(x - wide, tall, z)]
        corners += [camera.project(x + wide, tall, z), camera.project(x + wide, 0, z)]
        pencil.polygon(corners, light.shade(colour, z))
        pencil.polygon(
            [*corners[:1], corners[1], camera.project(x - wide * 0.3, tall, z), camera.project(x - wide * 0.3, 0, z)],
            light.shade(colour, z, 0.8),
        )
    return pencil.sprite(z)
