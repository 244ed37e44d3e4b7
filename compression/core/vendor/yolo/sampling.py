"""Plain batches of the train split with their truth, and the losses of a network on them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from ultralytics.cfg import get_cfg
from ultralytics.utils import DEFAULT_CFG

from compression.core.snapshot import Snapshot, SnapshotItem
from compression.core.vendor.yolo.surgery import whole_head
from prelabel.core.artifact import InputSpec, Preprocess
from prelabel.core.scaled_decode import prepare_file

_BATCH = 8
_LETTERBOX = Preprocess(resize="letterbox", pad=114, scale=1 / 255)


def losses_on(network: Any, snapshot: Snapshot, size: tuple[int, int], batches: int) -> Iterator[torch.Tensor]:
    """The training loss of each of ``batches`` batches, spread over the train split; averages stay as they are.

    ``size`` is (width, height) in pixels. The network may be opened for pruning at the time.
    """
    network.args = get_cfg(DEFAULT_CFG)  # gains of the three parts of the loss
    network.eval()
    criterion = network.init_criterion()
    device = next(network.parameters()).device
    for batch in plain_batches(snapshot, size, batches, device):
        with whole_head(network):
            loss, _ = criterion(network(batch["img"]), batch)
        yield loss.sum()


def plain_batches(
    snapshot: Snapshot, size: tuple[int, int], batches: int, device: torch.device
) -> Iterator[dict[str, Any]]:
    """Pictures of the train split, letterboxed as the predictor does it, with their truth as Ultralytics wants it."""
    items = snapshot.items["train"]
    wanted = min(len(items), batches * _BATCH)
    chosen = [items[index * len(items) // wanted] for index in range(wanted)]
    for start in range(0, wanted, _BATCH):
        yield _batch(chosen[start : start + _BATCH], size, device)


def _batch(items: list[SnapshotItem], size: tuple[int, int], device: torch.device) -> dict[str, Any]:
    spec = InputSpec(width=size[0], height=size[1])
    pictures, classes, boxes, owners = [], [], [], []
    for number, item in enumerate(items):
        pixels, place = prepare_file(item.path, spec, _LETTERBOX)
        pictures.append(pixels)
        for index, box in item.objects:
            if box is None:
                continue
            x1, x2 = (value * place.scale_x + place.offset_x for value in (box[0], box[2]))
            y1, y2 = (value * place.scale_y + place.offset_y for value in (box[1], box[3]))
            classes.append([float(index)])
            boxes.append([(x1 + x2) / 2 / size[0], (y1 + y2) / 2 / size[1], (x2 - x1) / size[0], (y2 - y1) / size[1]])
            owners.append(float(number))
    return {
        "img": torch.from_numpy(np.concatenate(pictures)).to(device),
        "cls": torch.tensor(classes, device=device).reshape(-1, 1),
        "bboxes": torch.tensor(boxes, device=device).reshape(-1, 4),
        "batch_idx": torch.tensor(owners, device=device),
    }
