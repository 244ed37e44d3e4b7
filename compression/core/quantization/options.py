"""What can be asked of the quantize step, and its JSON Schema. Imports nothing heavy, so that the API can list it.

``x-when`` names the values of another option for which an option counts; forms hide it otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# scheme → precision word of the artifact's manifest
PRECISION = {
    "fp16": "fp16",
    "bf16": "bf16",
    "int8_dynamic": "int8_dynamic",
    "int8": "int8",
    "w8": "w8",
    "w8a16": "w8a16",
    "int4": "int4",
    "qat": "int8",
}
# Schemes that look at training pictures first: their activations are rounded with ranges fixed in advance.
CALIBRATED = frozenset({"int8", "w8a16", "qat"})
FEWEST_IMAGES = 8

SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "scheme": {
            "type": "string",
            "title": "Scheme",
            "enum": list(PRECISION),
            "default": "int8",
            "description": "int8: weights and activations, calibrated. w8, int4: weights alone (a smaller file, the "
            "same arithmetic). w8a16: int8 weights, 16-bit activations. qat: int8 after a fine-tune that feels the "
            "rounding. int8_dynamic: for networks of matrix products, not of convolutions.",
        },
        "granularity": {
            "type": "string",
            "title": "Granularity",
            "x-when": {"scheme": ["int8", "w8", "w8a16", "int4", "qat"]},
            "enum": ["per_channel", "per_tensor"],
            "default": "per_channel",
            "description": "One scale for each output channel of a layer's weights, or one for all of them.",
        },
        "calibration": {
            "type": "string",
            "title": "Calibration",
            "x-when": {"scheme": ["int8", "w8a16", "qat"]},
            "enum": ["auto", "minmax", "entropy", "percentile"],
            "default": "auto",
            "description": "How ranges of activations are chosen; auto tries minmax and percentile.",
        },
        "weight_bits": {
            "type": "string",
            "title": "Bits of a weight",
            "x-when": {"scheme": ["int8", "qat"]},
            "enum": ["auto", "8", "7"],
            "default": "auto",
            "description": "auto: 8 where this CPU has VNNI or its like, else 7, because sums of larger products "
            "saturate on the others. 7 for models that are made here and run there.",
        },
        "images": {
            "type": "integer",
            "title": "Calibration pictures",
            "x-when": {"scheme": ["int8", "w8a16", "int4", "w8", "qat"]},
            "minimum": FEWEST_IMAGES,
            "maximum": 1024,
            "default": 64,
            "description": "Calibration pictures, of the train split.",
        },
        "exclude": {
            "type": "string",
            "title": "Layers to spare",
            "x-when": {"scheme": ["int8", "int8_dynamic", "w8", "w8a16", "int4", "qat"]},
            "enum": ["auto", "head", "sensitivity", "none"],
            "default": "auto",
            "description": "Layers kept in float (int4: in int8). auto: none, then the most sensitive ones that a "
            "scan finds, at last the head and its like, as far as the allowed drop asks for it.",
        },
        "tries": {
            "type": "integer",
            "title": "Variants tried",
            "x-when": {"scheme": ["int8", "w8", "w8a16", "int4", "qat"]},
            "minimum": 1,
            "maximum": 32,
            "default": 6,
            "description": "Variants validated at most.",
        },
        "epochs": {
            "type": "integer",
            "title": "Epochs of fine-tuning",
            "x-when": {"scheme": ["qat"]},
            "minimum": 1,
            "maximum": 300,
            "default": 5,
            "description": "Of the fine-tune; only qat has one.",
        },
        "lr": {
            "type": "number",
            "title": "Learning rate",
            "x-when": {"scheme": ["qat"]},
            "exclusiveMinimum": 0,
            "maximum": 1,
            "default": 0.0005,
            "description": "Of the fine-tune; far below that of the training, which has been through.",
        },
    },
}


@dataclass(frozen=True)
class Options:
    """The options of one call, already checked against SCHEMA."""

    scheme: str = "int8"
    granularity: str = "per_channel"
    calibration: str = "auto"
    weight_bits: str = "auto"
    images: int = 64
    exclude: str = "auto"
    tries: int = 6
    epochs: int = 5
    lr: float = 0.0005

    @property
    def precision(self) -> str:
        """Precision word of the artifact that this makes."""
        return PRECISION[self.scheme]
