"""Run-length masks against pycocotools, by hand, and hostile ones refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco

from annotator.core.errors import InvalidDocument
from annotator.core.masks import UNLABELLED, masks_of, paint
from annotator.core.rle import area, check_rle, common_area, decode_runs, encode_runs, runs_of, spans
from prelabel.core.masks import decode_mask, encode_mask, paint_map

SHAPES = ((7, 5), (1, 9), (40, 33), (96, 160))


def drawn(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Blobs or noise; the first two are empty and full."""
    if seed < 2:
        return np.full(shape, bool(seed))
    random = np.random.default_rng(seed)
    if seed % 2:
        return random.random(shape) < 0.4
    height, width = shape
    ys, xs = np.mgrid[:height, :width]
    return (xs - random.integers(width)) ** 2 + (ys - random.integers(height)) ** 2 < (max(shape) / 3) ** 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(6))
def test_text_pixels_and_areas_are_those_of_pycocotools(shape: tuple[int, int], seed: int) -> None:
    mask = drawn(shape, seed)
    expected = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    text = expected["counts"].decode()
    assert encode_mask(mask) == {"size": list(shape), "counts": text}
    assert encode_runs(decode_runs(text)) == text
    assert area(decode_runs(text)) == int(coco.area(expected)) == mask.sum()
    assert (decode_mask({"size": list(shape), "counts": text}) == mask).all()
    assert encode_runs(runs_of(spans(decode_runs(text)), mask.size)) == text


@pytest.mark.parametrize("shape", SHAPES)
def test_the_common_area_is_that_of_pycocotools_iou(shape: tuple[int, int]) -> None:
    masks = [drawn(shape, seed) for seed in (4, 6, 5)]
    runs = [decode_runs(encode_mask(mask)["counts"]) for mask in masks]
    for first in range(3):
        for second in range(3):
            assert common_area(runs[first], runs[second]) == (masks[first] & masks[second]).sum()


def test_four_pixels_by_hand() -> None:
    # Column by column 0 1 | 1 0: one zero, two ones, one zero → "1", "2", "1".
    mask = np.array([[0, 1], [1, 0]], dtype=bool)
    assert encode_mask(mask)["counts"] == encode_runs([1, 2, 1]) == "121"


def test_index_pictures_turn_into_masks_and_back() -> None:
    values = np.random.default_rng(3).choice([0, 1, 7, UNLABELLED], size=(23, 31)).astype(np.uint8)
    found = masks_of(Image.fromarray(values))
    assert list(found) == [0, 1, 7]
    for value, rle in found.items():
        assert rle["counts"] == coco.encode(np.asfortranarray((values == value).astype(np.uint8)))["counts"].decode()
    painted = paint([(value, rle["counts"]) for value, rle in found.items()], 31, 23)
    assert (np.asarray(painted) == values).all()
    assert (paint_map(list(found.items()), 23, 31) == values).all()


def test_later_layers_lie_above() -> None:
    whole, left = encode_runs([0, 4]), encode_runs([0, 2, 2])
    assert np.asarray(paint([(3, whole), (5, left)], 2, 2)).tolist() == [[5, 3], [5, 3]]
    layers = [(3, {"size": [2, 2], "counts": whole}), (5, {"size": [2, 2], "counts": left})]
    assert paint_map(layers, 2, 2).tolist() == [[5, 3], [5, 3]]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, "m"),
        ({"size": [4, 3]}, "m"),
        ({"size": [3, 4], "counts": "121"}, "m.size"),
        ({"size": [4, 3], "counts": "1 1"}, "m.counts"),
        ({"size": [4, 3], "counts": "121"}, "m.counts"),  # four pixels of twelve
        ({"size": [4, 3], "counts": "o"}, "m.counts"),  # ends within a run
        ({"size": [4, 3], "counts": "oooooooo1"}, "m.counts"),  # 2^35 and more
        ({"size": [4, 3], "counts": "O"}, "m.counts"),  # -1
        ({"size": [4, 3], "counts": [6, -1, 7]}, "m.counts"),
        ({"size": [4, 3], "counts": [6, True, 5]}, "m.counts"),
        ({"size": [4, 3], "counts": "<"}, "m"),  # twelve zeros
        ({"size": [4, 3], "counts": [12]}, "m"),
    ],
)
def test_what_is_no_mask_of_the_picture_is_refused_with_its_place(value: object, path: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        check_rle(value, "m", 3, 4)
    assert caught.value.details["path"] == path


def test_listed_runs_come_out_as_compact_text_and_empty_runs_are_joined() -> None:
    assert check_rle({"size": [4, 3], "counts": [5, 2, 0, 1, 4]}, "m", 3, 4)["counts"] == encode_runs([5, 3, 4])
