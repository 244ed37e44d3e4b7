"""Experiment tracking, off unless an address is given: what was trained, and how each epoch went, to MLflow.

A tracker that fails says so once and is silent from then on: no training ends because a server is away.
Source: MLflow, "Tracking APIs" (MlflowClient), https://mlflow.org/docs/latest/
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from annotator.core.errors import RunCancelled
from compression.core.json_files import write_json
from compression.core.trainer import EpochReport, TrainRequest

EXPERIMENT = "winnow"
_LONGEST = 500  # characters of a parameter that every MLflow store takes
_NAME = "tracking.json"
_QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # it would phone home at import
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",  # by default a server that is away is asked for ten minutes
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",  # seconds
}

Log = Callable[[str], None]


class Tracker(Protocol):
    """Where one training is told to."""

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        """Name the training and its settings; a training that goes on keeps its entry."""
        ...

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Metrics of one epoch, 1-based."""
        ...

    def end(self, status: str) -> None:
        """``status``: FINISHED, FAILED or KILLED."""
        ...


class NullTracker:
    """Tells nobody."""

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        """Nothing."""

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Nothing."""

    def end(self, status: str) -> None:
        """Nothing."""


class MlflowTracker:
    """One run in an MLflow store; its id is kept in ``folder``, so that a resumed training goes on in it."""

    def __init__(self, uri: str, folder: Path) -> None:
        for key, value in _QUIET.items():
            os.environ.setdefault(key, value)
        from mlflow.tracking import MlflowClient

        self.client = MlflowClient(tracking_uri=uri)
        self.path = folder / _NAME
        self.run_id = ""

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        """Take up the run of ``folder``, or make one."""
        if self.path.exists():
            self.run_id = str(json.loads(self.path.read_text(encoding="utf-8"))["run_id"])
            self.client.update_run(self.run_id, status="RUNNING")
            return
        found = self.client.get_experiment_by_name(EXPERIMENT)
        experiment = found.experiment_id if found else self.client.create_experiment(EXPERIMENT)
        self.run_id = self.client.create_run(experiment, run_name=name).info.run_id
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_json(self.path, {"run_id": self.run_id})
        from mlflow.entities import Param

        told = [Param(key, str(value)[:_LONGEST]) for key, value in params.items()]
        self.client.log_batch(self.run_id, params=told)

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Each metric at step ``number``."""
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        told = [Metric(key, float(value), now, number) for key, value in metrics.items()]
        self.client.log_batch(self.run_id, metrics=told)

    def end(self, status: str) -> None:
        """Close the run."""
        self.client.set_terminated(self.run_id, status=status)


class Careful:
    """A tracker whose failures are logged once and then left alone."""

    def __init__(self, make: Callable[[], Tracker], log: Log) -> None:
        self.log = log
        self.inner: Tracker = NullTracker()
        self._try(lambda: setattr(self, "inner", make()))

    def begin(self, name: str, params: Mapping[str, Any]) -> None:
        """As the inner one."""
        self._try(lambda: self.inner.begin(name, params))

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """As the inner one."""
        self._try(lambda: self.inner.epoch(number, metrics))

    def end(self, status: str) -> None:
        """As the inner one."""
        self._try(lambda: self.inner.end(status))

    def _try(self, tell: Callable[[], None]) -> None:
        try:
            tell()
        except Exception as error:  # a server may fail in any way; the training is worth more than its log
            self.inner = NullTracker()
            self.log(f"Experiment tracking stopped: {type(error).__name__}: {str(error)[:300]}")


def open_tracker(uri: str | None, folder: Path, log: Log) -> Tracker:
    """A tracker for ``uri`` (http…, sqlite:///…, file:…), or one that tells nobody where it is empty."""
    return Careful(lambda: MlflowTracker(uri, folder), log) if uri else NullTracker()


@contextmanager
def tracked(request: TrainRequest, uri: str | None, name: str, log: Log) -> Iterator[TrainRequest]:
    """``request`` with its epochs told to the tracker at ``uri``; how the block ends is told as well."""
    tracker = open_tracker(uri, request.workdir, log)
    tracker.begin(name, _params(request))

    def on_epoch(report: EpochReport) -> None:
        tracker.epoch(report.epoch, report.metrics)
        request.on_epoch(report)

    try:
        yield replace(request, on_epoch=on_epoch)
    except RunCancelled:
        tracker.end("KILLED")
        raise
    except BaseException:
        tracker.end("FAILED")
        raise
    tracker.end("FINISHED")


def _params(request: TrainRequest) -> dict[str, Any]:
    counts = {f"images_{split}": count for split, count in request.snapshot.counts().items()}
    plain = ("arch", "epochs", "image_size", "batch", "seed", "device", "minutes", "quantization_aware", "keep_start")
    return {
        **{key: getattr(request, key) for key in plain},
        **counts,
        "classes": ", ".join(request.snapshot.classes),
        "warm_start": request.init is not None,
        "teacher": request.teacher is not None,
        **{f"option_{key}": value for key, value in request.options.items()},
    }
