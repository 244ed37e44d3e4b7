"""Sprites: things drawn once, with a hard silhouette, so that what each one shows can be counted afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from annotator.core.scenes.road.camera import Colour, Point

Fill = tuple[int, ...]


@dataclass(frozen=True)
class Lamp:
    """A light at a canvas point with a radius in canvas pixels."""

    at: Point
    radius: float
    colour: Colour


@dataclass(frozen=True)
class Sprite:
    """An RGBA picture at (left, top) canvas pixels; ``solid`` ones hide what is behind them."""

    image: Image.Image
    left: int
    top: int
    depth: float
    class_name: str | None = None
    solid: bool = True
    lamps: tuple[Lamp, ...] = ()


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


class Pencil:
    """Collects shapes in canvas pixels and renders them once their bounds are known."""

    def __init__(self) -> None:
        self._shapes: list[tuple[str, list[Point], Fill, float, str]] = []

    def polygon(self, points: Sequence[Point], fill: Fill) -> None:
        self._shapes.append(("polygon", list(points), fill, 0.0, ""))

    def ellipse(self, centre: Point, radius_x: float, radius_y: float, fill: Fill) -> None:
        x, y = centre
        corners = [(x - radius_x, y - radius_y), (x + radius_x, y + radius_y)]
        self._shapes.append(("ellipse", corners, fill, 0.0, ""))

    def limb(self, points: Sequence[Point], width: float, fill: Fill) -> None:
        """A thick line with round ends and joints."""
        self._shapes.append(("limb", list(points), fill, max(width, 1.0), ""))

    def text(self, centre: Point, size: float, text: str, fill: Fill) -> None:
        if size >= 5:
            self._shapes.append(("text", [centre], fill, size, text))

    def sprite(
        self, depth: float, class_name: str | None = None, *, solid: bool = True, blur: float = 0.0
    ) -> Sprite | None:
        """Render; None when nothing was drawn or the thing is smaller than a pixel."""
        spans = [(point, width / 2) for _, points, _, width, _ in self._shapes for point in points]
        if not spans:
            return None
        pad = 1 + int(blur * 2)
        left = int(min(point[0] - half for point, half in spans)) - pad
        top = int(min(point[1] - half for point, half in spans)) - pad
        right = int(max(point[0] + half for point, half in spans)) + pad + 1
        bottom = int(max(point[1] + half for point, half in spans)) + pad + 1
        if right - left < 3 or bottom - top < 3 or right - left > 4000 or bottom - top > 4000:
            return None
        image = Image.new("RGBA", (right - left, bottom - top), (*self._shapes[0][2][:3], 0))
        draw = ImageDraw.Draw(image)
        for kind, points, fill, width, text in self._shapes:
            moved = [(x - left, y - top) for x, y in points]
            _render(draw, kind, moved, fill, width, text)
        if blur:
            image = image.filter(ImageFilter.GaussianBlur(blur))
        return Sprite(image, left, top, depth, class_name, solid)


def _render(draw: ImageDraw.ImageDraw, kind: str, points: list[Point], fill: Fill, width: float, text: str) -> None:
    if kind == "polygon":
        draw.polygon(points, fill=fill)
    elif kind == "ellipse":
        draw.ellipse((*points[0], *points[1]), fill=fill)
    elif kind == "limb":
        draw.line(points, fill=fill, width=max(1, int(width)), joint="curve")
        if width >= 3:
            half = width / 2
            for x, y in points:
                draw.ellipse((x - half, y - half, x + half, y + half), fill=fill)
    else:
        draw.text(points[0], text, fill=fill, font=_font(int(width)), anchor="mm")


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; ``share`` 0 gives the first, 1 the second."""
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def scaled(colour: Colour, factor: float) -> Colour:
    """Colour times a brightness factor, held within 0..255."""
    red, green, blue = (max(0, min(255, int(value * factor))) for value in colour)
    return red, green, blue
