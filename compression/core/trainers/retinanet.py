"""RetinaNet detectors over MobileNets, from torchvision's parts.

Sources: Lin et al. 2017 (RetinaNet, focal loss; feature pyramid), Howard et al. 2019 (MobileNetV3), Sandler et al. 2018
(MobileNetV2).
"""

from __future__ import annotations

from functools import partial

from compression.core.training.anchor_detector import AnchorTrainer, Family
from compression.core.training.retinanet import RetinaNet, anchor_boxes, decoded, focal_loss, taught_loss
from prelabel.core.artifact import Preprocess

_HEADS = ("head.classification_head.cls_logits", "head.regression_head.bbox_reg")
FAMILY = Family(
    archs={
        "retinanet_mobilenet_v3_large": partial(RetinaNet, "mobilenet_v3_large"),
        "retinanet_mobilenet_v2": partial(RetinaNet, "mobilenet_v2"),
    },
    heads=_HEADS,
    # As ImageNet weights of the backbone expect it; training and export share it.
    preprocess=Preprocess(
        resize="letterbox", scale=1 / 255, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)
    ),
    boxes=anchor_boxes,
    decoded=decoded,
    loss=focal_loss,
    taught=taught_loss,
)  # fmt: skip


class RetinanetTrainer(AnchorTrainer):
    """Trains and exports RetinaNets."""

    slug = "retinanet"
    heads = _HEADS
    family = FAMILY
