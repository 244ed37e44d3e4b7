"""Nearest neighbours, compared with scikit-learn's; beyond a size they are faiss's."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from annotator.core.errors import RunFailed
from prelabel.core import neighbours
from prelabel.core.neighbours import Neighbours


@pytest.mark.parametrize("block", [1 << 24, 100])
def test_distances_and_rows_are_scikit_learns(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_BLOCK", block)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(70, 6)).astype(np.float32)
    queries = rng.normal(size=(9, 6)).astype(np.float32)
    distances, rows = Neighbours(vectors).nearest(queries, 3)
    wanted, wanted_rows = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(vectors).kneighbors(queries)
    assert (rows == wanted_rows).all()
    assert np.allclose(distances, wanted, atol=1e-4)
    assert Neighbours(vectors[:2]).nearest(queries, 5)[1].shape == (9, 2)


def test_beyond_the_limit_faiss_answers() -> None:
    vectors = np.random.default_rng(1).normal(size=(500, 8)).astype(np.float32)
    distances, rows = Neighbours(vectors, exact=400).nearest(vectors[:20] + 1e-4, 1)
    assert (rows[:, 0] == np.arange(20)).all()
    assert (distances[:, 0] < 0.01).all()


def test_beyond_the_limit_faiss_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(RunFailed, match=r"pip install 'winnow\[neighbours\]'") as failure:
        Neighbours(np.zeros((500, 8), dtype=np.float32), exact=400)
    assert failure.value.code == "no_faiss"
