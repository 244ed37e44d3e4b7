"""One YOLO trained by two real processes over gloo: the path that several GPUs take, on CPUs."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from annotator.core.errors import RunCancelled, RunFailed
from compression.core.trainer import EpochReport, Teacher, Trained, TrainRequest
from compression.core.trainers import load_trainer
from compression.core.training.checkpoint import load_checkpoint


def test_two_processes_train_one_network(toy_request: Callable[..., TrainRequest], trained: Trained) -> None:
    seen: list[EpochReport] = []
    ticks: list[float] = []
    request = toy_request(
        epochs=2,
        device="cpu,cpu",
        threads=1,
        init=trained.folder,
        keep_start=True,
        teacher=Teacher(trained.folder),
        on_epoch=seen.append,
        on_tick=ticks.append,
    )
    result = load_trainer("yolo").train(request)
    assert [report.epoch for report in seen] == [1, 2]
    assert ticks and max(ticks) == 1.0
    record = json.loads((result.folder / "training.json").read_text())
    assert [row["epoch"] for row in record["history"]] == [0, 1, 2]
    assert record["request"]["device"] == "cpu,cpu"
    assert all("dis" in row and "map50" in row for row in record["history"][1:])
    load_trainer("yolo").load(result.folder)
    # 16 pictures in batches of 8, half of each in either process: as many steps as alone, not twice as many.
    kept = load_checkpoint(request.workdir / "checkpoints")
    assert kept is not None
    assert kept["updates"] == 4


def test_a_cancelled_training_of_two_processes_stops_both_and_goes_on_later(
    toy_request: Callable[..., TrainRequest],
) -> None:
    seen: list[int] = []

    def stop(report: EpochReport) -> None:
        seen.append(report.epoch)
        if len(seen) == 1:
            raise RunCancelled("stop")

    request = toy_request(epochs=2, device="cpu,cpu", threads=1, on_epoch=stop)
    with pytest.raises(RunCancelled):
        load_trainer("yolo").train(request)
    deadline = time.monotonic() + 20
    while _running(request.workdir):
        assert time.monotonic() < deadline, "a process of the training is still there"
        time.sleep(0.2)
    result = load_trainer("yolo").train(request)
    record = json.loads((result.folder / "training.json").read_text())
    assert [row["epoch"] for row in record["history"]] == [1, 2]


@pytest.mark.slow
def test_a_loss_that_is_no_number_ends_both_processes(
    toy_request: Callable[..., TrainRequest], trained: Trained, tmp_path: Path
) -> None:
    from compression.core.vendor.yolo import network as networks

    network, architecture = networks.load(trained.folder)
    network.model[1].conv.weight.data[0, 0] = float("inf")
    networks.save(network, architecture, tmp_path)
    with pytest.raises(RunFailed, match="the loss is no number") as caught:
        load_trainer("yolo").train(toy_request(epochs=1, device="cpu,cpu", threads=1, init=tmp_path))
    assert caught.value.code == "diverged"


def _running(workdir: Path) -> bool:
    """Whether a process was started on the order in ``workdir``."""
    wanted = str(workdir / "request.json").encode()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid() and wanted in (entry / "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False
