"""Two real processes of one training, of which one runs out of memory or meets a loss that is no number."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import RunFailed
from compression.core.snapshot import materialize
from compression.core.trainer import EpochReport, TrainRequest
from compression.core.trainers import load_trainer
from compression.core.training import torchrun
from tests.compression.conftest import shapes_manifest


@pytest.fixture
def request_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """trouble → a request of two processes on the CPU, of which the second has it."""
    manifest = shapes_manifest(tmp_path / "blobs", {"train": 10, "val": 2, "test": 2})
    snapshot = materialize(manifest, tmp_path / "snapshot", lambda sha256: tmp_path / "blobs" / sha256)
    monkeypatch.setattr(torchrun, "ENTRY", "tests.compression.core.training.troubled")

    def make(trouble: str) -> TrainRequest:
        monkeypatch.setenv("TROUBLE", trouble)
        return TrainRequest(
            snapshot,
            tmp_path / "work",
            "mobilenet_v2_035",
            epochs=2,
            image_size=32,
            batch=8,  # 20 pictures: 8, 8, 4
            threads=1,
            device="cpu,cpu",
        )

    return make


def running_on(order: Path) -> list[str]:
    """Processes that were started on an order."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(order).encode() in entry.read_bytes():
                found.append(entry.parent.name)
        except OSError:  # it ended meanwhile
            continue
    return found


def test_memory_that_runs_out_in_one_halves_the_batch_of_both_and_they_go_on(request_in: Any) -> None:
    reports: list[EpochReport] = []
    ticks: list[float] = []
    request = replace(request_in("memory"), on_epoch=reports.append, on_tick=ticks.append)
    trained = load_trainer("classifier").train(request)
    record = json.loads((trained.folder / "training.json").read_text())
    assert record["settings"]["batch"] == 4
    assert [report.epoch for report in reports] == [1, 2]  # the first epoch was not done again
    assert len(ticks) == 3 + 5  # of 20 pictures in batches of eight, then of four


def test_memory_that_never_is_enough_ends_both_with_what_to_do(request_in: Any) -> None:
    request = replace(request_in("never enough memory"), batch=4)
    with pytest.raises(RunFailed, match="out of memory even with 4 pictures at a time, of 32 px") as caught:
        load_trainer("classifier").train(request)
    assert caught.value.code == "out_of_memory"
    assert not running_on(request.workdir / "request.json")


def test_a_loss_that_is_once_no_number_takes_both_back_to_the_last_checkpoint(request_in: Any) -> None:
    reports: list[EpochReport] = []
    trained = load_trainer("classifier").train(replace(request_in("once"), on_epoch=reports.append))
    record = json.loads((trained.folder / "training.json").read_text())
    assert record["settings"]["recoveries"] == 1
    assert [report.epoch for report in reports] == [1, 2]


def test_a_loss_that_stays_no_number_in_one_ends_both_with_the_reason(request_in: Any) -> None:
    request = request_in("no number")
    with pytest.raises(RunFailed, match="diverged in epoch 2: the loss is no number") as caught:
        load_trainer("classifier").train(request)
    assert caught.value.code == "diverged"
    assert not running_on(request.workdir / "request.json")
