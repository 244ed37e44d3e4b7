"""What every compression step keeps to, on very small real models: forward passes, files, order, kills, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.core.errors import RunCancelled
from compression.core.benchmarking.latency import bytes_to_run
from compression.core.judging.evaluation import evaluate
from compression.core.model import Model, load_model
from compression.core.steps import STEPS, load_step
from tests.contracts.small_models import (
    Small,
    artifact_output,
    hashes,
    network_output,
    noise_for,
    parameters,
    tensor_shapes,
)
from tests.contracts.step_options import CUT, OPTIONS, W8, WEIGHT_STEPS

SHRINKING = {"prune", "quantize", "architecture"}  # with the options above


@pytest.fixture
def untouched(small: Small) -> Iterator[None]:
    assert small.model.trained is not None
    folders = small.model.artifact, small.model.trained
    before = hashes(*folders)
    yield
    assert hashes(*folders) == before


def runs(small: Small, artifact: Path) -> None:
    """A real prediction on every val picture."""
    snapshot = small.snapshot
    found = evaluate(artifact, snapshot.items["val"], snapshot.classes, snapshot.task_type)
    assert len(found.images) == len(snapshot.items["val"])


def test_every_step_of_the_table_is_tried_here() -> None:
    assert set(OPTIONS) == set(STEPS)


@pytest.mark.parametrize("slug", sorted(OPTIONS))
def test_a_step_makes_a_new_model_and_leaves_the_old_one(
    slug: str, small: Small, untouched: None, tmp_path: Path
) -> None:
    seen: list[float] = []
    context = small.context(tmp_path, options=OPTIONS[slug], on_progress=seen.append)
    made = load_step(slug).apply(small.model, context)
    runs(small, made.artifact)
    entry = made.history[-1]
    assert len(made.history) == len(small.model.history) + 1
    assert entry["step"] == slug and entry["seconds"] >= 0
    assert {name: entry["options"][name] for name in OPTIONS[slug]} == OPTIONS[slug]
    assert seen == sorted(seen) and seen[-1] == 1.0 and seen[0] >= 0
    if slug in WEIGHT_STEPS:
        answers_as_its_network(small.kind, made)
    before, after = bytes_to_run(small.model.artifact), bytes_to_run(made.artifact)
    assert after < before if slug in SHRINKING else after <= 1.01 * before
    again = load_step(slug).apply(small.model, replace(context, on_progress=seen.append))
    kept = load_model(tmp_path)
    assert kept is not None
    assert kept.artifact.resolve() == again.artifact.resolve() == made.artifact.resolve()
    assert kept.history == again.history == tuple(json.loads(json.dumps(list(made.history))))


def answers_as_its_network(kind: str, model: Model) -> None:
    """The exported file against the network that it came from, on noise."""
    assert model.trained is not None
    picture = noise_for(model.artifact)
    found, expected = artifact_output(model.artifact, picture), network_output(model.trained, picture)
    assert found.shape == expected.shape
    if kind == "detector":  # boxes in pixels, scores
        assert np.abs(found[:, :4] - expected[:, :4]).max() < 0.05
        found, expected = found[:, 4:], expected[:, 4:]
    assert np.abs(found - expected).max() < 1e-3


ORDERS = [
    [("quantize", W8), ("prune", CUT)],
    [("prune", CUT), ("distil", {"epochs": 1}), ("quantize", W8)],
    [("resolution", {"image_size": 32, "epochs": 0}), ("quantize", W8)],
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(slug for slug, _ in order))
def test_steps_come_in_any_order(order: list[tuple[str, dict[str, Any]]], small: Small, tmp_path: Path) -> None:
    model = small.model
    for number, (slug, options) in enumerate(order):
        model = load_step(slug).apply(model, small.context(tmp_path / str(number), options=options))
    assert [entry["step"] for entry in model.history] == [slug for slug, _ in order]
    assert model.quantized is not None
    assert bytes_to_run(model.artifact) < bytes_to_run(small.model.artifact)
    runs(small, model.artifact)


@pytest.mark.parametrize(
    ("kind", "importance"),
    [
        ("segmenter", "l2"),
        ("ssdlite", "taylor"),
        pytest.param("retinanet", "taylor", marks=pytest.mark.slow),
        *(pytest.param(kind, "l2", marks=pytest.mark.slow) for kind in ("unet", "shufflenet", "efficientnet")),
    ],
)
def test_other_networks_are_cut_taught_and_rounded_too(
    kind: str, importance: str, smalls: Callable[[str], Small], tmp_path: Path
) -> None:
    small = smalls(kind)
    assert small.model.trained is not None
    before = hashes(small.model.artifact, small.model.trained)
    plan = {
        "prune": {**CUT, "importance": importance, "scope": "global", "epochs": 1, "distil": True},
        "resolution": {"image_size": 32, "epochs": 0},
        "quantize": W8,
    }
    model = small.model
    for slug, options in plan.items():
        model = load_step(slug).apply(model, small.context(tmp_path / slug, options=options))
    assert hashes(small.model.artifact, small.model.trained) == before
    assert model.history[0]["after"]["params"] < 0.7 * model.history[0]["before"]["params"]
    assert model.history[1]["after"]["macs"] < 0.6 * model.history[1]["before"]["macs"]
    assert bytes_to_run(model.artifact) < 0.4 * bytes_to_run(small.model.artifact)
    runs(small, model.artifact)


def test_pruning_before_or_after_quantizing_makes_the_same_file(classifier: Small, tmp_path: Path) -> None:
    made = []
    for name, order in {"a": ("quantize", "prune"), "b": ("prune", "quantize")}.items():
        model = classifier.model
        for slug in order:
            options = CUT if slug == "prune" else W8
            model = load_step(slug).apply(model, classifier.context(tmp_path / name / slug, options=options))
        made.append(model)
    picture = noise_for(made[0].artifact)
    first, second = (artifact_output(model.artifact, picture) for model in made)
    assert np.array_equal(first, second)


@pytest.mark.parametrize("slug", ["prune", "distil"])
def test_a_step_killed_at_any_report_ends_as_if_it_had_not_been(slug: str, classifier: Small, tmp_path: Path) -> None:
    """Each call dies at its first new report; what it left is taken up by the next one."""
    options = {**OPTIONS[slug], "epochs": 2} | ({"iterations": 2} if slug == "prune" else {})
    epochs: list[int] = []
    calls, furthest = 0, -1.0

    def progress(done: float) -> None:
        nonlocal furthest
        if done > furthest + 0.08:
            furthest = done
            raise RunCancelled("killed")

    model = classifier.model
    if slug == "prune":  # and quantized again at the end
        model = load_step("quantize").apply(model, classifier.context(tmp_path / "rounded", options=W8))
    context = classifier.context(tmp_path / "killed", options=options, on_progress=progress)
    made = None
    while made is None:
        calls += 1
        assert calls < 40
        try:
            made = load_step(slug).apply(model, replace(context, on_epoch=lambda report: epochs.append(report.epoch)))
        except RunCancelled:
            continue
    whole = load_step(slug).apply(model, classifier.context(tmp_path / "whole", options=options))
    assert calls > 5
    assert epochs == ([1, 2, 1, 2] if slug == "prune" else [1, 2])  # none was trained twice
    assert made.trained is not None and whole.trained is not None
    assert tensor_shapes(made.trained) == tensor_shapes(whole.trained)
    picture = noise_for(whole.artifact)
    assert np.array_equal(artifact_output(made.artifact, picture), artifact_output(whole.artifact, picture))
    assert made.history[-1]["options"] == whole.history[-1]["options"]


def test_a_kill_after_an_epoch_goes_on_with_the_next(smalls: Callable[[str], Small], tmp_path: Path) -> None:
    small = smalls("detector")
    epochs: list[int] = []

    def stop(report: Any) -> None:
        epochs.append(report.epoch)
        if len(epochs) == 1:
            raise RunCancelled("killed")

    context = small.context(tmp_path, options={**OPTIONS["prune"], "epochs": 2}, on_epoch=stop)
    with pytest.raises(RunCancelled):
        load_step("prune").apply(small.model, context)
    made = load_step("prune").apply(small.model, context)
    assert epochs == [1, 2]
    runs(small, made.artifact)


def test_half_written_files_of_a_killed_call_are_not_taken(classifier: Small, tmp_path: Path) -> None:
    context = classifier.context(tmp_path, options=CUT)
    (tmp_path / "round-1" / "cut.part").mkdir(parents=True)
    (tmp_path / "round-1" / "cut.part" / "weights.safetensors").write_bytes(b"half")
    (tmp_path / "fp32.part").mkdir()
    (tmp_path / "fp32.part" / "model.onnx").write_bytes(b"half")
    made = load_step("prune").apply(classifier.model, context)
    runs(classifier, made.artifact)
    assert not list(tmp_path.rglob("*.part"))


# --- what single options promise --------------------------------------------------------------------------------------


def test_rounds_end_at_the_widths_of_one_cut(classifier: Small, tmp_path: Path) -> None:
    models = [
        load_step("prune").apply(
            classifier.model, classifier.context(tmp_path / str(n), options={**CUT, "iterations": n})
        )
        for n in (1, 3)
    ]
    shapes = [tensor_shapes(model.trained) for model in models if model.trained is not None]
    assert shapes[0] == shapes[1]
    entry = models[1].history[-1]
    assert entry["after"]["params"] < entry["before"]["params"] and entry["after"]["macs"] < entry["before"]["macs"]
    assert models[1].trained is not None and parameters(models[1].trained) == entry["after"]["params"]


def test_a_scan_spreads_the_amount_by_what_layers_bear(classifier: Small, tmp_path: Path) -> None:
    options = {**CUT, "scope": "sensitivity", "scan_minutes": 0.1}
    made = load_step("prune").apply(classifier.model, classifier.context(tmp_path, options=options))
    entry = made.history[-1]
    assert entry["sensitivity"][0]["layer"] is None
    assert {row["layer"] for row in entry["sensitivity"][1:]} <= set(entry["channels"])
    runs(classifier, made.artifact)


def test_unstructured_zeros_survive_the_fine_tune_and_sizes_are_told_honestly(small: Small, tmp_path: Path) -> None:
    options = {"method": "unstructured", "amount": 0.6, "iterations": 2, "epochs": 1}
    made = load_step("prune").apply(small.model, small.context(tmp_path, options=options))
    entry = made.history[-1]
    assert entry["sparsity"] == pytest.approx(0.6, abs=0.005)
    assert entry["after"]["params"] == entry["before"]["params"]
    # The file is as large as before: only sparse or zipped storage is smaller.
    assert entry["size_bytes"] == pytest.approx(entry["size_bytes_before"], rel=0.01)
    assert entry["storage"]["dense_bytes"] == (made.artifact / "model.onnx").stat().st_size
    assert entry["storage"]["sparse_bytes"] < 0.7 * entry["storage"]["dense_bytes"]
    assert entry["storage"]["zip_bytes"] < 0.8 * entry["storage"]["dense_bytes"]
    if small.kind == "classifier":  # a later distillation does not wake them
        taught = load_step("distil").apply(made, small.context(tmp_path / "next", options={"epochs": 1}))
        assert made.trained is not None and taught.trained is not None
        assert _zeros(taught.trained) >= _zeros(made.trained) - 0.001


def _zeros(trained: Path) -> float:
    from compression.core.pruning.structured import trainer_of
    from compression.core.pruning.unstructured import prunable_weights, share_of_zeros

    return share_of_zeros(prunable_weights(trainer_of(trained).load(trained)[0]))


def test_a_lighter_student_takes_the_models_place(classifier: Small, tmp_path: Path) -> None:
    options = {"student": "mobilenet_v2_035", "epochs": 1}
    made = load_step("distil").apply(classifier.model, classifier.context(tmp_path, teacher=None, options=options))
    assert made.trained is not None
    assert json.loads((made.trained / "architecture.json").read_text())["arch"] == "mobilenet_v2_035"
    assert made.history[-1]["after"]["params"] < made.history[-1]["before"]["params"]
    runs(classifier, made.artifact)


def test_another_architecture_of_the_same_kind_takes_the_place(classifier: Small, tmp_path: Path) -> None:
    options = {"arch": "mobilenet_v2_035", "epochs": 1, "distil": True}
    made = load_step("architecture").apply(
        classifier.model, classifier.context(tmp_path, teacher=None, options=options)
    )
    assert made.history[-1]["after"]["arch"] == "mobilenet_v2_035"
    runs(classifier, made.artifact)


def test_a_smaller_picture_costs_less_work(classifier: Small, tmp_path: Path) -> None:
    options = {"image_size": 32, "epochs": 0}
    entry = load_step("resolution").apply(classifier.model, classifier.context(tmp_path, options=options)).history[-1]
    assert entry["after"]["macs"] < 0.6 * entry["before"]["macs"]
