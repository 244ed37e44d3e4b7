"""Near-duplicates by difference hash."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from itertools import pairwise
from typing import Generic, TypeVar

from PIL import Image

Key = TypeVar("Key", bound=Hashable)

NEAR = 4
# Flat or plain-gradient pictures all hash to (almost) all zeros or all ones: alike in hash, not in content.
FEATURELESS_BITS = 3


def difference_hash(image: Image.Image) -> int:
    """64 bits, one for each "brighter than its right neighbour" on a 9 x 8 grey thumbnail, row by row.

    Source: Krawetz, "Kind of Like That", hackerfactor.com, 2013 (dHash).
    """
    grey = image.convert("L").resize((9, 8), Image.Resampling.BOX)
    levels = grey.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            bits = bits << 1 | (levels[at] > levels[at + 1])
    return bits


def hash_distance(first: int, second: int) -> int:
    """Number of differing bits, 0..64; small = alike."""
    return (first ^ second).bit_count()


def is_featureless(dhash: int) -> bool:
    """True when the hash says nothing, so that equal hashes prove nothing."""
    return dhash.bit_count() < FEATURELESS_BITS or dhash.bit_count() > 64 - FEATURELESS_BITS


class HashIndex(Generic[Key]):
    """Finds hashes within ``near`` bits without comparing all.

    The 64 bits are cut into ``near`` + 1 bands: two hashes that differ in at most ``near`` bits agree in one band at
    least. Source: Norouzi et al., "Fast Search in Hamming Space with Multi-Index Hashing", CVPR 2012.
    """

    def __init__(self, near: int = NEAR) -> None:
        self.near = near
        bands = near + 1
        edges = [64 * band // bands for band in range(bands + 1)]
        self._cuts = [(low, (1 << (high - low)) - 1) for low, high in pairwise(edges)]
        self._buckets: list[dict[int, list[tuple[int, Key]]]] = [{} for _ in self._cuts]

    def add(self, key: Key, dhash: int) -> None:
        """Make ``key`` findable; featureless hashes are left out."""
        if is_featureless(dhash):
            return
        for (shift, mask), bucket in zip(self._cuts, self._buckets, strict=True):
            bucket.setdefault(dhash >> shift & mask, []).append((dhash, key))

    def nearest(self, dhash: int) -> tuple[Key, int] | None:
        """The closest key within ``near`` bits and its distance (the one added first among equals), or None."""
        if is_featureless(dhash):
            return None
        best: tuple[Key, int] | None = None
        for (shift, mask), bucket in zip(self._cuts, self._buckets, strict=True):
            for other, key in bucket.get(dhash >> shift & mask, ()):
                distance = hash_distance(dhash, other)
                if distance <= self.near and (best is None or distance < best[1]):
                    best = (key, distance)
                    if distance == 0:
                        return best
        return best


def near_duplicate_groups(hashes: Iterable[tuple[Key, int]], near: int = NEAR) -> list[list[Key]]:
    """Groups of two or more keys, each within ``near`` bits of its group's first; in order of appearance."""
    index: HashIndex[Key] = HashIndex(near)
    groups: dict[Key, list[Key]] = {}
    for key, dhash in hashes:
        found = index.nearest(dhash)
        if found is None:
            index.add(key, dhash)
            groups[key] = [key]
        else:
            groups[found[0]].append(key)
    return [group for group in groups.values() if len(group) > 1]
