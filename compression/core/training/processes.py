"""Several processes that train one network together: who this one is, and what they say to each other.

torchrun sets RANK, LOCAL_RANK and WORLD_SIZE; without them a process trains alone and nothing here costs anything.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

Value = TypeVar("Value")
# A rank that waits for another's validation must outlast it; a killed rank is noticed by torchrun, not by this.
_PATIENCE = timedelta(hours=1)


def devices_of(text: str) -> list[str]:
    """`cuda:0,1` → ["cuda:0", "cuda:1"]; `cpu` → ["cpu"]; `cpu,cpu` → two CPU processes."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    return [f"cuda:{name}" if name.isdigit() else name for name in names] or ["cpu"]


@dataclass(frozen=True)
class Group:
    """This process among ``world``; rank 0 validates, saves and reports."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process speaks for all."""
        return self.rank == 0

    @property
    def alone(self) -> bool:
        """Whether there is nobody to talk to."""
        return self.world == 1

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network with gradients averaged over the group."""
        if self.alone:
            return network
        ids = [self.device.index] if self.device.type == "cuda" else None
        return DistributedDataParallel(network, device_ids=ids)

    def share(self, value: Value) -> Value:
        """Rank 0's value, in every process."""
        if self.alone:
            return value
        box = [value]
        distributed.broadcast_object_list(box, src=0, device=self.device)
        return box[0]

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """Sum over the group."""
        if not self.alone:
            distributed.all_reduce(values)
        return values


def join_group(device: str) -> Group:
    """The group that the environment names; ``device`` lists one device per process. Joins it on first use."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    names = devices_of(device)
    mine = torch.device(names[int(os.environ.get("LOCAL_RANK", "0")) % len(names)])
    if mine.type == "cuda" and mine.index is not None:
        torch.cuda.set_device(mine)
    if world > 1 and not distributed.is_initialized():
        distributed.init_process_group("nccl" if mine.type == "cuda" else "gloo", timeout=_PATIENCE)
    return Group(rank, world, mine)
