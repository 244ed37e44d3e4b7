"""The part of a picture around a click or a box, small enough to be cut out while a person waits."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from annotator.core.errors import BadPicture
from annotator.core.geometry import Box
from annotator.core.picture import FORMATS

LONGEST_PX = 512
Window = tuple[int, int, int, int]


@dataclass(frozen=True)
class Crop:
    """``image`` shows the ``window`` (whole xyxy px, half-open) of a picture of ``width`` x ``height`` px, in RGB."""

    image: Image.Image
    window: Window
    width: int
    height: int

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the crop per pixel of the picture, across and down."""
        left, top, right, bottom = self.window
        return self.image.width / (right - left), self.image.height / (bottom - top)


def window_around(box: Box, width: int, height: int) -> Window:
    """The whole pixels of a picture that a box (px, may stick out) touches; at least one."""
    left = min(max(0, math.floor(box[0])), width - 1)
    top = min(max(0, math.floor(box[1])), height - 1)
    return left, top, max(left + 1, min(width, math.ceil(box[2]))), max(top + 1, min(height, math.ceil(box[3])))


def read_crop(path: Path, window: Window, longest: int = LONGEST_PX) -> Crop:
    """The window of a stored picture, at most ``longest`` px on its long side. Raises BadPicture.

    JPEGs are decoded at the eighth, quarter or half that is still large enough: a whole one of 20 megapixels takes
    longer than cutting its part out.
    """
    left, top, right, bottom = window
    share = min(1.0, longest / max(right - left, bottom - top))
    size = max(1, round((right - left) * share)), max(1, round((bottom - top) * share))
    try:
        with warnings.catch_warnings(), Image.open(path, formats=FORMATS) as image:
            warnings.simplefilter("ignore")
            width, height = image.size
            image.draft("RGB", (math.ceil(width * share), math.ceil(height * share)))
            across, down = image.width / width, image.height / height
            part = (left * across, top * down, right * across, bottom * down)
            smooth = Image.Resampling.BILINEAR
            shown = image.convert("RGB").resize(size, smooth, box=part, reducing_gap=2.0)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise BadPicture(f"the picture cannot be decoded ({error})", code="broken_image") from error
    return Crop(shown, window, width, height)
