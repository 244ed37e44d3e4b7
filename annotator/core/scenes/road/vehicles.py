"""Vehicles as extruded side profiles, turned by a heading and projected: rear, front, three-quarter and side views."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from random import Random

from annotator.core.scenes.road.camera import Camera, Colour, Light, Point
from annotator.core.scenes.road.sprite import Lamp, Pencil, Sprite, mix, scaled

# Along the profile: metres from the rear, metres up. "glass" holds the indices of the edges that are windows.
Profile = tuple[tuple[float, float], ...]

GLASS: Colour = (38, 48, 60)
TYRE: Colour = (24, 24, 26)
PAINTS: tuple[Colour, ...] = (
    (236, 238, 240), (196, 200, 205), (120, 126, 134), (34, 36, 40), (178, 28, 32), (30, 70, 150), (20, 110, 168),
    (30, 96, 62), (232, 186, 40), (214, 104, 34), (118, 78, 52), (98, 30, 60), (150, 190, 200), (84, 92, 110),
)  # fmt: skip


@dataclass(frozen=True)
class Model:
    """One body: profile from the lower rear edge over the roof to the lower front edge."""

    name: str
    length: float
    width: float
    profile: Profile
    glass: tuple[int, ...]
    side_windows: tuple[Profile, ...]
    wheels: tuple[float, ...]
    radius: float
    taper: float


MODELS: dict[str, Model] = {
    "sedan": Model(
        "sedan", 4.6, 1.82,
        ((0, .22), (0, .78), (.08, .98), (.7, 1.0), (1.35, 1.4), (2.55, 1.44), (3.35, .98), (4.4, .82),
         (4.6, .62), (4.6, .2)),
        (3, 5), (((.95, 1.02), (1.4, 1.34), (1.95, 1.38), (1.95, 1.02)), ((2.05, 1.02), (2.05, 1.38), (2.5, 1.37),
         (3.1, 1.02))),
        (.85, 3.7), .32, .2,
    ),
    "hatchback": Model(
        "hatchback", 3.9, 1.75,
        ((0, .22), (0, .8), (.1, .98), (.5, 1.42), (2.1, 1.5), (2.95, 1.02), (3.7, .86), (3.9, .62), (3.9, .2)),
        (2, 4), (((.5, 1.02), (.68, 1.38), (1.4, 1.43), (1.4, 1.02)), ((1.5, 1.02), (1.5, 1.43), (2.05, 1.42),
         (2.7, 1.04))),
        (.7, 3.15), .31, .17,
    ),
    "suv": Model(
        "suv", 4.6, 1.92,
        ((0, .3), (0, 1.0), (.08, 1.15), (.35, 1.68), (2.5, 1.74), (3.3, 1.18), (4.4, 1.04), (4.6, .78), (4.6, .28)),
        (2, 4), (((.5, 1.2), (.62, 1.6), (1.6, 1.65), (1.6, 1.2)), ((1.7, 1.2), (1.7, 1.65), (2.45, 1.64),
         (3.05, 1.2))),
        (.85, 3.7), .38, .12,
    ),
    "van": Model(
        "van", 5.3, 2.0,
        ((0, .38), (0, 1.15), (.05, 1.25), (.12, 2.0), (.3, 2.15), (3.5, 2.15), (4.35, 1.35), (5.15, 1.1),
         (5.3, .8), (5.3, .34)),
        (2, 5), (((3.0, 1.3), (3.0, 1.95), (3.5, 1.95), (4.1, 1.34)),),
        (.95, 4.3), .36, .08,
    ),
    "bus": Model(
        "bus", 9.5, 2.5,
        ((0, .4), (0, 1.5), (.03, 1.6), (.06, 2.7), (.2, 3.0), (9.3, 3.0), (9.45, 2.8), (9.5, 1.2), (9.5, .4)),
        (2, 6), (((.5, 1.5), (.5, 2.5), (2.9, 2.5), (2.9, 1.5)), ((3.05, 1.5), (3.05, 2.5), (5.7, 2.5), (5.7, 1.5)),
                 ((5.85, 1.5), (5.85, 2.5), (9.0, 2.5), (9.0, 1.5))),
        (2.0, 7.2), .48, .02,
    ),
    "truck_box": Model(
        "truck_box", 5.0, 2.4, ((0, .75), (0, 3.05), (.02, 3.1), (4.98, 3.1), (5.0, 3.05), (5.0, .75)), (), (),
         (.9, 1.95), .46, .0,
    ),
    "truck_cab": Model(
        "truck_cab", 1.9, 2.3, ((0, .5), (0, 2.4), (.2, 2.65), (1.2, 2.6), (1.75, 1.6), (1.9, 1.2), (1.9, .42)),
        (3,), (((.5, 1.55), (.5, 2.3), (1.15, 2.3), (1.5, 1.55)),), (1.0,), .46, .04,
    ),
}  # fmt: skip

CAR_MIX = (("sedan", 30), ("hatchback", 28), ("suv", 20), ("van", 11), ("truck", 7), ("bus", 4))


def length_of(kind: str) -> float:
    """Length in metres of a kind of vehicle."""
    return 7.0 if kind == "truck" else MODELS[kind].length


@dataclass(frozen=True)
class Pose:
    """Where the middle of the rear edge stands on the ground, and the heading: 0 drives away from the camera."""

    x: float
    z: float
    heading: float

    def world(self, along: float, across: float, up: float) -> tuple[float, float, float]:
        sine, cosine = math.sin(self.heading), math.cos(self.heading)
        return self.x + along * sine + across * cosine, up, self.z + along * cosine - across * sine

    def forward(self, metres: float) -> Pose:
        x, _, z = self.world(metres, 0, 0)
        return Pose(x, z, self.heading)


class _Body:
    """One model in one pose: draws its visible faces and the details upon them."""

    def __init__(self, pencil: Pencil, camera: Camera, light: Light, pose: Pose, model: Model) -> None:
        self.pencil, self.camera, self.light, self.pose, self.model = pencil, camera, light, pose, model

    def at(self, along: float, across: float, up: float) -> Point:
        return self.camera.project(*self.pose.world(along, across, up))

    def half(self, up: float) -> float:
        """Half the width at this height: the cabin leans inwards above the belt line."""
        roof = max(height for _, height in self.model.profile)
        belt = roof * 0.68
        lean = max(0.0, (up - belt) / (roof - belt)) * self.model.taper
        return self.model.width / 2 * (1 - lean)

    def paint(self, points: list[Point], colour: Colour, gain: float = 1.0) -> None:
        self.pencil.polygon(points, self.light.shade(colour, self.pose.z, gain))

    def shine(self, points: list[Point], colour: Colour) -> None:
        self.pencil.polygon(points, self.light.glow(colour, self.pose.z))

    def across(self, first: tuple[float, float], second: tuple[float, float], inset: float = 0.0) -> list[Point]:
        """The face between two profile points over the full width."""
        (s, h), (t, k) = first, second
        if inset:
            s, h, t, k = s + (t - s) * inset, h + (k - h) * inset, t - (t - s) * inset, k - (k - h) * inset
        lower, upper = self.half(h) * (1 - inset), self.half(k) * (1 - inset)
        return [self.at(s, -lower, h), self.at(s, lower, h), self.at(t, upper, k), self.at(t, -upper, k)]

    def panel(self, along: float, side: tuple[float, float], low: float, high: float) -> list[Point]:
        """A rectangle on a face across the length, e.g. a tail light; ``side`` is a share of the half width."""
        width = self.model.width / 2
        left, right = side[0] * width, side[1] * width
        return [
            self.at(along, left, low),
            self.at(along, right, low),
            self.at(along, right, high),
            self.at(along, left, high),
        ]

    def draw_shell(self, colour: Colour) -> None:
        profile = self.model.profile
        faces = []
        for index in range(len(profile) - 1):
            outline = self.across(profile[index], profile[index + 1])
            if _area(outline) > 0:
                depth = self.pose.world((profile[index][0] + profile[index + 1][0]) / 2, 0, 0)[2]
                faces.append((depth, index, outline))
        for _, index, outline in sorted(faces, reverse=True):
            rise = profile[index + 1][1] - profile[index][1]
            run = abs(profile[index + 1][0] - profile[index][0])
            tone = 1.12 if run > abs(rise) * 1.5 else 0.92
            self.paint(outline, colour, tone)
            if index in self.model.glass:
                self.paint(self.across(profile[index], profile[index + 1], 0.1), GLASS)
                if self.light.time in ("day", "overcast"):
                    top = self.across(profile[index], profile[index + 1], 0.12)
                    mid = [top[3], top[2], _between(top[2], top[1], 0.35), _between(top[3], top[0], 0.35)]
                    self.paint(mid, (96, 116, 136))

    def draw_side(self, colour: Colour, sign: int) -> None:
        profile = self.model.profile
        outline = [self.at(s, sign * self.half(h), h) for s, h in profile]
        if _area(outline) * sign >= 0:
            return
        self.paint(outline, colour, 0.8)
        sill = profile[0][1]
        length = self.model.length
        half = self.model.width / 2
        skirt = [
            self.at(s, sign * half, h)
            for s, h in ((0, sill), (0, sill + 0.16), (length, sill + 0.16), (length, sill - 0.02))
        ]
        self.paint(skirt, colour, 0.55)
        for window in self.model.side_windows:
            self.paint([self.at(s, sign * self.half(h), h) for s, h in window], GLASS, 1.1)
        for centre in self.model.wheels:
            self.draw_wheel(centre, sign * half)

    def draw_wheel(self, along: float, across: float) -> None:
        radius = self.model.radius
        for share, colour in ((1.18, (14, 14, 16)), (1.0, TYRE), (0.6, (136, 140, 146)), (0.2, (70, 72, 76))):
            ring = [
                self.at(
                    along + radius * share * math.cos(turn), across, max(0.0, radius + radius * share * math.sin(turn))
                )
                for turn in (step * math.pi / 8 for step in range(16))
            ]
            self.paint(ring, colour)

    def draw_rear_wheels(self, along: float) -> None:
        for side in ((-0.94, -0.72), (0.72, 0.94)):
            self.paint(self.panel(along, side, 0.0, self.model.profile[0][1] + 0.05), TYRE)

    def draw_rear(self, colour: Colour) -> None:
        base = self.model.profile[0][1]
        belt = self.model.profile[1][1]
        self.paint(self.panel(0, (-0.98, 0.98), base, base + 0.18), scaled(colour, 0.5))
        self.paint(self.panel(0, (-0.28, 0.28), base + 0.22, base + 0.34), (226, 226, 214))
        self.paint(self.panel(0, (-0.9, 0.9), base + 0.18, base + 0.2), scaled(colour, 1.15))
        lamp_top = min(belt, 1.15)
        for side in ((-0.97, -0.7), (0.7, 0.97)):
            lamp = self.panel(0, side, lamp_top - 0.2, lamp_top - 0.03)
            (self.shine if self.light.lamps else self.paint)(lamp, (226, 30, 26))

    def draw_front(self, colour: Colour) -> None:
        length = self.model.length
        base = self.model.profile[-1][1]
        top = self.model.profile[-2][1]
        self.paint(self.panel(length, (-0.55, 0.55), base + 0.1, max(top, base + 0.2)), (30, 32, 36))
        self.paint(self.panel(length, (-0.26, 0.26), base + 0.04, base + 0.16), (226, 226, 214))
        for side in ((-0.96, -0.62), (0.62, 0.96)):
            lamp = self.panel(length, side, top - 0.06, top + 0.08)
            (self.shine if self.light.lamps else self.paint)(lamp, (255, 250, 224))


def _area(points: list[Point]) -> float:
    """Twice the signed area in pixels; positive when the corners run counter-clockwise as seen on screen."""
    total = 0.0
    for (x1, y1), (x2, y2) in zip(points, [*points[1:], points[0]], strict=True):
        total += x2 * y1 - x1 * y2
    return total


def _between(first: Point, second: Point, share: float) -> Point:
    return first[0] + (second[0] - first[0]) * share, first[1] + (second[1] - first[1]) * share


def _draw_part(pencil: Pencil, camera: Camera, light: Light, pose: Pose, model: Model, colour: Colour) -> None:
    body = _Body(pencil, camera, light, pose, model)
    facing_away = math.cos(pose.heading) > 0.3
    oncoming = math.cos(pose.heading) < -0.3
    if facing_away or oncoming:
        body.draw_rear_wheels(0.0 if facing_away else model.length)
    body.draw_shell(colour)
    for sign in (-1, 1):
        body.draw_side(colour, sign)
    if facing_away and model.name != "truck_cab":
        body.draw_rear(colour)
    if oncoming and model.name != "truck_box":
        body.draw_front(colour)
    if model.name == "truck_box" and facing_away:
        body.paint(body.panel(0, (-0.01, 0.01), 0.9, 3.0), scaled(colour, 0.6))


def draw_vehicle(rng: Random, camera: Camera, light: Light, pose: Pose, kind: str) -> list[Sprite]:
    """The sprites of one vehicle: its shadow on the ground, then itself (class ``vehicle``)."""
    colour = rng.choice(PAINTS)
    pencil = Pencil()
    if kind == "truck":
        box_colour = rng.choice(((232, 232, 228), (200, 204, 210), mix(colour, (255, 255, 255), 0.4)))
        parts = [(pose, MODELS["truck_box"], box_colour), (pose.forward(5.1), MODELS["truck_cab"], colour)]
        parts.sort(key=lambda part: part[0].world(1.0, 0, 0)[2], reverse=True)
    else:
        parts = [(pose, MODELS[kind], colour)]
    for part_pose, model, paint in parts:
        _draw_part(pencil, camera, light, part_pose, model, paint)
    depth = min(pose.z, pose.world(length_of(kind), 0, 0)[2])
    vehicle = pencil.sprite(depth, "vehicle")
    if vehicle is not None and light.lamps:
        vehicle = replace(vehicle, lamps=_lamps(camera, pose, kind))
    sprites = [_shadow(camera, light, pose, length_of(kind), depth), vehicle]
    return [sprite for sprite in sprites if sprite is not None]


def _shadow(camera: Camera, light: Light, pose: Pose, length: float, depth: float) -> Sprite | None:
    pencil = Pencil()
    corners = ((-0.25, -1.1), (-0.25, 1.1), (length + 0.25, 1.1), (length + 0.25, -1.1))
    ground = [camera.project(*pose.world(along, across, 0.0)) for along, across in corners]
    strength = 150 if light.weather == "clear" else 110
    pencil.polygon(ground, (*light.shade((18, 18, 22), depth), strength))
    # Far shadows are a few pixels high: a blur there costs time and changes nothing.
    blur = min(3.0, camera.scale(depth) * 0.05) if depth < 22 else 0.0
    return pencil.sprite(depth + 0.02, solid=False, blur=blur)


def _lamps(camera: Camera, pose: Pose, kind: str) -> tuple[Lamp, ...]:
    """Head lamps of what comes, tail lamps of what goes; none on what crosses."""
    facing = math.cos(pose.heading)
    if abs(facing) <= 0.3:
        return ()
    oncoming = facing < 0
    along = length_of(kind) if oncoming else 0.0
    side = 0.72 if kind not in ("truck", "bus") else 0.98
    up = 0.66 if oncoming else (1.05 if kind in ("truck", "bus", "van") else 0.72)
    radius = camera.scale(pose.world(along, 0, 0)[2]) * (0.2 if oncoming else 0.12)
    colour = (255, 244, 214) if oncoming else (210, 30, 24)
    return tuple(Lamp(camera.project(*pose.world(along, across, up)), radius, colour) for across in (-side, side))
