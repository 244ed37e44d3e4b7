"""The last passes over a finished picture: glow of lamps, rain, blur of the lens, grain and JPEG blocks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from annotator.core.scenes.road.camera import Camera, Light
from annotator.core.scenes.road.sprite import Lamp


@dataclass(frozen=True)
class Finish:
    """Strength of each pass: blur radius px, grain in grey levels, JPEG quality 1..95, contrast factor."""

    blur: float
    grain: int
    jpeg: int
    contrast: float

    def as_json(self) -> dict[str, Any]:
        return {key: round(value, 3) for key, value in asdict(self).items()}


def make_finish(rng: Random, light: Light) -> Finish:
    """Pick the strengths; the dark is grainier."""
    dark = light.time == "night"
    return Finish(
        blur=rng.choice((0.0, 0.0, rng.uniform(0.3, 1.1))),
        grain=rng.randint(6, 22) if dark else rng.choice((0, rng.randint(2, 12))),
        jpeg=rng.randint(45, 92),
        contrast=rng.uniform(0.9, 1.08),
    )


def add_glow(image: Image.Image, camera: Camera, lamps: list[Lamp]) -> Image.Image:
    """Soft halos around lamps; drawn at a quarter of the picture, then added."""
    if not lamps:
        return image
    small = Image.new("RGB", (image.width // 4, image.height // 4))
    draw = ImageDraw.Draw(small)
    factor = small.width / camera.width
    for lamp in lamps:
        x, y, size = lamp.at[0], lamp.at[1], max(0.8, lamp.radius * factor)
        draw.ellipse((x * factor - size, y * factor - size, x * factor + size, y * factor + size), fill=lamp.colour)
    soft = ImageChops.add(small.filter(ImageFilter.GaussianBlur(1.2)), small.filter(ImageFilter.GaussianBlur(5)))
    return ImageChops.screen(image, soft.resize(image.size, Image.Resampling.BILINEAR))


def add_rain(image: Image.Image, rng: Random, light: Light) -> Image.Image:
    """Slanted streaks over the whole picture."""
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    slant = rng.uniform(-0.25, 0.25)
    for _ in range(rng.randint(120, 420)):
        x, y, length = rng.uniform(-20, image.width + 20), rng.uniform(-20, image.height), rng.uniform(6, 22)
        draw.line((x, y, x + slant * length, y + length), fill=rng.randint(30, 110))
    image.paste((120, 126, 140) if light.lamps else (214, 218, 224), (0, 0), mask.filter(ImageFilter.GaussianBlur(0.5)))
    return image


def finish_picture(image: Image.Image, rng: Random, finish: Finish) -> Image.Image:
    """Blur, contrast, grain and JPEG blocks, in the order in which a camera adds them."""
    if finish.blur:
        image = image.filter(ImageFilter.GaussianBlur(finish.blur))
    if finish.contrast != 1.0:
        image = image.point([int(max(0, min(255, 128 + (level - 128) * finish.contrast))) for level in range(256)] * 3)
    if finish.grain:
        # Pillow's effect_noise cannot be seeded; the sum of two uniform planes is close enough to normal.
        planes = [Image.frombytes("L", image.size, rng.randbytes(image.width * image.height)) for _ in range(2)]
        noise = ImageChops.add(planes[0], planes[1], scale=2).point(
            [int(level * finish.grain / 64) for level in range(256)]
        )
        image = ImageChops.add(image, Image.merge("RGB", (noise,) * 3), offset=-finish.grain * 2)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=finish.jpeg)
    with Image.open(buffer) as coded:
        return coded.convert("RGB")
