"""The quickest answer of a network before any training: small real networks, cut and timed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import RunCancelled
from compression.core.planning import latency_floor
from compression.core.planning.latency_floor import Hardest, LatencyFloor, hardest, quickest
from compression.core.planning.plan import Ground, Plan, check_plan
from compression.core.planning.presets import preset_steps
from compression.core.planning.search import choices_of
from tests.contracts.small_models import SIZE, Small, make_small

GROUND = Ground("image_classification")
INT8: dict[str, Any] = {"step": "quantize", "options": {"scheme": "int8"}}
INT4: dict[str, Any] = {"step": "quantize", "options": {"scheme": "int4"}}


def plan(*steps: dict[str, Any]) -> Plan:
    return check_plan(steps, GROUND)


def prune(**options: Any) -> dict[str, Any]:
    return {"step": "prune", "options": options}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Small:
    return make_small("classifier", tmp_path_factory.mktemp("small"))


def test_what_a_plan_may_be_changed_to_is_the_smallest_picture_and_nearly_all_channels() -> None:
    # 320 → 256 → 192 → 128, the last that is at least two fifths of 320
    assert hardest(plan(INT4), 320, trainable=True) == Hardest(128, 0.9, 8, int8=True)
    finer = plan(prune(amount=0.95, round_to=2), INT8)
    assert hardest(finer, 320, trainable=True) == Hardest(128, 0.95, 2, int8=True)


def test_a_file_without_weights_can_only_be_rounded() -> None:
    assert hardest(plan(INT8), 320, trainable=False) == Hardest(None, None, 8, int8=True)


def test_a_search_goes_no_further_than_its_choices() -> None:
    steps = plan(*preset_steps("fastest", GROUND, 320))
    found = hardest(steps, 320, trainable=True, choices=choices_of(steps, "latency", 320))
    assert found == Hardest(192, 0.7, 8, int8=True)
    stored = plan(prune(amount=0.4, scope="global"), INT4)
    found = hardest(stored, 320, trainable=True, choices=choices_of(stored, "latency", 320))
    assert found == Hardest(None, 0.9, 8, int8=True)  # the search may round to int8 where latency is the aim
    alone = plan(prune(method="unstructured", amount=0.9))
    found = hardest(alone, 320, trainable=True, choices=choices_of(alone, "size", 320))
    assert found == Hardest(None, None, 8, int8=False)  # zeros make nothing faster


def test_the_network_is_cut_and_shrunk_by_the_steps_and_timed_beside_its_source(small: Small, tmp_path: Path) -> None:
    seen: list[float] = []
    context = small.context(tmp_path / "floor", on_progress=seen.append)
    wanted = Hardest(32, 0.9, 8, int8=True)
    floor = quickest(small.model, wanted, SIZE, context)
    assert floor is not None
    assert 0 < floor.latency_ms < floor.source_ms or floor.busy  # a quarter of the pixels, a tenth of the channels
    assert (floor.image_size, floor.amount) == (32, 0.9)
    assert floor.form in ("float", "int8")
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert quickest(small.model, wanted, SIZE, context) == floor  # read, not built again
    assert [path.name for path in (tmp_path / "floor").iterdir()] == ["latency_floor.json"]


def test_a_network_that_cannot_be_cut_so_far_has_no_known_floor(small: Small, tmp_path: Path) -> None:
    said: list[str] = []
    context = small.context(tmp_path / "floor", log=said.append)
    assert quickest(replace(small.model, trained=None), Hardest(None, 0.9, 8, int8=True), SIZE, context) is None
    assert "not known" in said[0]


def test_a_cancelled_run_stops_building(small: Small, tmp_path: Path) -> None:
    def cancel(done: float) -> None:
        raise RunCancelled("stop")

    with pytest.raises(RunCancelled):
        quickest(small.model, Hardest(32, None, 8, int8=False), SIZE, small.context(tmp_path, on_progress=cancel))


@pytest.mark.parametrize(
    ("wanted_ms", "busy", "allowed"),
    [(10.0, False, "yes"), (9.0, False, "hardly"), (8.0, False, "no"), (8.0, True, "hardly"), (10.0, True, "yes")],
)
def test_only_a_clear_miss_on_a_quiet_machine_is_a_no(wanted_ms: float, busy: bool, allowed: str) -> None:
    assert LatencyFloor(10.0, 40.0, "int8", 128, 0.9, busy).allows(wanted_ms) == allowed


def test_load_on_the_machine_is_said(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency_floor, "load_average", lambda: 1000.0)
    floor = quickest(small.model, Hardest(None, None, 8, int8=False), SIZE, small.context(tmp_path))
    assert floor is not None and floor.busy
