"""Road scenes seen from a driver's seat: vehicles, pedestrians and traffic signs with perfect boxes.

Drawn with Pillow alone at twice the size, so edges are smooth after halving. A map of object numbers is painted along
with the picture, far to near; what is left of a number in the end is what can be seen of its object.
"""

from __future__ import annotations

import math
from random import Random
from typing import Any

from PIL import Image

from annotator.core.scene import Box, Scene
from annotator.core.scenes.road.backdrop import LANE_M, Street, draw_backdrop, draw_furniture, draw_tree, make_street
from annotator.core.scenes.road.camera import Camera, Light, make_camera, make_light
from annotator.core.scenes.road.people import draw_pedestrian
from annotator.core.scenes.road.signs import draw_sign
from annotator.core.scenes.road.sprite import Lamp, Sprite
from annotator.core.scenes.road.vehicles import CAR_MIX, Pose, draw_vehicle, length_of
from annotator.core.scenes.road.weather import add_glow, add_rain, finish_picture, make_finish

CLASSES = ("vehicle", "pedestrian", "traffic_sign")
# Less than this of its silhouette in sight, or a box thinner than this: not an object any more, nobody could draw it.
MIN_VISIBLE = 0.25
MIN_SIDE_PX = 4.0


class RoadScenery:
    """The road scenery in the table of sceneries."""

    slug = "road"
    label = "Road traffic"
    classes: tuple[str, ...] = CLASSES

    def draw_scene(self, seed: int, width: int = 640, height: int = 384) -> Scene:
        return draw_scene(seed, width, height)


def draw_scene(seed: int, width: int = 640, height: int = 384) -> Scene:
    """Draw the road scene of this seed, ``width`` x ``height`` pixels; boxes are of the visible extent, half-open."""
    rng = Random(seed)  # noqa: S311 - pictures, not secrets
    camera = make_camera(rng, width * 2, height * 2)
    light = make_light(rng)
    street = make_street(rng)
    canvas = draw_backdrop(rng, camera, light, street)
    sprites = _populate(rng, camera, light, street)
    image, objects, lamps = _compose(canvas, sprites)
    image = add_glow(image, camera, lamps)
    if light.weather == "rain":
        image = add_rain(image, rng, light)
    finish = make_finish(rng, light)
    image = finish_picture(image, rng, finish)
    return Scene(image, objects, _describe(seed, camera, light, street, objects) | {"finish": finish.as_json()})


def _describe(
    seed: int, camera: Camera, light: Light, street: Street, objects: list[tuple[str, Box]]
) -> dict[str, Any]:
    names = [name for name, _ in objects]
    return {
        "scenery": "road",
        "seed": seed,
        "time": light.time,
        "weather": light.weather,
        "lamps": light.lamps,
        "lanes": street.lanes,
        "beside": [street.left, street.right],
        "curve": round(camera.curve, 5),
        "focal_px": round(camera.focal / 2, 1),
        "horizon_px": round(camera.horizon / 2, 1),
        "objects": {name: names.count(name) for name in CLASSES},
    }


def _populate(rng: Random, camera: Camera, light: Light, street: Street) -> list[Sprite]:
    sprites: list[Sprite] = []
    for kind, pose in _traffic(rng, street):
        sprites += draw_vehicle(rng, camera, light, pose, kind)
    for x, z in _walkers(rng, street):
        sprites += draw_pedestrian(rng, camera, light, x, z)
    for x, z in _posts(rng, street):
        sprites += draw_sign(rng, camera, light, x, z)
    sprites += _roadside(rng, camera, light, street)
    return sprites


def _traffic(rng: Random, street: Street) -> list[tuple[str, Pose]]:
    busy = rng.choice((0.25, 0.55, 0.9))
    kinds, weights = [kind for kind, _ in CAR_MIX], [weight for _, weight in CAR_MIX]
    placed: list[tuple[str, Pose]] = []
    crossing = street.crossing_z is None and rng.random() < 0.22
    gap_near, gap_far = (rng.uniform(11, 20), 0.0) if crossing else (0.0, 0.0)
    if crossing:
        kind = rng.choices(kinds, weights)[0]
        heading = rng.choice((-1, 1)) * math.pi / 2 + rng.uniform(-0.25, 0.25)
        placed.append((kind, Pose(rng.uniform(-7, 7), gap_near + 2.5, heading)))
        gap_far = gap_near + 6
    for lane in range(-street.lanes, street.lanes):
        centre = (lane + 0.5) * LANE_M
        z = rng.uniform(5.5, 16)
        while z < 60:
            kind = rng.choices(kinds, weights)[0]
            length = length_of(kind)
            clear = z + length < gap_near or z > gap_far
            if rng.random() < busy and clear:
                x = centre + rng.uniform(-0.4, 0.4)
                wobble = rng.gauss(0, 0.035)
                away = lane >= 0
                placed.append((kind, Pose(x, z, wobble) if away else Pose(x, z + length, math.pi + wobble)))
            z += length + rng.uniform(2.5, 16)
    return placed + _parked(rng, street)


