"""Masks as arrays: COCO run lengths to class maps and back, in numpy; `annotator.core.rle` has them without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.core.errors import BadPicture
from annotator.core.masks import UNLABELLED
from annotator.core.rle import decode_runs, encode_runs

ClassMap = NDArray[np.uint8]  # (height, width), class index or UNLABELLED


def encode_mask(mask: NDArray[np.bool_]) -> dict[str, Any]:
    """COCO RLE {"size", "counts"} of a (height, width) mask."""
    columns = np.asarray(mask, dtype=bool).ravel(order="F")
    changes = np.flatnonzero(columns[1:] != columns[:-1]) + 1
    ends = np.concatenate([[0], changes, [columns.size]])
    runs = np.diff(ends).tolist()
    # Runs begin with zeros: a mask that covers the first pixel has none of them.
    counts = encode_runs([0, *runs] if columns.size and columns[0] else runs)
    return {"size": [int(mask.shape[0]), int(mask.shape[1])], "counts": counts}


def decode_mask(rle: Mapping[str, Any]) -> NDArray[np.bool_]:
    """(height, width) mask of a COCO RLE with compact counts. Raises ValueError where the runs do not fill it."""
    height, width = rle["size"]
    runs = np.array(decode_runs(rle["counts"]), dtype=np.int64)
    if runs.sum() != height * width:
        raise ValueError(f"the runs hold {int(runs.sum())} pixels, the mask has {height * width}")
    values = np.arange(len(runs)) % 2 == 1
    found: NDArray[np.bool_] = np.repeat(values, runs).reshape((height, width), order="F")
    return found


def read_class_map(path: Path) -> ClassMap:
    """The class map that an index PNG holds. Raises BadPicture."""
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if image.mode not in ("L", "P"):
                raise BadPicture(f"The mask {path.name} is {image.mode}, not 8-bit class numbers.", code="bad_mask")
            return np.array(image)
    except (OSError, ValueError, SyntaxError, ImportError) as error:  # ImportError: Ultralytics wraps Image.open
        raise BadPicture(f"The mask {path.name} cannot be read: {error}.", code="bad_mask") from error


def paint_map(layers: Iterable[tuple[int, Mapping[str, Any]]], height: int, width: int) -> ClassMap:
    """Class map of (class index, COCO RLE) layers, later ones above; UNLABELLED where none is."""
    found = np.full((height, width), UNLABELLED, dtype=np.uint8)
    for index, rle in layers:
        found[decode_mask(rle)] = index
    return found
