"""The least options that make each step do all that it does."""

from __future__ import annotations

from typing import Any

from compression.core.steps import STEPS

INT8 = {"scheme": "int8", "calibration": "minmax", "images": 8, "exclude": "none", "tries": 1}
W8 = {"scheme": "w8", "exclude": "none", "tries": 1}
OPTIONS: dict[str, dict[str, Any]] = {
    "prune": {"amount": 0.5, "round_to": 4, "epochs": 1},
    "distil": {"epochs": 1},
    "quantize": INT8,
    "resolution": {"image_size": 32, "epochs": 0},
    "architecture": {"width": 0.5, "start": "nothing", "epochs": 1},
}
WEIGHT_STEPS = [slug for slug, info in STEPS.items() if info.needs == "weights"]
CUT = {"amount": 0.5, "round_to": 4, "epochs": 0}
