"""More than plain training: keeps its start, stays narrow, learns from a teacher, can be repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
import torch_pruning
from safetensors.torch import load_file

from annotator.core.errors import RunCancelled, RunFailed, Unprocessable
from compression.core.snapshot import Snapshot
from compression.core.trainer import EpochReport, Teacher, Trained, TrainRequest
from compression.core.trainers import TRAINERS, load_trainer
from compression.core.training.checkpoint import load_checkpoint
from compression.core.training.record import repeat
from prelabel.core.base_models import BASE_MODELS

# Steps this long ruin any network at once.
RUINOUS = {"lr0": 0.5, "lrf": 1.0, "warmup_epochs": 0.0}


def record_of(trained: Trained) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((trained.folder / "training.json").read_text())
    return found


@pytest.fixture
def road() -> Path:
    """Weights that really find the toy's objects."""
    folder = BASE_MODELS["winnow-road"].folder
    assert folder is not None
    return folder


@pytest.fixture(scope="module")
def pruned(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """The toy detector at half its width."""
    trainer = load_trainer("yolo")
    network, architecture = trainer.load(trained.folder)
    with trainer.pruning(network, trained.folder) as view:
        torch_pruning.pruner.BasePruner(
            view.network,
            view.example,
            importance=torch_pruning.importance.GroupMagnitudeImportance(p=2),
            pruning_ratio=0.5,
            round_to=8,
            ignored_layers=list(view.ignored),
            output_transform=view.outputs,
        ).step()
    return trainer.save(network, architecture, trained.folder, tmp_path_factory.mktemp("pruned"))


def test_the_weights_it_starts_from_win_unless_an_epoch_is_better(
    toy_request: Callable[..., TrainRequest], road: Path
) -> None:
    request = toy_request(epochs=2, init=road, keep_start=True, options=RUINOUS)
    result = load_trainer("yolo").train(replace(request, arch="yolo11p"))
    record = record_of(result)
    assert [row["epoch"] for row in record["history"]] == [0, 1, 2]
    assert record["history"][0]["map50"] > 0
    assert record["best_epoch"] == 0
    before, after = (load_file(folder / "weights.safetensors") for folder in (road, result.folder))
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())


def test_while_nothing_is_found_what_was_learned_since_is_kept(
    toy_request: Callable[..., TrainRequest], trained: Trained, tmp_path: Path
) -> None:
    from compression.core.vendor.yolo import network as networks

    network, architecture = networks.load(trained.folder)
    for branch in network.model[-1].cv3:
        branch[-1].bias.data.fill_(-20.0)  # no class is ever seen, as right after a deep cut
    networks.save(network, architecture, tmp_path, half=False)
    result = load_trainer("yolo").train(toy_request(epochs=2, init=tmp_path, keep_start=True, threads=1))
    record = record_of(result)
    assert [row["map50"] for row in record["history"]] == [0.0, 0.0, 0.0]
    assert record["best_epoch"] == 2
    before, after = (load_file(folder / "weights.safetensors") for folder in (tmp_path, result.folder))
    assert any(not torch.equal(after[name], tensor.to(after[name].dtype)) for name, tensor in before.items())


def test_a_start_of_the_same_classes_is_refined_gently(
    toy_request: Callable[..., TrainRequest], trained: Trained, pruned: Trained, tmp_path: Path
) -> None:
    from compression.core.vendor.yolo.settings import overrides_for

    def rates(**fields: Any) -> tuple[float, float | None]:
        found = overrides_for(toy_request(**fields), 8, torch.device("cpu"), "name")
        return found["lr0"], found.get("warmup_bias_lr")

    described = json.loads((trained.folder / "architecture.json").read_text())
    (tmp_path / "architecture.json").write_text(json.dumps({**described, "classes": ["cat", "dog", "bird"]}))
    assert rates() == (0.002, None)
    assert rates(init=tmp_path) == (0.002, None)
    (tmp_path / "architecture.json").write_text(json.dumps(described))
    assert rates(init=tmp_path) == (0.0005, 0.0)
    assert rates(init=pruned.folder) == (0.001, 0.0)
    assert rates(init=tmp_path, options={"lr0": 0.004}) == (0.004, 0.0)


