"""Megvii YOLOX detectors with the raw grid head."""

from __future__ import annotations

from prelabel.core.inference import BoxRunner


class YoloxPredictor(BoxRunner):
    """YOLOX nano to x, exported with decode_in_inference off."""

    decoders = ("yolox",)
