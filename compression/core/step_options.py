"""JSON Schemas of the options of the compression steps: what a form shows and what a plan may say. Free of torch.

``x-when`` names the values of another option for which an option counts; forms hide it otherwise.
"""

from __future__ import annotations

from typing import Any

from compression.core.quantization import options as quantization
from compression.core.trainers import TRAINERS

Schema = dict[str, Any]

_ARCHS = [arch for info in TRAINERS.values() for arch in info.archs]
_STRUCTURED = {"method": ["structured"]}
_TAUGHT = {"distil": [True]}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _epochs(default: int, title: str = "Fine-tuning epochs", least: int = 0) -> Schema:
    return {
        "type": "integer",
        "title": title,
        "description": "Passes over the training pictures, so that the model recovers. The best one is kept.",
        "default": default,
        "minimum": least,
        "maximum": 1000,
    }


_LR: Schema = {
    "type": ["number", "null"],
    "title": "Learning rate",
    "description": "Empty: the one that the model's trainer uses.",
    "default": None,
    "exclusiveMinimum": 0,
    "maximum": 1,
}
_MINUTES: Schema = {
    "type": ["number", "null"],
    "title": "Minutes at most",
    "description": "Time for each fine-tuning; fewer epochs are trained where they do not fit. Empty: no limit.",
    "default": None,
    "exclusiveMinimum": 0,
    "maximum": 10080,
}


def _share(title: str, description: str, default: float, maximum: float = 1.0) -> Schema:
    return {
        "type": "number",
        "title": title,
        "description": description,
        "default": default,
        "minimum": 0,
        "maximum": maximum,
    }


_TEACHING: dict[str, Schema] = {
    "temperature": {
        "type": "number",
        "title": "Temperature",
        "description": "Above 1 the teacher's doubts count more. Not used by detectors, which learn from features.",
        "default": 5.0,
        "minimum": 1,
        "maximum": 20,
    },
    "hard": _share("Weight of the labels", "How much the labels themselves count in the loss.", 0.5),
    "soft": _share("Weight of the teacher's answers", "How much the teacher's answers count in the loss.", 0.5),
    "feature": _share(
        "Weight of the teacher's features",
        "Detectors only: how much the teacher's feature maps count. More than 1 hurt short fine-tunings.",
        1.0,
        maximum=20.0,
    ),
}
_DISTIL: Schema = {
    "type": "boolean",
    "title": "Learn from the teacher",
    "description": "Fine-tune on the answers of the teacher model as well as on the labels.",
    "default": False,
}

PRUNE: Schema = _object(
    method={
        "type": "string",
        "title": "What is removed",
        "description": "structured: whole channels, the model gets smaller and faster everywhere. "
        "unstructured: single weights become zero; only sparse or zipped storage gets smaller, nothing gets faster.",
        "default": "structured",
        "enum": ["structured", "unstructured"],
    },
    amount=_share(
        "Share to remove",
        "Of channels (structured; half of them leave about a quarter of the weights) or of weights (unstructured).",
        0.5,
        maximum=0.95,
    ),
    importance={
        "type": "string",
        "title": "What counts as important",
        "description": "l2, l1: large weights. taylor: weights on which the loss depends most, from real batches.",
        "default": "l2",
        "enum": ["l2", "l1", "taylor"],
        "x-when": _STRUCTURED,
    },
    scope={
        "type": "string",
        "title": "How the share is spread",
        "description": "uniform: the same share of every layer. global: the least important channels wherever they "
        "are. sensitivity: more where a scan of single layers finds that it hurts less (takes longer). size: by the "
        "same scan, where a weight less hurts least, which is in wide late layers: smallest file, not fastest.",
        "default": "uniform",
        "enum": ["uniform", "global", "sensitivity", "size"],
        "x-when": _STRUCTURED,
    },
    round_to={
        "type": "integer",
        "title": "Channels in multiples of",
        "description": "Processors work on 8 or 16 channels at once; other widths waste time.",
        "default": 8,
        "minimum": 1,
        "maximum": 64,
        "x-when": _STRUCTURED,
    },
    iterations={
        "type": "integer",
        "title": "Rounds",
        "description": "1: all at once. More: the same share in that many cuts, with a fine-tuning after each.",
        "default": 1,
        "minimum": 1,
        "maximum": 10,
    },
    scan_minutes={
        "type": "number",
        "title": "Minutes for the scan",
        "description": "Layers that it does not reach get the plain share.",
        "default": 5,
        "minimum": 0.1,
        "maximum": 240,
        "x-when": {"scope": ["sensitivity", "size"]},
    },
    epochs=_epochs(24, "Fine-tuning epochs after each round"),
    lr=_LR,
    minutes=_MINUTES,
    distil=_DISTIL,
    **{name: {**schema, "x-when": _TAUGHT} for name, schema in _TEACHING.items()},
)

DISTIL: Schema = _object(
    student={
        "type": ["string", "null"],
        "title": "Student",
        "description": "Empty: the model itself, pruned or not. Else a lighter architecture, trained from nothing.",
        "default": None,
        "enum": [None, *_ARCHS],
    },
    epochs=_epochs(24, "Epochs", least=1),
    lr=_LR,
    minutes=_MINUTES,
    **_TEACHING,
)

RESOLUTION: Schema = _object(
    image_size={
        "type": "integer",
        "title": "Picture size",
        "description": "Longer side in pixels, a multiple of 32. Half of it means about a quarter of the work; "
        "small objects suffer first.",
        "default": 320,
        "minimum": 32,
        "maximum": 1280,
        "multipleOf": 32,
    },
    epochs=_epochs(10),
    lr=_LR,
    minutes=_MINUTES,
    distil=_DISTIL,
    **{name: {**schema, "x-when": _TAUGHT} for name, schema in _TEACHING.items()},
)

ARCHITECTURE: Schema = _object(
    arch={
        "type": ["string", "null"],
        "title": "Architecture",
        "description": "Another network of the same kind. Empty: the model's own.",
        "default": None,
        "enum": [None, *_ARCHS],
    },
    width=_share(
        "Share of channels to keep",
        "Only for the model's own architecture: the same network, each layer that much as wide.",
        1.0,
    )
    | {"minimum": 0.05},
    start={
        "type": "string",
        "title": "Start",
        "description": "warm: take over the weights of layers that are alike. nothing: train from random weights.",
        "default": "warm",
        "enum": ["warm", "nothing"],
    },
    epochs=_epochs(60, "Epochs", least=1),
    lr=_LR,
    minutes=_MINUTES,
    distil=_DISTIL | {"description": "Learn from the teacher model, or from the model before this step."},
    **{name: {**schema, "x-when": _TAUGHT} for name, schema in _TEACHING.items()},
)

QUANTIZE: Schema = quantization.SCHEMA
