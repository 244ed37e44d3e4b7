"""The browser has a codec of its own for run-length masks; its tests compare it with bytes that come from ours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from annotator.core.rle import decode_runs, runs_of, spans
from prelabel.core.masks import encode_mask

FIXTURES = Path(__file__).resolve().parents[3] / "frontend" / "src" / "masks" / "fixtures.json"


def test_the_bytes_that_the_browser_is_tested_with_are_ours() -> None:
    fixtures = json.loads(FIXTURES.read_text())
    for one in fixtures["small"]:
        mask = np.array([[mark == "#" for mark in row] for row in one["rows"]])
        assert encode_mask(mask)["counts"] == one["counts"], one["name"]
        runs = decode_runs(one["counts"])
        assert runs_of(spans(runs), mask.size) == runs, one["name"]
    height, width = fixtures["disc"]["size"]
    x, y, radius = fixtures["disc"]["disc"]
    rows, columns = np.mgrid[0:height, 0:width]
    disc = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    assert encode_mask(disc)["counts"] == fixtures["disc"]["counts"]
