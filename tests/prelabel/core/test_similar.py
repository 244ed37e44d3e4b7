"""The cosine by which things look alike, on vectors whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from prelabel.core.similar import BLOCK, FEW, closest, cut, object_window


def _circle(degrees: float) -> np.ndarray:
    turn = np.deg2rad(degrees)
    return np.array([np.cos(turn), np.sin(turn)], dtype=np.float32)


def test_few_vectors_are_ranked_by_their_plain_cosine() -> None:
    vectors = [(7, _circle(60)), (8, _circle(0)), (9, _circle(180)), (10, np.ones(3, np.float32))]
    found = closest(_circle(0), vectors, 5)
    # cos 0, cos 60, and what points away is 0; the vector of another length is no answer.
    assert found == [(8, pytest.approx(1.0)), (7, pytest.approx(0.5)), (9, 0.0)]
    assert [key for key, _ in closest(_circle(0), vectors, 1)] == [8]


def test_many_vectors_are_compared_from_their_mean() -> None:
    # Two bundles at (1, 0.1) and (1, -0.1): plain cosines are all above 0.98, from the mean (1, 0) they are ±1.
    ones = np.array([[1.0, 0.1]] * FEW + [[1.0, -0.1]] * FEW, dtype=np.float32)
    found = dict(closest(ones[0], enumerate(ones), len(ones)))
    assert all(found[key] == pytest.approx(1.0, abs=1e-3) for key in range(FEW))
    assert all(found[key] == 0.0 for key in range(FEW, 2 * FEW))


def test_blocks_give_what_one_matrix_would() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(BLOCK + 50, 4)).astype(np.float32)
    middle = vectors[:BLOCK].mean(axis=0)
    moved, query = vectors - middle, vectors[BLOCK + 7] - middle
    wanted = moved @ query / np.linalg.norm(moved, axis=1) / np.linalg.norm(query)
    found = closest(vectors[BLOCK + 7], enumerate(vectors), 20)
    assert [key for key, _ in found] == np.argsort(-wanted)[:20].tolist()
    assert found[0] == (BLOCK + 7, pytest.approx(1.0, abs=1e-5))


def test_an_object_is_looked_at_with_its_surroundings_inside_the_picture() -> None:
    window = object_window((20.0, 40.0, 60.0, 50.0), 62, 100)
    assert window == (14, 38, 62, 52)  # 15 % of 40 and of 10 px, cut off at the right edge
    assert cut(np.zeros((100, 62, 3), np.uint8), window).shape == (14, 48, 3)
