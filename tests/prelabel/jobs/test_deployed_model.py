"""A worker measures how it runs a new model best, remembers it on the variant, and keeps the model open."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.models import AuditEvent, RunEvent
from prelabel.core.machine import machine_name
from prelabel.jobs import deployed_model, predict
from prelabel.jobs.warm_models import forget_models
from prelabel.models import ModelVariant
from prelabel.selectors.registry import variant_row
from tests.prelabel.conftest import deploy_colours


@pytest.fixture(autouse=True)
def measuring(settings: Any) -> None:
    settings.RUNTIME_MEASURE_S = 0.1
    forget_models()


def _fill(project: Any, picture: Callable[..., Any], first: int = 0) -> None:
    for index in range(first, first + 4):
        picture(project, f"p{index}", (150, 120, index))


def test_the_first_run_measures_and_records_and_the_second_does_not(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], monkeypatch: Any
) -> None:
    _fill(project, picture)
    _, run = do_run(project, "predict", predict.run)
    variant = ModelVariant.objects.get(pk=deployment.variant_id)
    found = variant.runtime[machine_name()]
    assert {one["runtime"] for one in found["tried"]} == {"openvino", "onnxruntime"}
    taken = next(one for one in found["tried"] if one["images_per_s"] == found["images_per_s"])
    assert (taken["runtime"], taken["precision"]) == (found["runtime"], found["precision"])
    # Eight boxes are too few to trust coarser arithmetic by.
    assert found["precision"] == "f32"
    assert all("are needed" in one["refused"] for one in found["tried"] if one["precision"] == "bf16")
    assert AuditEvent.objects.filter(verb="model.choose_runtime").count() == 1
    assert RunEvent.objects.filter(run=run, message__contains="taken: ").exists()
    (shown,) = variant_row(variant, deployed_id=None)["runtime"]
    assert (shown["machine"], shown["streams"]) == (machine_name(), predict.predict_threads())
    monkeypatch.setattr(deployed_model, "choose_way", lambda *a, **k: pytest.fail("measured again"))
    _fill(project, picture, 4)
    do_run(project, "predict", predict.run)


def test_what_the_environment_prescribes_is_used_and_is_no_finding(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], monkeypatch: Any
) -> None:
    monkeypatch.setenv("WINNOW_RUNTIME", "onnxruntime")
    _fill(project, picture)
    opened = []
    load = deployed_model.load_predictor
    monkeypatch.setattr(deployed_model, "load_predictor", lambda *a, **k: opened.append(k["runtime"]) or load(*a, **k))
    do_run(project, "predict", predict.run)
    assert opened == ["onnxruntime"]
    assert ModelVariant.objects.get(pk=deployment.variant_id).runtime == {}


def test_a_second_run_takes_the_model_that_is_open(
    project: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], monkeypatch: Any
) -> None:
    _fill(project, picture)
    do_run(project, "predict", predict.run)
    monkeypatch.setattr(deployed_model, "load_predictor", lambda *a, **k: pytest.fail("opened again"))
    _fill(project, picture, 4)
    result, _ = do_run(project, "predict", predict.run)
    assert result["predicted"] == 4


def test_the_third_model_closes_the_one_longest_unused(
    project: Any, picture: Callable[..., Any], do_run: Callable[..., Any], monkeypatch: Any, tmp_path: Path,
    settings: Any,
) -> None:  # fmt: skip
    settings.RUNTIME_MEASURE_S = 0
    opened = []
    load = deployed_model.load_predictor
    monkeypatch.setattr(deployed_model, "load_predictor", lambda *a, **k: opened.append(1) or load(*a, **k))
    _fill(project, picture)
    for name in ("a", "b", "c", "a"):
        shutil.rmtree(tmp_path / "m", ignore_errors=True)
        deploy_colours(project, tmp_path / "m", name=name)
        do_run(project, "predict", predict.run)
    assert len(opened) == 4
