"""The table of trainers: slug → where the class lives and what it is for. Holds no torch; classes load on first use."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, cast

from annotator.core.errors import NotFound
from compression.core.trainer import Trainer


@dataclass(frozen=True)
class TrainerInfo:
    """Metadata of a trainer, free of torch."""

    path: str  # "package.module:Class"
    task_type: str
    label: str
    archs: tuple[str, ...]  # the first is the default
    schema: dict[str, Any] = field(default_factory=dict)  # JSON Schema of TrainRequest.options


_NUMBER = {"type": "number", "minimum": 0}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
# Of the loop that all torchvision networks share.
_LOOP: dict[str, Any] = {
    "lr": _NUMBER,
    "weight_decay": _NUMBER,
    "schedule": {"type": "string", "enum": ["cosine", "step"]},
    "warmup": {"type": "number", "minimum": 0, "maximum": 0.9},
    "clip": {"type": "number", "exclusiveMinimum": 0},
    "patience": {"type": "integer", "minimum": 0},
    "amp": {"type": "boolean"},
}

TRAINERS: dict[str, TrainerInfo] = {
    "yolo": TrainerInfo(
        path="compression.core.trainers.yolo:YoloTrainer",
        task_type="object_detection",
        label="YOLO (Ultralytics)",
        archs=(
            *("yolo11n", "yolo26n", "yolo11p", "yolo11t", "yolov8n", "yolo11s", "yolo26s"),
            *("yolo11m", "yolo26m", "yolov8s", "yolo26p", "yolo26t", "yolov3-tiny"),
        ),
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "optimizer": {"type": "string", "enum": ["AdamW", "Adam", "SGD"]},
                "lr0": _NUMBER,
                "lrf": _SHARE,
                "schedule": {"type": "string", "enum": ["linear", "cosine", "step"]},
                "warmup_epochs": _NUMBER,
                "weight_decay": _NUMBER,
                "freeze": {"type": "integer", "minimum": 0, "maximum": 22},
                "patience": {"type": "integer", "minimum": 0},
                "amp": {"type": "boolean"},
                "mosaic": _SHARE,
                "close_mosaic": {"type": "integer", "minimum": 0},
                "mixup": _SHARE,
                "cutmix": _SHARE,
                "scale": {"type": "number", "minimum": 0, "maximum": 0.9},
                "translate": {"type": "number", "minimum": 0, "maximum": 0.9},
                "degrees": {"type": "number", "minimum": 0, "maximum": 180},
                "shear": {"type": "number", "minimum": 0, "maximum": 45},
                "perspective": {"type": "number", "minimum": 0, "maximum": 0.001},
                "fliplr": _SHARE,
                "flipud": _SHARE,
                "hsv_h": _SHARE,
                "hsv_s": _SHARE,
                "hsv_v": _SHARE,
                "rect": {"type": "boolean"},
            },
        },
    ),
    "classifier": TrainerInfo(
        path="compression.core.trainers.classifier:ClassifierTrainer",
        task_type="image_classification",
        label="MobileNet, ShuffleNet, ResNet (torchvision), EfficientNet-Lite (timm)",
        archs=(
            "mobilenet_v3_small",
            "mobilenet_v2",
            "mobilenet_v3_large",
            "mobilenet_v2_075",
            "mobilenet_v2_050",
            "mobilenet_v2_035",
            "resnet18",
            "resnet50",
            "shufflenet_v2_x0_5",
            "shufflenet_v2_x1_0",
            "tf_efficientnet_lite0",
        ),
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                **_LOOP,
                "label_smoothing": {"type": "number", "minimum": 0, "maximum": 0.5},
                "fliplr": _SHARE,
            },
        },
    ),
    "ssdlite": TrainerInfo(
        path="compression.core.trainers.ssdlite:SsdliteTrainer",
        task_type="object_detection",
        label="SSDLite MobileNetV3 (torchvision)",
        archs=(
            "ssdlite320_mobilenet_v3_large",
            "ssdlite320_mobilenet_v3_large_075",
            "ssdlite320_mobilenet_v3_large_050",
        ),
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {**_LOOP, "scale": {"type": "number", "minimum": 0, "maximum": 0.9}, "fliplr": _SHARE},
        },
    ),
    "retinanet": TrainerInfo(
        path="compression.core.trainers.retinanet:RetinanetTrainer",
        task_type="object_detection",
        label="RetinaNet MobileNet (torchvision)",
        archs=("retinanet_mobilenet_v3_large", "retinanet_mobilenet_v2"),
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {**_LOOP, "scale": {"type": "number", "minimum": 0, "maximum": 0.9}, "fliplr": _SHARE},
        },
    ),
    "segmenter": TrainerInfo(
        path="compression.core.trainers.segmenter:SegmenterTrainer",
        task_type="semantic_segmentation",
        label="LRASPP, DeepLabV3 (torchvision), U-Net (smp)",
        archs=(
            "lraspp_mobilenet_v3_large",
            "lraspp_mobilenet_v3_small",
            "deeplabv3_mobilenet_v3_large",
            "deeplabv3_resnet50",
            "unet_mobilenet_v2",
            "unet_mobilenet_v2_050",
        ),
        schema={
            "type": "object",
            "additionalProperties": False,
            "properties": {
                **_LOOP,
                "scale": {"type": "number", "minimum": 0, "maximum": 0.9},
                "fliplr": _SHARE,
                "balance": _SHARE,
            },
        },
    ),
}


def trainer_for_arch(arch: str) -> str:
    """Slug of the trainer that knows ``arch``. Raises NotFound."""
    for slug, info in TRAINERS.items():
        if arch in info.archs:
            return slug
    known = ", ".join(arch for info in TRAINERS.values() for arch in info.archs)
    raise NotFound(f"No trainer knows the architecture {arch!r}; known: {known}.", arch=arch)


def load_trainer(slug: str) -> Trainer:
    """The trainer behind ``slug``, imported now (torch comes with it). Raises NotFound."""
    if slug not in TRAINERS:
        raise NotFound(f"No trainer is called {slug!r}; known: {', '.join(TRAINERS)}.", trainer=slug)
    module, _, name = TRAINERS[slug].path.partition(":")
    return cast(Trainer, getattr(import_module(module), name)())
