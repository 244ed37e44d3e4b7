"""The shared loop on a tiny network: schedules, early stopping, divergence, memory, and two real processes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from annotator.core.errors import RunCancelled, RunFailed, Unprocessable
from compression.core.snapshot import Snapshot, materialize
from compression.core.trainer import EpochReport, Teacher, TrainRequest
from compression.core.trainers import load_trainer
from compression.core.training.loop import run_training, scheduled
from compression.core.training.processes import devices_of
from compression.core.training.torchrun import main, request_from_json, request_to_json
from tests.compression.conftest import masks_manifest, shapes_manifest


class Lines:
    """Work: learn y = 2x + 1 on pictures of one pixel; ``scores`` are what validation says, epoch by epoch."""

    score = "score"

    def __init__(self, scores: Sequence[float] = (), bad_epochs: Sequence[int] = (), memory: int = 1000) -> None:
        torch.manual_seed(0)
        self.network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 1))
        self.count, self.settings = 24, {"kind": "lines"}
        self.scores, self.bad, self.memory = list(scores), set(bad_epochs), memory
        self.batches: list[int] = []
        self.attempts = 0

    def batch(self, indices: Sequence[int], random: torch.Generator) -> Any:
        x = torch.rand(len(indices), 3, 2, 2, generator=random)
        return x, 2 * x.mean(1, keepdim=True) + 1

    def loss(self, network: nn.Module, batch: Any, device: torch.device) -> torch.Tensor:
        images, wanted = batch
        self.batches.append(len(images))
        if len(images) > self.memory:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        loss = nn.functional.mse_loss(network(images.to(device)), wanted.to(device))
        if len(self.batches) in self.bad:
            return loss * float("nan")
        return loss

    def plain(self, indices: Sequence[int]) -> torch.Tensor:
        return torch.rand(len(indices), 3, 2, 2, generator=torch.Generator().manual_seed(1))

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        self.attempts += 1
        score = self.scores[min(self.attempts, len(self.scores)) - 1] if self.scores else 0.1 * self.attempts
        return {"score": score, "val_loss": 1 - score}


@pytest.fixture
def request_of(tmp_path: Path) -> Any:
    snapshot = Snapshot(tmp_path, "image_classification", ("a",), (1,), {"train": (), "val": (), "test": ()})

    def make(**fields: Any) -> TrainRequest:
        options = {"lr": 0.01, **fields.pop("options", {})}
        return TrainRequest(
            snapshot, tmp_path / "work", "lines", epochs=fields.pop("epochs", 6), batch=8, options=options, **fields
        )

    return make


def test_schedules_by_hand() -> None:
    assert scheduled("cosine", 0.0, 0.1) == 0.0
    assert scheduled("cosine", 0.05, 0.1) == pytest.approx(0.5)
    assert scheduled("cosine", 0.5, 0.1) == pytest.approx(0.5)
    assert scheduled("cosine", 1.0, 0.1) == pytest.approx(0.0)
    assert [scheduled("step", done, 0.0) for done in (0.0, 0.59, 0.6, 0.84, 0.85, 1.0)] == pytest.approx(
        [1, 1, 0.1, 0.1, 0.01, 0.01]
    )


def test_the_loss_falls_and_the_best_epoch_s_weights_come_out(request_of: Any) -> None:
    reports: list[EpochReport] = []
    outcome = run_training(request_of(on_epoch=reports.append), lambda: Lines([0.1, 0.5, 0.9, 0.2, 0.3, 0.3]))
    losses = [report.metrics["loss"] for report in reports]
    assert losses[-1] < losses[0]
    assert outcome.state.best_epoch == 3
    assert reports[-1].epochs == 6 and reports[-1].eta_s == 0
    assert outcome.settings["batch"] == 8 and outcome.settings["kind"] == "lines"
    assert outcome.network[0].weight.requires_grad and not outcome.network.training


def test_training_ends_when_nothing_gets_better_for_long_enough(request_of: Any) -> None:
    scores = [0.2, 0.6, 0.5, 0.4, 0.9]
    outcome = run_training(request_of(options={"patience": 2}), lambda: Lines(scores))
    assert [row["epoch"] for row in outcome.state.history] == [1, 2, 3, 4]
    assert outcome.state.best_epoch == 2


def test_the_start_competes_as_epoch_0_where_asked(request_of: Any) -> None:
    kept = run_training(request_of(keep_start=True, epochs=2), lambda: Lines([0.9, 0.3, 0.4]))
    assert kept.state.best_epoch == 0
    fresh = Lines().network.state_dict()
    assert all(torch.equal(value, fresh[name]) for name, value in kept.network.state_dict().items())


def test_a_loss_that_is_no_number_leads_back_to_the_last_checkpoint_twice(request_of: Any) -> None:
    # Three batches an epoch: the fifth lies in epoch 2, the eighth in its second try.
    work = Lines(bad_epochs=[5, 8])
    outcome = run_training(request_of(epochs=3), lambda: work)
    assert [row["epoch"] for row in outcome.state.history] == [1, 2, 3]
    assert outcome.settings["recoveries"] == 2
    assert all(math.isfinite(row["loss"]) for row in outcome.state.history)


def test_the_third_divergence_fails_and_so_does_a_first_epoch_that_never_works(request_of: Any) -> None:
    work = Lines(bad_epochs=range(1, 100))
    with pytest.raises(RunFailed) as caught:
        run_training(request_of(), lambda: work)
    assert caught.value.code == "diverged"
    assert len(work.batches) == 9


def test_out_of_memory_halves_the_batch_and_goes_on(request_of: Any) -> None:
    made: list[Lines] = []

    def make() -> Lines:
        made.append(Lines(memory=3))
        return made[-1]

    outcome = run_training(request_of(epochs=1), make)
    assert [work.batches[0] for work in made] == [8, 4, 2]
    assert outcome.settings["batch"] == 2
    assert outcome.state.epoch == 1


def test_memory_for_not_even_two_pictures_is_said_with_what_to_do(request_of: Any) -> None:
    with pytest.raises(RunFailed, match="out of memory even with 2 pictures at a time") as caught:
        run_training(request_of(epochs=1), lambda: Lines(memory=1))
    assert caught.value.code == "out_of_memory"


def test_a_batch_of_more_than_there_are_pictures_is_halved_at_once(request_of: Any) -> None:
    made: list[Lines] = []

    def make() -> Lines:
        made.append(Lines(memory=13))
        return made[-1]

    run_training(replace(request_of(epochs=1), batch=640), make)
    assert [work.batches[0] for work in made] == [24, 12]


def test_a_time_budget_cuts_the_plan(request_of: Any) -> None:
    outcome = run_training(request_of(minutes=1e-6, epochs=50), lambda: Lines())
    assert len(outcome.state.history) == 1


def test_rounding_in_the_forward_pass_needs_a_trained_start(request_of: Any) -> None:
    with pytest.raises(Unprocessable):
        run_training(request_of(quantization_aware=True), lambda: Lines())


def test_rounded_training_gives_the_stock_network_back(request_of: Any, tmp_path: Path) -> None:
    outcome = run_training(request_of(quantization_aware=True, init=tmp_path, epochs=2), lambda: Lines())
    assert set(outcome.network.state_dict()) == set(Lines().network.state_dict())


def test_device_lists() -> None:
    assert devices_of("cuda:0,1") == ["cuda:0", "cuda:1"]
    assert devices_of("cpu") == ["cpu"]
    assert devices_of("cpu, cpu") == ["cpu", "cpu"]


def snapshot_of(tmp_path: Path, manifest: dict[str, Any]) -> Snapshot:
    return materialize(manifest, tmp_path / "snapshot", lambda sha256: tmp_path / "blobs" / sha256)


def test_a_request_survives_the_way_to_another_process(tmp_path: Path) -> None:
    for manifest in (
        shapes_manifest(tmp_path / "blobs", {"train": 8, "val": 1, "test": 1}),
        masks_manifest(tmp_path / "blobs", {"train": 8, "val": 1, "test": 1}),
    ):
        request = TrainRequest(
            snapshot_of(tmp_path, manifest),
            tmp_path,
            "x",
            init=tmp_path,
            teacher=Teacher(tmp_path),
            options={"lr": 0.1},
        )
        found = request_from_json(json.loads(json.dumps(request_to_json(request))))
        assert replace(found, on_epoch=request.on_epoch, on_tick=request.on_tick) == request


def test_two_processes_train_one_network_and_report_to_their_parent(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, shapes_manifest(tmp_path / "blobs", {"train": 10, "val": 2, "test": 2}))
    reports: list[EpochReport] = []
    ticks: list[float] = []
    request = TrainRequest(
        snapshot,
        tmp_path / "work",
        "mobilenet_v2_035",
        epochs=2,
        image_size=32,
        batch=8,
        threads=1,
        device="cpu,cpu",
        on_epoch=reports.append,
        on_tick=ticks.append,
    )
    trained = load_trainer("classifier").train(request)
    assert [report.epoch for report in reports] == [1, 2]
    # 20 pictures in global batches of 8, 8, 4.
    assert len(ticks) == 6 and ticks[-1] == 1.0
    record = json.loads((trained.folder / "training.json").read_text())
    assert [row["epoch"] for row in record["history"]] == [1, 2]
    weights = load_file(str(trained.folder / "weights.safetensors"))
    assert all(torch.isfinite(tensor.float()).all() for tensor in weights.values())


def test_cancelling_leaves_no_process_behind(tmp_path: Path) -> None:
    snapshot = snapshot_of(tmp_path, shapes_manifest(tmp_path / "blobs", {"train": 10, "val": 2, "test": 2}))

    def stop(fraction: float) -> None:
        raise RunCancelled("stop")

    request = TrainRequest(
        snapshot, tmp_path / "a", "mobilenet_v2_035", epochs=2, image_size=32, threads=1, device="cpu,cpu", on_tick=stop
    )
    with pytest.raises(RunCancelled):
        load_trainer("classifier").train(request)
    order = str(tmp_path / "a" / "request.json")
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if order.encode() in content(path)]


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it ended meanwhile
        return b""


def test_a_process_that_fails_says_why_in_its_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot = snapshot_of(tmp_path, shapes_manifest(tmp_path / "blobs", {"train": 10, "val": 2, "test": 2}))
    (tmp_path / "architecture.json").write_text(json.dumps({"arch": "resnet18", "classes": ["other"]}))
    request = TrainRequest(snapshot, tmp_path / "work", "resnet18", image_size=32, teacher=Teacher(tmp_path))
    order = tmp_path / "request.json"
    order.write_text(json.dumps({"trainer": "classifier", "request": request_to_json(request)}))
    with pytest.raises(Unprocessable):
        main(order)
    failed = json.loads(capsys.readouterr().out.partition("@training ")[2])["failed"]
    assert failed["code"] == "unprocessable" and "teacher" in failed["message"]
