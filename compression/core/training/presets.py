"""Named settings of a retrain: what a person picks instead of ten numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from annotator.core.errors import Unprocessable


@dataclass(frozen=True)
class Preset:
    """Epochs are an upper bound, ``minutes`` the wall-clock one; ``image_size`` in pixels, long side."""

    epochs: int
    minutes: float
    image_size: int
    batch: int = 16
    options: Mapping[str, Any] = field(default_factory=dict)


PRESETS: dict[str, dict[str, Preset]] = {
    "quick": {
        "object_detection": Preset(epochs=100, minutes=5.0, image_size=320),
        "image_classification": Preset(epochs=40, minutes=5.0, image_size=160, batch=32),
        "semantic_segmentation": Preset(epochs=60, minutes=5.0, image_size=256, batch=8),
    },
    "normal": {
        "object_detection": Preset(epochs=200, minutes=45.0, image_size=416),
        "image_classification": Preset(epochs=80, minutes=30.0, image_size=224, batch=32),
        "semantic_segmentation": Preset(epochs=120, minutes=45.0, image_size=320, batch=8),
    },
}


def preset_for(name: str, task_type: str, params: Mapping[str, Any]) -> Preset:
    """The preset ``name`` with the numbers of ``params`` (epochs, minutes, image_size, batch) put in where given.

    Raises Unprocessable for an unknown preset.
    """
    if name not in PRESETS:
        raise Unprocessable(f"There is no preset {name!r}; use {' or '.join(PRESETS)}.", field="preset")
    chosen = PRESETS[name][task_type]
    given = {key: params[key] for key in ("epochs", "minutes", "image_size", "batch") if params.get(key)}
    return Preset(**{**vars(chosen), **given})