def test_a_class_that_the_start_has_not_learned_is_taught(
    toy_request: Callable[..., TrainRequest], trained: Trained, tmp_path: Path
) -> None:
    from compression.core.vendor.yolo.settings import overrides_for

    record = record_of(trained)
    (best,) = (row for row in record["history"] if row["epoch"] == record["best_epoch"])
    found = record["val_map50"]
    assert set(found) <= set(record["objects_per_class"]) and found
    assert sum(found.values()) / len(found) == pytest.approx(best["map50"], abs=1e-3)

    (tmp_path / "architecture.json").write_bytes((trained.folder / "architecture.json").read_bytes())
    learned = {**record, "val_map50": dict.fromkeys(found, 0.5)}
    first = next(iter(found))
    for changed, rate in (
        ({}, 0.0005),
        ({"val_map50": {**learned["val_map50"], first: 0.03}}, 0.002),
        ({"objects_per_class": {**record["objects_per_class"], first: 0}}, 0.002),
    ):
        (tmp_path / "training.json").write_text(json.dumps({**learned, **changed}))
        asked = overrides_for(toy_request(init=tmp_path), 8, torch.device("cpu"), "name")
        assert (asked["lr0"], asked["warmup_bias_lr"]) == (rate, 0.0)


def test_a_pruned_network_stays_pruned_while_it_learns(
    toy_request: Callable[..., TrainRequest], pruned: Trained
) -> None:
    described = json.loads((pruned.folder / "architecture.json").read_text())
    request = toy_request(epochs=2, init=pruned.folder, architecture=described)
    result = load_trainer("yolo").train(request)
    assert json.loads((result.folder / "architecture.json").read_text()) == described
    before, after = (load_file(folder / "weights.safetensors") for folder in (pruned.folder, result.folder))
    assert {k: v.shape for k, v in before.items()} == {k: v.shape for k, v in after.items()}
    record = record_of(result)
    assert record["settings"]["warm_tensors"] == [len(before), len(before)]
    assert not torch.equal(before["model.0.conv.weight"], after["model.0.conv.weight"].float())
    load_trainer("yolo").load(result.folder)


def test_a_start_that_was_pruned_stays_pruned_when_nobody_says_otherwise(
    toy_request: Callable[..., TrainRequest], pruned: Trained
) -> None:
    result = load_trainer("yolo").train(toy_request(epochs=1, init=pruned.folder))
    widths = [json.loads((one.folder / "architecture.json").read_text())["widths"] for one in (pruned, result)]
    assert widths[0] == widths[1]


@pytest.mark.parametrize("classes", [["a"], ["vehicle", "pedestrian", "sign", *(f"c{n}" for n in range(40))]])
def test_a_pruned_architecture_fits_other_classes(pruned: Trained, classes: list[str]) -> None:
    from compression.core.vendor.yolo import network as networks

    network, architecture = networks.load(pruned.folder)
    other = networks.build(networks.for_classes(architecture, classes)).eval()
    copied, total = networks.load_matching(other, pruned.folder)
    with torch.no_grad():
        assert other(torch.rand(1, 3, 64, 64))[0].shape[1] == 4 + len(classes)
    assert copied > 0.9 * total
    assert other.model[2].cv1.conv.weight.shape == network.model[2].cv1.conv.weight.shape


