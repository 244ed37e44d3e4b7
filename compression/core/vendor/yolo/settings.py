"""Ultralytics' settings of a request: our defaults, what warm starts need instead, and schedules of the rate.

Measured on 2 shared cores (DECISIONS.md): nbs = batch, AdamW 2e-3 from nothing, mosaic 0.5.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from compression.core.trainer import TrainRequest
from compression.core.training.record import is_derived, unlearned_classes

DEFAULTS: dict[str, Any] = {
    "optimizer": "AdamW",
    "lr0": 0.002,
    "lrf": 0.05,
    "warmup_epochs": 1.0,
    "weight_decay": 0.0005,
    "freeze": 0,
    "patience": 0,
    # Augmentation; Ultralytics' own values where not measured otherwise.
    "mosaic": 0.5,
    "close_mosaic": 10,
    "mixup": 0.0,
    "cutmix": 0.0,
    "scale": 0.5,
    "translate": 0.1,
    "degrees": 0.0,
    "shear": 0.0,
    "perspective": 0.0,
    "fliplr": 0.5,
    "flipud": 0.0,
    "hsv_h": 0.015,
    "hsv_s": 0.7,
    "hsv_v": 0.4,
    "rect": False,  # True: pictures of one shape without square padding, and without mosaic
}
# A net that knows these classes already is refined, not taught. The shipped road model on 48 new scenes, 8 epochs, one
# seed, mAP50-95 on 32 val images .366 before; lowest and last epoch: 2e-3 .192, .312; 1e-3 .284, .353; 5e-4 .336, .357;
# 2e-4 .370, .374. That model was trained for long: 5e-4 leaves those that were not more room than 2e-4 would.
# Biases start at none: Ultralytics starts them at 0.1, made for SGD (its own `auto` uses 0 with AdamW, too).
WARM: dict[str, Any] = {"lr0": 0.0005, "warmup_bias_lr": 0.0}
# A class that the start cannot find is taught, at the rate for random weights: from a model that had met 4 platelets in
# 8 pictures of blood and found none, 1200 looks at 40 pictures gave mAP50 .587, .586 and .758 (platelets 0, 0 and .51)
# at 5e-4, 1e-3 and 2e-3; what it had learned before was as good after each.
TAUGHT: dict[str, Any] = {**WARM, "lr0": DEFAULTS["lr0"]}
# Weights that were cut or masked after training have to find their way back.
REPAIRED: dict[str, Any] = {**WARM, "lr0": 0.001}
# Ours, not Ultralytics'.
SCHEDULES = ("linear", "cosine", "step")
_STEPS = (0.6, 0.85)
_UNUSED = {"data": "", "model": "", "project": "", "name": ""}  # differ from folder to folder


def overrides_for(request: TrainRequest, batch: int, device: torch.device, name: str) -> dict[str, Any]:
    """Ultralytics settings of a request; ``options`` win over what a warm start needs, and that over our defaults."""
    given = {k: v for k, v in request.options.items() if k in DEFAULTS}
    chosen = {**DEFAULTS, **for_start(request), **given}
    chosen["close_mosaic"] = min(int(chosen["close_mosaic"]), max(1, request.epochs // 4))
    return {
        **chosen,
        "task": "detect",
        "mode": "train",
        "model": "yolo11n.yaml",  # a name is demanded; Training builds ours
        "data": str(request.snapshot.root / "data.yaml"),
        "epochs": request.epochs,
        "imgsz": request.image_size,
        "batch": batch,
        "nbs": batch,  # its default of 64 accumulates: three optimiser steps an epoch on 200 images
        "device": str(device),
        "workers": 0,
        "cache": "ram",
        "amp": "bf16" if precision_for(request, device) is torch.bfloat16 else False,
        "val": True,
        "conf": 0.01,
        "plots": False,
        "save": True,
        "seed": request.seed,
        "deterministic": True,
        "project": str(request.workdir),
        "name": name,
        "exist_ok": True,
        "verbose": False,
    }


def for_record(overrides: Mapping[str, Any], request: TrainRequest) -> dict[str, Any]:
    """The settings that decide the numbers, without folders."""
    return {**{k: v for k, v in overrides.items() if k not in _UNUSED}, "schedule": schedule_of(request)}


def for_start(request: TrainRequest) -> dict[str, Any]:
    """What the start weights need: nothing where they are random, or of a detector of other classes."""
    if request.init is None or stored_classes(request.init) != list(request.snapshot.classes):
        return {}
    if is_derived(request.init):
        return REPAIRED
    counts = zip(request.snapshot.classes, request.snapshot.objects_per_class("train"), strict=True)
    to_learn = {name for name, count in counts if count} & unlearned_classes(request.init)
    return TAUGHT if to_learn else WARM


def stored_classes(folder: Path) -> list[str] | None:
    """Classes of a folder of weights, None where it does not say."""
    path = folder / "architecture.json"
    return json.loads(path.read_text(encoding="utf-8")).get("classes") if path.exists() else None


def precision_for(request: TrainRequest, device: torch.device) -> torch.dtype | None:
    """What a GPU multiplies in: bfloat16, float16 where it lacks that, None for plain float32."""
    if device.type != "cuda" or not request.options.get("amp", True) or request.quantization_aware:
        return None  # 8 bits of bfloat16 would round a second time what is trained to be rounded
    return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16


def schedule_of(request: TrainRequest) -> str:
    """Name of the schedule of the learning rate."""
    return str(request.options.get("schedule", "linear"))


def rate_at(schedule: str, done: float, last: float) -> float:
    """Share of the learning rate after the share ``done`` (0..1) of the training; ``last`` is the share at its end."""
    done = min(1.0, max(0.0, done))
    if schedule == "cosine":
        return last + (1 - last) * 0.5 * (1 + math.cos(math.pi * done))
    if schedule == "step":
        return max(last, 0.1 ** sum(done >= at for at in _STEPS))
    return last + (1 - last) * (1 - done)
