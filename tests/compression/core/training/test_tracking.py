"""Tells a real MLflow store of trainings, and never lets one fail for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import RunCancelled
from compression.core.trainer import EpochReport, TrainRequest
from compression.core.trainers import load_trainer
from compression.core.training.tracking import EXPERIMENT, NullTracker, open_tracker, tracked


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An empty MLflow store in one SQLite file."""
    return f"sqlite:///{tmp_path_factory.mktemp('mlflow') / 'runs.db'}"


def runs_of(store: str) -> list[Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=store)
    experiment = client.get_experiment_by_name(EXPERIMENT)
    return list(client.search_runs([experiment.experiment_id], order_by=["attributes.start_time ASC"]))


def test_a_training_that_is_stopped_and_goes_on_is_one_run_with_every_epoch(
    toy_request: Callable[..., TrainRequest], store: str
) -> None:
    from mlflow.tracking import MlflowClient

    def stop(report: EpochReport) -> None:
        raise RunCancelled("stop")

    said: list[str] = []
    request = toy_request(epochs=2, options={"mosaic": 0.0}, on_epoch=stop)
    with pytest.raises(RunCancelled), tracked(request, store, "toy", said.append) as told:
        load_trainer("yolo").train(told)
    assert [run.info.status for run in runs_of(store)] == ["KILLED"]
    seen: list[int] = []
    again = replace(request, on_epoch=lambda report: seen.append(report.epoch))
    with tracked(again, store, "toy", said.append) as told:
        load_trainer("yolo").train(told)
    assert seen == [2]
    (run,) = runs_of(store)
    assert (run.info.status, run.info.run_name) == ("FINISHED", "toy")
    assert run.data.params["arch"] == "yolo11t"
    assert run.data.params["images_train"] == "16"
    assert run.data.params["option_mosaic"] == "0.0"
    history = MlflowClient(tracking_uri=store).get_metric_history(run.info.run_id, "cls")
    assert [metric.step for metric in history] == [1, 2]
    assert said == []


def test_a_store_that_is_away_is_said_once_and_training_goes_on(
    toy_request: Callable[..., TrainRequest],
) -> None:
    said: list[str] = []
    seen: list[int] = []
    request = toy_request(on_epoch=lambda report: seen.append(report.epoch))
    with tracked(request, "http://127.0.0.1:9/", "toy", said.append) as told:
        told.on_epoch(EpochReport(1, 2, {"loss": 1.0}, 1, 1.0, 1.0, ""))
    assert seen == [1]
    assert len(said) == 1
    assert said[0].startswith("Experiment tracking stopped")


def test_without_an_address_nobody_is_told(tmp_path: Path) -> None:
    assert isinstance(open_tracker(None, tmp_path, print), NullTracker)
    assert isinstance(open_tracker("", tmp_path, print), NullTracker)
