"""The whole product under the loop, small: what its last line promises."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROUND = {
    "reviewed", "auto_n", "auto_precision", "auto_recall", "edits_per_image", "edits_from_nothing_per_image",
    "accepts_per_image", "map50",
}  # fmt: skip
MODEL = {"bytes_before", "bytes_after", "p20_ms_before", "p20_ms_after", "map50_before", "map50_after", "gate"}


@pytest.mark.slow
def test_the_loop_on_drawn_scenes_ends_with_its_numbers() -> None:
    command = [sys.executable, "benchmarks/loop.py", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert len(result["rounds"]) == 3
    for row in result["rounds"]:
        assert set(row) == ROUND
        assert row["reviewed"] > 0
        assert row["edits_per_image"] < row["edits_from_nothing_per_image"]
        assert (row["auto_precision"] is None) == (row["auto_n"] == 0)
    assert set(result["model"]) == MODEL
    # .34 of the float model, or .54 where so short a training leaves a head that must stay float.
    assert result["model"]["bytes_after"] < 0.6 * result["model"]["bytes_before"]
    assert result["model"]["map50_before"] > 0.4
