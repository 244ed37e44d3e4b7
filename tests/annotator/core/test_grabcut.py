"""Cutting out: drawn objects whose pixels are known come back, from a click and from a box."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from annotator.core.crops import Crop, read_crop, window_around
from annotator.core.errors import BadPicture
from annotator.core.geometry import iou
from annotator.core.grabcut import NoCutting, Proposal, Seed, propose
from prelabel.core.masks import decode_mask

ELLIPSE = (200, 140, 60, 36)  # middle and half axes, px


def scene() -> tuple[Image.Image, np.ndarray]:
    """A rough grey ground with a reddish ellipse on it, and the ellipse's pixels."""
    chance = np.random.default_rng(5)
    pixels = chance.normal(120, 12, (300, 400, 3))
    y, x = np.mgrid[:300, :400] + 0.5
    cx, cy, a, b = ELLIPSE
    truth = ((x - cx) / a) ** 2 + ((y - cy) / b) ** 2 <= 1
    pixels[truth] += (70, -30, -30)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8)), truth


def of_whole(image: Image.Image) -> Crop:
    return Crop(image, (0, 0, image.width, image.height), image.width, image.height)


def overlap(found: Proposal | None, truth: np.ndarray) -> float:
    assert found is not None
    mask = decode_mask(found.rle)
    return float((mask & truth).sum() / (mask | truth).sum())


def test_a_click_gives_the_object_its_box_its_outline_and_its_pixels() -> None:
    image, truth = scene()
    found = propose(of_whole(image), Seed(point=(190.0, 145.0), sizes=(120.0,)))
    assert found is not None and overlap(found, truth) > 0.93
    assert iou(found.bbox, (140, 104, 260, 176)) > 0.9
    drawn = np.zeros(truth.shape, np.uint8)
    cv2.fillPoly(drawn, [np.round(np.reshape(ring, (-1, 2)) - 0.5).astype(np.int32) for ring in found.rings], 1)
    assert (drawn.astype(bool) & truth).sum() / (drawn.astype(bool) | truth).sum() > 0.92
    assert sum(len(ring) // 2 for ring in found.rings) < 60
    assert 0.5 < found.score <= 1.0


def test_of_several_sizes_the_one_that_fits_is_found() -> None:
    image, truth = scene()
    found = propose(of_whole(image), Seed(point=(200.0, 140.0), sizes=(24.0, 120.0, 240.0)))
    assert overlap(found, truth) > 0.9


def test_a_box_around_it_gives_the_object_alone() -> None:
    image, truth = scene()
    window = window_around((110, 80, 290, 200), image.width, image.height)
    crop = Crop(image.crop(window), window, image.width, image.height)
    assert overlap(propose(crop, Seed(box=(130.0, 95.0, 270.0, 185.0))), truth) > 0.9


def test_points_put_a_cut_right() -> None:
    """Two neighbours of one colour: what is said to be outside goes, what is said to be inside comes."""
    image, _ = scene()
    pixels = np.asarray(image).copy()
    pixels[120:160, 262:300] = pixels[120:160, 180:218]  # a twin that all but touches the ellipse's right end
    both = of_whole(Image.fromarray(pixels))
    seed = Seed(point=(200.0, 140.0), outside=((280.0, 140.0),), sizes=(200.0,))
    without = propose(both, seed)
    joined = propose(both, Seed(point=(200.0, 140.0), inside=((280.0, 140.0),), sizes=(200.0,)))
    assert without is not None and not decode_mask(without.rle)[140, 280]
    assert joined is not None and decode_mask(joined.rle)[140, 280] and decode_mask(joined.rle)[140, 200]


def test_the_same_click_gives_the_same_cut() -> None:
    image, _ = scene()
    seed = Seed(point=(190.0, 145.0), sizes=(120.0,))
    assert propose(of_whole(image), seed) == propose(of_whole(image), seed)


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (400, 1)])
def test_the_smallest_pictures_are_no_accident(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (9, 9, 9))
    found = propose(of_whole(image), Seed(point=(0.5, 0.5), sizes=(8.0, 64.0)))
    assert found is None or found.rle["size"] == [size[1], size[0]]


def test_a_part_of_a_large_jpeg_comes_at_no_more_than_512_pixels(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    gradient = np.linspace(0, 255, 3000, dtype=np.uint8)[None, :, None].repeat(2000, 0).repeat(3, 2)
    Image.fromarray(gradient).save(path, quality=95)
    crop = read_crop(path, (1000, 500, 2500, 1250))
    assert crop.image.size == (512, 256) and (crop.width, crop.height) == (3000, 2000)
    edges = np.asarray(crop.image)[128, [0, -1], 0]
    assert np.abs(edges - np.array([1000, 2500]) / 3000 * 255).max() < 2
    small = read_crop(path, (0, 0, 40, 30))
    assert small.image.size == (40, 30)


def test_what_is_no_picture_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a picture")
    with pytest.raises(BadPicture):
        read_crop(tmp_path / "x", (0, 0, 5, 5))


def test_without_the_library_the_refusal_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotator.core.grabcut.installed", lambda: False)
    with pytest.raises(NoCutting, match=r"winnow\[assist\]"):
        propose(of_whole(scene()[0]), Seed(point=(5.0, 5.0), sizes=(20.0,)))
