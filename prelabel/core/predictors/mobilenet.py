"""torchvision MobileNet classifiers (v2, v3-small) and any other classifier with one class vector."""

from __future__ import annotations

from prelabel.core.inference import ClassRunner


class MobilenetPredictor(ClassRunner):
    """One class per image."""

    decoders = ("softmax", "probabilities")
