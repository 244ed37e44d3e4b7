"""Which part of the data a picture belongs to, decided by its content alone."""

from __future__ import annotations

from typing import Literal

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "val", "test")
RATIOS = (0.8, 0.1, 0.1)


def split_for(sha256: str, ratios: tuple[float, float, float] = RATIOS) -> SplitName:
    """The split of a picture by hash of its sha256 (hex): the same picture always falls in the same one.

    ``ratios`` are the shares of train, val and test, summing to 1. Raises ValueError.
    """
    if min(ratios) < 0 or abs(sum(ratios) - 1.0) > 1e-9:
        raise ValueError(f"ratios must be shares that sum to 1, got {ratios}")
    # The first 8 hex digits as a share of 2**32: sha256 is uniform, so no further mixing is needed.
    share = int(sha256[:8], 16) / 2**32
    if share < ratios[0]:
        return "train"
    return "val" if share < ratios[0] + ratios[1] else "test"
