"""Nearest neighbours among embeddings: all distances by numpy while that is quick, faiss beyond."""

from __future__ import annotations

from typing import Any

import numpy as np

from annotator.core.errors import RunFailed
from prelabel.core.pool import Floats

EXACT = 200_000  # rows: about a gigabyte of vectors, and a second for a batch of queries
_BLOCK = 1 << 24  # distances held at once


class Neighbours:
    """An index over ``vectors`` (m, d). Raises RunFailed where it needs faiss and that is not installed."""

    def __init__(self, vectors: Floats, *, exact: int = EXACT) -> None:
        self._vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        self._faiss = None
        if len(vectors) > exact:
            self._faiss = _faiss_index(self._vectors)
        self._squares = (self._vectors**2).sum(axis=1)

    def nearest(self, queries: Floats, k: int = 1) -> tuple[Floats, np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
        """Euclidean distances and rows (n, k) of the nearest ``k`` of the index, nearest first; k ≤ m."""
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        k = min(k, len(self._vectors))
        if self._faiss is not None:
            squares, rows = self._faiss.search(queries, k)
            return np.sqrt(np.maximum(squares, 0.0)), rows
        distances = np.empty((len(queries), k), dtype=np.float32)
        found = np.empty((len(queries), k), dtype=np.int64)
        step = max(1, _BLOCK // max(1, len(self._vectors)))
        for start in range(0, len(queries), step):
            part = queries[start : start + step]
            squared = (part**2).sum(axis=1)[:, None] - 2.0 * part @ self._vectors.T + self._squares
            rows = np.argpartition(squared, k - 1, axis=1)[:, :k]
            near = np.take_along_axis(squared, rows, axis=1)
            order = np.argsort(near, axis=1, kind="stable")
            found[start : start + step] = np.take_along_axis(rows, order, axis=1)
            distances[start : start + step] = np.sqrt(np.maximum(np.take_along_axis(near, order, axis=1), 0.0))
        return distances, found


def _faiss_index(vectors: Floats) -> Any:
    try:
        import faiss
    except ImportError as error:
        raise RunFailed(
            f"{len(vectors)} embeddings are more than the {EXACT} that are compared without an index; install faiss in "
            "this worker (pip install 'winnow[neighbours]'), or choose a strategy that needs no embeddings.",
            code="no_faiss",
        ) from error
    # A graph: an exact search over so many would take minutes. Source: Malkov and Yashunin 2016 (HNSW).
    index = faiss.IndexHNSWFlat(vectors.shape[1], 32)
    index.add(vectors)
    return index
