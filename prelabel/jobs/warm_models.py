"""Models that stay open in a worker: the next run, and every picture of it, takes the same compiled network."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from prelabel.core.predictor import Predictor

MOST = 2  # the deployed one, and the one before it or another project's
# Of model files; a compiled network and its buffers take a few times that.
MOST_BYTES = 256 * 2**20

_lock = threading.Lock()
_kept: OrderedDict[str, tuple[Predictor, int]] = OrderedDict()


def warm_predictor(manifest: Mapping[str, Any], options: Mapping[str, Any], load: Callable[[], Predictor]) -> Predictor:
    """The predictor of this manifest (its files by sha256) and these options: the one that is open, or a new one.

    The least recently used goes where more than MOST, or files of more than MOST_BYTES, would stay open.
    """
    key = json.dumps([manifest, options], sort_keys=True)
    with _lock:  # two runs that want one model compile it once
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key][0]
        size = sum(int(entry["size_bytes"]) for entry in manifest["files"].values())
        # Room first: the old and the new one at once would be more than either bound.
        while _kept and (len(_kept) >= MOST or size + sum(kept for _, kept in _kept.values()) > MOST_BYTES):
            _kept.popitem(last=False)
        predictor = load()
        if size <= MOST_BYTES:
            _kept[key] = (predictor, size)
        return predictor


def forget_models() -> None:
    """Close what is open."""
    with _lock:
        _kept.clear()