def test_a_teacher_adds_its_loss_and_stays_out_of_what_is_saved(
    toy_request: Callable[..., TrainRequest], trained: Trained, pruned: Trained
) -> None:
    seen: list[EpochReport] = []
    described = json.loads((pruned.folder / "architecture.json").read_text())
    request = toy_request(
        epochs=2, init=pruned.folder, architecture=described, teacher=Teacher(trained.folder), on_epoch=seen.append
    )
    result = load_trainer("yolo").train(request)
    assert all(report.metrics["dis"] > 0 for report in seen)
    assert seen[1].metrics["dis"] < seen[0].metrics["dis"]
    assert (
        load_file(result.folder / "weights.safetensors").keys()
        == load_file(pruned.folder / "weights.safetensors").keys()
    )
    load_trainer("yolo").load(result.folder)
    kept = load_checkpoint(request.workdir / "checkpoints")
    assert kept is not None
    assert any(name.startswith("projector.") for name in kept["model"])
    assert not any(name.startswith("teacher_model.") for name in [*kept["model"], *kept["ema"]])


def test_a_lesson_that_was_stopped_goes_on_with_its_projector(
    toy_request: Callable[..., TrainRequest], trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    from compression.core.vendor.yolo.training import Training

    def stop(report: EpochReport) -> None:
        raise RunCancelled("stop")

    request = toy_request(epochs=2, teacher=Teacher(trained.folder), on_epoch=stop)
    with pytest.raises(RunCancelled):
        load_trainer("yolo").train(request)
    kept = load_checkpoint(request.workdir / "checkpoints")
    assert kept is not None
    found: list[bool] = []
    real = Training._start

    def look(self: Training) -> None:
        state = self.model.state_dict()
        found.extend(torch.equal(state[name], tensor) for name, tensor in kept["model"].items())
        real(self)

    monkeypatch.setattr(Training, "_start", look)
    with pytest.raises(RunCancelled):
        load_trainer("yolo").train(request)
    assert found and all(found)


def test_training_for_int8_leaves_a_stock_network_that_bears_rounding(
    toy_request: Callable[..., TrainRequest], trained: Trained
) -> None:
    request = toy_request(epochs=2, init=trained.folder, quantization_aware=True)
    result = load_trainer("yolo").train(request)
    before, after = (load_file(folder / "weights.safetensors") for folder in (trained.folder, result.folder))
    assert before.keys() == after.keys()
    kept = load_checkpoint(request.workdir / "checkpoints")
    assert kept is not None
    seen = [tensor for name, tensor in kept["ema"].items() if name.endswith("input_quantizer.seen")]
    assert seen and all(bool(tensor) for tensor in seen)  # the averaged weights are judged with rounding, too
    assert record_of(result)["settings"]["bf16"] is False
    load_trainer("yolo").load(result.folder)


def test_a_gpu_that_is_not_there_is_named(toy_request: Callable[..., TrainRequest]) -> None:
    with pytest.raises(RunFailed, match="no GPU cuda:99"):
        load_trainer("yolo").train(toy_request(device="cuda:99"))


def test_training_for_int8_needs_weights_to_start_from(toy_request: Callable[..., TrainRequest]) -> None:
    with pytest.raises(Unprocessable, match="start from"):
        load_trainer("yolo").train(toy_request(quantization_aware=True))


def test_a_teacher_of_other_classes_is_refused(
    toy_request: Callable[..., TrainRequest], trained: Trained, tmp_path: Path
) -> None:
    described = json.loads((trained.folder / "architecture.json").read_text())
    (tmp_path / "architecture.json").write_text(json.dumps({**described, "classes": ["vehicle", "tram"]}))
    with pytest.raises(Unprocessable, match="other classes"):
        load_trainer("yolo").train(toy_request(teacher=Teacher(tmp_path)))


def test_two_trainings_from_one_record_give_the_same_weights(
    toy_request: Callable[..., TrainRequest], toy_snapshot: Snapshot, trained: Trained, tmp_path: Path
) -> None:
    options = {"schedule": "cosine", "mosaic": 0.2, "mixup": 0.3}
    request = toy_request(epochs=2, init=trained.folder, options=options, threads=1, keep_start=True)
    first = load_trainer("yolo").train(request)
    again = repeat(first.folder, toy_snapshot, tmp_path / "again", init=trained.folder)
    assert {**again.options} == options
    second = load_trainer("yolo").train(again)
    records = record_of(first), record_of(second)
    assert records[0]["weights_sha256"] == records[1]["weights_sha256"]
    assert records[0]["config"] == records[1]["config"]
    assert records[0]["config"]["imgsz"] == 160
    assert records[0]["data_sha256"] == records[1]["data_sha256"]
    with pytest.raises(Unprocessable, match="init is not the one"):
        repeat(first.folder, toy_snapshot, tmp_path / "other")


def test_a_pruned_model_is_no_training_to_repeat(pruned: Trained, toy_snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(Unprocessable, match="no record of a training of its own"):
        repeat(pruned.folder, toy_snapshot, tmp_path)


def test_training_stops_early_when_nothing_gets_better(toy_request: Callable[..., TrainRequest], road: Path) -> None:
    request = toy_request(epochs=9, init=road, keep_start=True, options={**RUINOUS, "patience": 2})
    result = load_trainer("yolo").train(replace(request, arch="yolo11p"))
    assert [row["epoch"] for row in record_of(result)["history"]] == [0, 1, 2]


def test_a_loss_that_is_no_number_is_said_to_be_so(
    toy_request: Callable[..., TrainRequest], trained: Trained, tmp_path: Path
) -> None:
    from compression.core.vendor.yolo import network as networks

    network, architecture = networks.load(trained.folder)
    network.model[1].conv.weight.data[0, 0] = float("inf")
    networks.save(network, architecture, tmp_path)
    with pytest.raises(RunFailed, match="the loss is no number") as caught:
        load_trainer("yolo").train(toy_request(init=tmp_path))
    assert caught.value.code == "diverged"


def test_a_loss_that_is_lost_once_is_recovered_from_the_last_checkpoint(
    toy_request: Callable[..., TrainRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    from compression.core.vendor.yolo.training import Training

    real = Training.preprocess_batch
    calls: list[int] = []

    def poison(self: Training, batch: dict[str, Any]) -> dict[str, Any]:
        batch = real(self, batch)
        if self.epoch == 1 and not calls:
            calls.append(1)
            batch["img"] = batch["img"] * float("nan")
        return batch

    monkeypatch.setattr(Training, "preprocess_batch", poison)
    result = load_trainer("yolo").train(toy_request(epochs=2))
    assert calls
    assert [row["epoch"] for row in record_of(result)["history"]] == [1, 2]
    tensors = load_file(result.folder / "weights.safetensors").values()
    assert all(bool(torch.isfinite(tensor).all()) for tensor in tensors)


def test_the_schema_names_every_setting_that_the_trainer_reads() -> None:
    from compression.core.vendor.yolo.settings import DEFAULTS, SCHEDULES

    schema = TRAINERS["yolo"].schema
    assert schema["properties"].keys() == {*DEFAULTS, "schedule", "amp"}
    assert tuple(schema["properties"]["schedule"]["enum"]) == SCHEDULES
    jsonschema.validate(DEFAULTS, schema)


def test_schedules_begin_at_the_full_rate_and_end_at_the_last() -> None:
    from compression.core.vendor.yolo.settings import rate_at

    assert rate_at("linear", 0.5, 0.1) == pytest.approx(0.55)
    assert rate_at("cosine", 0.5, 0.1) == pytest.approx(0.55)
    assert rate_at("cosine", 0.25, 0.0) == pytest.approx(0.8535534)  # (1 + cos 45°) / 2
    assert [rate_at("step", done, 0.001) for done in (0.5, 0.6, 0.9)] == pytest.approx([1.0, 0.1, 0.01])
    for schedule in ("linear", "cosine"):
        assert (rate_at(schedule, 0, 0.05), rate_at(schedule, 1, 0.05)) == pytest.approx((1.0, 0.05))
