"""`manage.py repeat_training`: make the training of a model again from its record; say whether it came out equal."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotator import storage
from annotator.core.errors import WinnowError
from annotator.services.versions import read_manifest
from compression.core.snapshot import materialize
from compression.core.trainer import EpochReport
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.core.training.checkpoint import sha256_of
from compression.core.training.record import package_versions, repeat
from compression.management.terminal import clock
from prelabel.core.base_models import BASE_MODELS
from prelabel.models import ModelVersion
from prelabel.services.registry import fetch_training_files

_WEIGHTS, _RECORD = "weights.safetensors", "training.json"
_DIFFERENT = 2  # exit status where the training went well and the weights are others


class Command(BaseCommand):
    help = "Train a model version again as its record says: same data, settings, seed, start and teacher."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("model", type=int, help="id of the model version")
        parser.add_argument(
            "--out", type=Path, required=True, help="folder of the new training; one that was stopped there goes on"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        version = ModelVersion.objects.select_related("project", "dataset_version").filter(pk=options["model"]).first()
        if version is None:
            raise CommandError(f"there is no model version {options['model']}")
        if version.dataset_version is None or _RECORD not in version.training_files:
            raise CommandError(f"{version} was not trained here: there is nothing to repeat")
        try:
            equal = self._repeat(version, options["out"])
        except WinnowError as error:
            raise CommandError(error.message) from error
        if not equal:
            raise SystemExit(_DIFFERENT)

    def _repeat(self, version: ModelVersion, out: Path) -> bool:
        trained = fetch_training_files(version=version, folder=out / "recorded")
        record = json.loads((trained / _RECORD).read_text(encoding="utf-8"))
        assert version.dataset_version is not None
        snapshot = materialize(read_manifest(version.dataset_version), out / "snapshot", storage.blob_path)
        asked = record.get("request") or {}
        folders = {
            name: _folder_with(version, asked.get(f"{name}_sha256"), out / name, name) for name in ("init", "teacher")
        }
        request = repeat(trained, snapshot, out / "training", **folders)
        for name, was, now in _other_packages(record):
            self.stdout.write(f"{name} was {was}, is {now}: numbers may differ")
        made = load_trainer(trainer_for_arch(request.arch)).train(replace(request, on_epoch=self._epoch))
        equal = sha256_of(made.folder / _WEIGHTS) == record["weights_sha256"]
        self.stdout.write(f"{made.folder}: the weights are {'equal' if equal else 'not equal'} to those of {version}")
        return equal

    def _epoch(self, report: EpochReport) -> None:
        numbers = " ".join(f"{key} {value:.4f}" for key, value in report.metrics.items())
        self.stdout.write(f"epoch {report.epoch} of {report.epochs}: {numbers}; {clock(report.eta_s)} left")


def _folder_with(version: ModelVersion, sha256: str | None, folder: Path, what: str) -> Path | None:
    """Where the weights with this hash are: in a model version of the project, or among those shipped with Winnow."""
    if sha256 is None:
        return None
    for other in ModelVersion.objects.filter(project=version.project).exclude(training_files={}):
        if other.training_files.get(_WEIGHTS, {}).get("sha256") == sha256:
            return fetch_training_files(version=other, folder=folder)
    for entry in BASE_MODELS.values():
        weights = entry.folder / _WEIGHTS if entry.folder is not None else None
        if weights is not None and weights.is_file() and sha256_of(weights) == sha256:
            return entry.folder
    raise CommandError(f"the {what} of this training ({sha256[:12]}…) is not on this machine any more")


def _other_packages(record: dict[str, Any]) -> list[tuple[str, str, str]]:
    """(name, version then, version now) of what decides the numbers and changed since."""
    now = package_versions()
    return [
        (name, was, now.get(name, "missing"))
        for name, was in record.get("packages", {}).items()
        if now.get(name) != was
    ]
