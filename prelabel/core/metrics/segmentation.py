"""Mean intersection over union of pixels, over all images together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from prelabel.core.masks import paint_map
from prelabel.core.metric import Masked, Truth
from prelabel.core.pixel_counts import image_counts, summarize


def evaluate_segmentation(
    guesses: Sequence[Sequence[Masked]], truths: Sequence[Sequence[Truth]], class_count: int
) -> dict[str, Any]:
    """``miou``, ``pixel_accuracy`` (0..1) and ``per_class``, over the pixels of all images together.

    Each truth carries its mask as RLE; later ones lie above.
    """
    counts = np.zeros((class_count, class_count + 1), dtype=np.int64)
    for found, true in zip(guesses, truths, strict=True):
        layers = [(thing.class_index, thing.rle) for thing in true if thing.rle is not None]
        if layers:
            height, width = layers[0][1]["size"]
            counts += image_counts(found, paint_map(layers, height, width), class_count)
    return summarize(counts)
