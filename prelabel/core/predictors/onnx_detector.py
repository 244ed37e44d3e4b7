"""Any detector whose manifest says how its head is read."""

from __future__ import annotations

from prelabel.core.inference import BoxRunner
from prelabel.core.postprocess import BOX_DECODERS


class OnnxDetector(BoxRunner):
    """Takes every box decoder there is."""

    decoders = tuple(BOX_DECODERS)