def _parked(rng: Random, street: Street) -> list[tuple[str, Pose]]:
    """Cars on the pavement's edge."""
    placed = []
    for side in (-1, 1):
        if rng.random() < 0.3:
            z = rng.uniform(7, 14)
            while z < 45:
                kind = rng.choice(("sedan", "hatchback", "suv", "van"))
                if rng.random() < 0.6:
                    x = side * (street.half_m + 0.75)
                    heading = rng.choice((0.0, math.pi)) + rng.gauss(0, 0.03)
                    start = z if abs(heading) < 1 else z + length_of(kind)
                    placed.append((kind, Pose(x, start, heading)))
                z += length_of(kind) + rng.uniform(1, 6)
    return placed


def _walkers(rng: Random, street: Street) -> list[tuple[float, float]]:
    spots = []
    for _ in range(rng.choice((0, 1, 2, 3, 4, 5, 6))):
        side = rng.choice((-1, 1))
        z = rng.triangular(6, 38, 10)
        x = side * (street.half_m + rng.uniform(0.5, street.pavement_m))
        spots.append((x, z))
        if rng.random() < 0.25:
            spots.append((x + rng.choice((-0.6, 0.6)), z + rng.uniform(-0.4, 0.4)))
    if street.crossing_z is not None:
        for _ in range(rng.randint(0, 3)):
            spots.append((rng.uniform(-street.half_m, street.half_m), street.crossing_z + rng.uniform(0.3, 2.8)))
    return spots


def _posts(rng: Random, street: Street) -> list[tuple[float, float]]:
    return [
        (rng.choice((-1, 1, 1)) * (street.half_m + rng.uniform(0.4, 1.4)), rng.triangular(6.5, 42, 12))
        for _ in range(rng.choice((0, 1, 2, 2, 3, 4)))
    ]


def _roadside(rng: Random, camera: Camera, light: Light, street: Street) -> list[Sprite]:
    made: list[Sprite | None] = []
    for side, kind in ((-1, street.left), (1, street.right)):
        count = {"trees": rng.randint(5, 12), "field": rng.randint(0, 4), "buildings": rng.randint(0, 2)}[kind]
        for _ in range(count):
            beyond = 0.6 if kind == "buildings" else rng.uniform(0.3, 14)
            made.append(
                draw_tree(rng, camera, light, side * (street.half_m + street.pavement_m + beyond), rng.uniform(9, 70))
            )
        for _ in range(rng.randint(0, 3)):
            made.append(
                draw_furniture(rng, camera, light, side * (street.half_m + rng.uniform(0.4, 2)), rng.uniform(7, 45))
            )
    return [sprite for sprite in made if sprite is not None]


def _compose(canvas: Image.Image, sprites: list[Sprite]) -> tuple[Image.Image, list[tuple[str, Box]], list[Lamp]]:
    """Paint far to near; return the picture at half the canvas size, the objects and the lamps still in sight."""
    numbers = Image.new("L", canvas.size, 0)
    placed: list[tuple[Sprite, int]] = []
    for sprite in sorted(sprites, key=lambda one: -one.depth):
        place = (sprite.left, sprite.top)
        canvas.paste(sprite.image, place, sprite.image)
        if not sprite.solid:
            continue
        alpha = sprite.image.getchannel("A")
        if sprite.class_name is None:
            numbers.paste(0, place, alpha)
        elif len(placed) < 255:
            placed.append((sprite, alpha.histogram()[255]))
            numbers.paste(len(placed), place, alpha)
    seen = numbers.histogram()
    objects, lamps = [], []
    for number, (sprite, whole) in enumerate(placed, start=1):
        if seen[number] < max(1, whole) * MIN_VISIBLE:
            continue
        lamps += [lamp for lamp in sprite.lamps if _at(numbers, lamp) == number]
        box = _extent(numbers, sprite, number)
        if box is not None and min(box[2] - box[0], box[3] - box[1]) >= MIN_SIDE_PX:
            objects.append((sprite.class_name or "", box))
    return canvas.reduce(2), objects, lamps


def _at(numbers: Image.Image, lamp: Lamp) -> float | tuple[int, ...] | None:
    x, y = int(lamp.at[0]), int(lamp.at[1])
    inside = 0 <= x < numbers.width and 0 <= y < numbers.height
    return numbers.getpixel((x, y)) if inside else None


def _extent(numbers: Image.Image, sprite: Sprite, number: int) -> Box | None:
    """Box, in picture pixels, of what is left of this number within the sprite's own rectangle."""
    left, top = max(0, sprite.left), max(0, sprite.top)
    right = min(numbers.width, sprite.left + sprite.image.width)
    bottom = min(numbers.height, sprite.top + sprite.image.height)
    if right <= left or bottom <= top:
        return None
    table = [0] * 256
    table[number] = 255
    extent = numbers.crop((left, top, right, bottom)).point(table).getbbox()
    if extent is None:
        return None
    return ((left + extent[0]) / 2, (top + extent[1]) / 2, (left + extent[2]) / 2, (top + extent[3]) / 2)
