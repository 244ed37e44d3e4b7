"""Segmenters of whatever family: logits of every class over the picture, at any stride."""

from __future__ import annotations

from prelabel.core.inference import MapRunner
from prelabel.core.postprocess import MAP_DECODERS


class SegmenterPredictor(MapRunner):
    """A class for every pixel."""

    decoders = tuple(MAP_DECODERS)
