"""What a generator of synthetic pictures gives back: a picture, its perfect boxes and how it was made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from PIL import Image

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """One picture with its truth.

    ``objects`` are (class name, box) with boxes xyxy in pixels, half-open, of the *visible* extent.
    ``parameters`` is JSON: what was drawn and how, kept as item metadata.
    """

    image: Image.Image
    objects: list[tuple[str, Box]]
    parameters: dict[str, Any] = field(default_factory=dict)


class Scenery(Protocol):
    """A kind of synthetic picture; the same seed and size give the same pixels."""

    slug: str
    label: str
    classes: tuple[str, ...]

    def draw_scene(self, seed: int, width: int = 640, height: int = 384) -> Scene:
        """Draw the scene of this seed, ``width`` x ``height`` pixels."""
        ...
