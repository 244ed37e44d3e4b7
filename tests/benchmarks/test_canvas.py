"""The canvas benchmark runs in a real browser and reports what it says; clocks are not looked at."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.canvas import SCENES, report

ROOT = Path(__file__).resolve().parents[2]


def outcome(ms: float, mount: float = 1.0) -> dict[str, Any]:
    gesture = {"frames": [ms, ms, 10 * ms], "settle": 2 * ms, "redraws": None}
    return {"mount": mount, "zoom": gesture, "pan": gesture, "drag": gesture}


def test_ratios_are_of_medians_over_all_rounds() -> None:
    times = {"100": 4.0, "1000": 5.0, "5000": 6.0, "polygons_2000": 6.0}
    outcomes = {(scene, "winnow"): [outcome(times[scene])] * 2 for scene in SCENES}
    outcomes |= {(scene, "konva"): [outcome(24.0), outcome(26.0), outcome(24.0)] for scene in SCENES}
    found = report(outcomes)
    assert found["counts"]["5000"]["zoom_ms"] == 6.0
    # Of Konva's nine frames (24, 24, 240, 26, 26, 260, 24, 24, 240) the fifth is 26.
    assert found["counts"]["5000"]["konva_zoom_ms"] == 26.0
    assert found["zoom_vs_konva_5000"] == pytest.approx(6 / 26, abs=1e-3)
    assert found["growth_100_to_5000"] == {"zoom": 1.5, "pan": 1.5}
    assert found["counts"]["100"]["settle_ms"] == 8.0


def test_a_quick_run_draws_every_scene_on_both_canvases() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "canvas.py"), "--quick"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    found = json.loads(run.stdout.splitlines()[-1])
    assert set(found["counts"]) == {"100", "1000", "5000", "polygons_2000"}
    assert found["zoom_vs_konva_5000"] > 0
    assert set(found["growth_100_to_5000"]) == {"zoom", "pan"}
    assert found["next_item_ms"] > 0
    assert found["next_items"] == 3
    for scene, (count, _) in SCENES.items():
        figures = found["counts"][scene]
        for name in ("zoom_ms", "pan_ms", "drag_ms", "konva_zoom_ms", "settle_ms"):
            assert figures[name] > 0, (scene, name)
        zoom, drag = figures["redraws"]["zoom"], figures["redraws"]["drag"]
        assert zoom["drawn"] + zoom["culled"] == count
        # A drag leaves picture and shapes as they are; a gesture over many shapes shows a copy of them.
        assert (drag["image"], drag["shapes"]) == (0, 0)
        assert drag["overlay"] > 0
        assert (zoom["blits"] > 0) == (count > 200)
