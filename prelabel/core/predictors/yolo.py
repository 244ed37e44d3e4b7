"""Ultralytics YOLO detectors exported to ONNX: the class-vector head with NMS off, or the end-to-end head."""

from __future__ import annotations

from prelabel.core.inference import BoxRunner


class YoloPredictor(BoxRunner):
    """yolo11, yolo26 and their kin."""

    decoders = ("yolo", "yolo_e2e")
