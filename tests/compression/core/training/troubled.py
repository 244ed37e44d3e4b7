"""A training process as torchrun starts it, in which rank 1 alone meets what $TROUBLE names. Run by a test.

The classifier has three batches an epoch there, so that its fourth loss is the first of the second epoch.
"""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path
from typing import Any

import torch

from compression.core.trainers.classifier import ClassifierWork
from compression.core.training import torchrun

_SECOND_EPOCH = 4
_PETABYTE = 2**50
_whole_loss, _calls = ClassifierWork.loss, itertools.count(1)


def troubled_loss(self: ClassifierWork, network: Any, batch: Any, device: torch.device) -> torch.Tensor:
    """The loss, or what goes wrong instead."""
    loss, call, trouble = _whole_loss(self, network, batch, device), next(_calls), os.environ["TROUBLE"]
    if os.environ["RANK"] != "1":
        return loss
    too_large = trouble == "memory" and call >= _SECOND_EPOCH and len(batch[0]) > 2
    if too_large or trouble == "never enough memory":
        torch.empty(_PETABYTE, dtype=torch.uint8)  # the allocator's own refusal
    lost = (trouble == "no number" and call >= _SECOND_EPOCH) or (trouble == "once" and call == _SECOND_EPOCH)
    return loss * float("nan") if lost else loss


if __name__ == "__main__":
    ClassifierWork.loss = troubled_loss  # type: ignore[method-assign]
    torchrun.main(Path(sys.argv[1]))
