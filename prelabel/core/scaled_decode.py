"""Decoding no more of a picture than a network sees: a JPEG is decoded at a half, a quarter or an eighth of its size.

Training, calibration, evaluation and serving all come through here, so that a network meets the pixels it learned from.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import ExifTags, Image

from prelabel.core.artifact import InputSpec, Preprocess
from prelabel.core.preprocess import MAX_PIXELS, Floats, Mapping, Pixels, decode_upright, prepare, resized_size

Size = tuple[int, int]
_JPEG = b"\xff\xd8\xff"
_SHARES = (8, 4, 2)
# EXIF orientation → how the stored pixels are turned upright; 1 and unknown ones stay as they are.
_TURNS: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.transpose(1, 0, 2),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: pixels[::-1, ::-1].transpose(1, 0, 2),
    8: lambda pixels: np.rot90(pixels, 1),
}
_SIDEWAYS = frozenset({5, 6, 7, 8})


@dataclass(frozen=True)
class Picture:
    """``pixels`` (h, w, 3) uint8 RGB, upright: the picture of ``width`` x ``height`` px, or a smaller copy of it."""

    pixels: Pixels
    width: int
    height: int


def decode_for(source: Path | bytes, spec: InputSpec, preprocess: Preprocess, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a picture at least as large as the network's resize leaves it. Raises BadPicture."""
    return decode_at_least(source, lambda width, height: resized_size(width, height, spec, preprocess), max_pixels)


def decode_whole(source: Path | bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode a picture at its own size, for who looks at parts of it. Raises BadPicture."""
    return decode_at_least(source, lambda width, height: (width, height), max_pixels)


def decode_at_least(source: Path | bytes, least: Callable[[int, int], Size], max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode upright; ``least`` maps the picture's upright (width, height) px to those that are needed.

    JPEGs are shrunk while they are decoded, in the frequency domain: less work, less memory, no aliasing. All other
    files, and JPEGs that libjpeg-turbo does not take without a warning, go through Pillow whole. Raises BadPicture.
    """
    data = source if isinstance(source, bytes) else _bytes_of_jpeg(source)
    picture = _decode_jpeg(data, least, max_pixels) if data is not None and data.startswith(_JPEG) else None
    if picture is not None:
        return picture
    pixels = decode_upright(source if data is None else data, max_pixels)
    return Picture(pixels, pixels.shape[1], pixels.shape[0])


def prepare_file(
    source: Path | bytes, spec: InputSpec, preprocess: Preprocess, max_pixels: int = MAX_PIXELS
) -> tuple[Floats, Mapping]:
    """The network's input (1, 3, spec.height, spec.width) float32 of a file, and the way back. Raises BadPicture."""
    return prepare_picture(decode_for(source, spec, preprocess, max_pixels), spec, preprocess)


def prepare_picture(picture: Picture, spec: InputSpec, preprocess: Preprocess) -> tuple[Floats, Mapping]:
    """The network's input of a decoded picture; the way back leads to the pixels of the whole picture."""
    tensor, mapping = prepare(picture.pixels, spec, preprocess)
    if (mapping.width, mapping.height) == (picture.width, picture.height):
        return tensor, mapping
    # A pixel of the copy is exactly 2, 4 or 8 of the picture; the last one may hang over its edge.
    share = round(picture.width / mapping.width)
    return tensor, replace(
        mapping,
        scale_x=mapping.scale_x / share,
        scale_y=mapping.scale_y / share,
        width=picture.width,
        height=picture.height,
    )


def _bytes_of_jpeg(path: Path) -> bytes | None:
    """The file if it begins like a JPEG; what cannot be opened is left to Pillow, which says so as for all others."""
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_JPEG))
            return start + stream.read() if start == _JPEG else None
    except OSError:
        return None


def _decode_jpeg(data: bytes, least: Callable[[int, int], Size], max_pixels: int) -> Picture | None:
    """None where Pillow has to judge: too large, CMYK, broken, or not a JPEG after all."""
    try:
        with Image.open(io.BytesIO(data)) as head:
            if head.mode not in {"RGB", "L"} or head.width * head.height > max_pixels:
                return None
            turn = head.getexif().get(ExifTags.Base.Orientation, 1)
            width, height = (head.height, head.width) if turn in _SIDEWAYS else head.size
            share = _share(width, height, least(width, height))
            # The decoder takes the smallest share that meets these.
            small = {"min_width": -(-head.width // share), "min_height": -(-head.height // share), "min_factor": 2}
        pixels = simplejpeg.decode_jpeg(data, "RGB", **(small if share > 1 else {}))
    except (OSError, ValueError, RuntimeError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError):
        return None
    if turn in _TURNS:
        pixels = np.ascontiguousarray(_TURNS[turn](pixels))
    return Picture(pixels, width, height)


def _share(width: int, height: int, least: Size) -> int:
    """The smallest part that still has the least size in both directions: 1 = whole, 8 = an eighth."""
    return next((n for n in _SHARES if -(-width // n) >= least[0] and -(-height // n) >= least[1]), 1)
