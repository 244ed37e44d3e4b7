"""SSDLite detectors over MobileNetV3, torchvision's.

Sources: Liu et al. 2016 (SSD), Sandler et al. 2018 (SSDLite), Howard et al. 2019 (MobileNetV3).
"""

from __future__ import annotations

from functools import partial

from compression.core.training.anchor_detector import AnchorTrainer, Family
from compression.core.training.ssd import SsdLite, decoded, default_boxes, ssd_loss, taught_loss
from prelabel.core.artifact import Preprocess

_HEADS = tuple(
    f"head.{branch}_head.module_list.{level}.1" for branch in ("classification", "regression") for level in range(6)
)
FAMILY = Family(
    archs={
        "ssdlite320_mobilenet_v3_large": SsdLite,
        "ssdlite320_mobilenet_v3_large_075": partial(SsdLite, width=0.75),
        "ssdlite320_mobilenet_v3_large_050": partial(SsdLite, width=0.5),
    },
    heads=_HEADS,
    # Pixels to -1..1; training and export share it.
    preprocess=Preprocess(resize="letterbox", scale=1 / 255, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)),
    boxes=default_boxes,
    decoded=decoded,
    loss=ssd_loss,
    taught=taught_loss,
)


class SsdliteTrainer(AnchorTrainer):
    """Trains and exports SSDLite."""

    slug = "ssdlite"
    heads = _HEADS
    family = FAMILY
