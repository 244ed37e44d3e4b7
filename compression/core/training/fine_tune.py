"""Training that follows a step: the network of a trained folder learns on, alone or from a teacher.

Picture size, batch and settings are those of the record in the folder, so that a step changes only what it says.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.core.errors import RunFailed
from compression.core.model import Model
from compression.core.pruning.unstructured import holding_zeros, is_sparse
from compression.core.step import StepContext
from compression.core.trainer import Teacher, Trained, TrainRequest
from compression.core.trainers import TRAINERS, load_trainer, trainer_for_arch
from compression.core.training.trained_folder import ARCHITECTURE, RECORD, read_json

# Of one training alone: its rate, and layers frozen then that have to adapt after a cut.
_OF_ITS_OWN = frozenset({"lr", "lr0", "freeze"})


@dataclass(frozen=True)
class Lesson:
    """What is to be learnt: ``start`` is a trained folder, whose network goes on, or which another ``arch`` follows."""

    start: Path
    epochs: int
    lr: float | None = None
    minutes: float | None = None
    teacher: Teacher | None = None
    arch: str | None = None  # None: the network of ``start`` as it is, pruned or not
    warm: bool = True  # False: from random weights
    quantization_aware: bool = False  # the forward pass rounds to int8


def weights_of(model: Model, slug: str) -> Path:
    """The trained folder of ``model``. Raises RunFailed where it came as a file only."""
    if model.trained is None:
        raise RunFailed(
            f"This model came without weights to train, and {slug} has to train it: choose a model trained here.",
            code="no_weights",
        )
    return model.trained


def read_architecture(folder: Path) -> dict[str, Any]:
    """architecture.json of a trained folder. Raises BadArtifact."""
    return read_json(folder, ARCHITECTURE)


def read_record(folder: Path) -> dict[str, Any]:
    """training.json of a trained folder. Raises BadArtifact."""
    return read_json(folder, RECORD)


def teacher_from(options: Mapping[str, Any], folder: Path | None, student: Path, arch: str | None = None) -> Teacher:
    """The teacher in ``folder`` with the weights of ``options``; ``arch`` is the student's where it is another one.

    Raises RunFailed where it cannot teach ``student``.
    """
    if folder is None:
        raise RunFailed(
            "There is no teacher to learn from: choose a larger model of this project that was trained here.",
            code="no_teacher",
        )
    teaching, learning = read_architecture(folder), read_architecture(student)
    if list(teaching["classes"]) != list(learning["classes"]):
        raise RunFailed(
            f"The teacher knows other classes ({_names(teaching)}) than its student ({_names(learning)}); "
            "both must have the same ones in the same order.",
            code="teacher_classes",
        )
    theirs, ours = str(teaching["arch"]), arch or str(learning["arch"])
    if trainer_for_arch(theirs) != trainer_for_arch(ours):
        raise RunFailed(
            f"A {theirs} cannot teach a {ours}: they are networks of different kinds.", code="teacher_family"
        )
    names = ("temperature", "hard", "soft", "feature")
    return Teacher(folder, **{name: float(options[name]) for name in names})


def learn(
    lesson: Lesson, context: StepContext, workdir: Path, portion: tuple[float, float] = (0.0, 1.0)
) -> tuple[Path, dict[str, Any]]:
    """Train in ``workdir``, or go on there; the trained folder and what is worth telling of it.

    ``portion`` is the part of the step's progress that this training fills. Without epochs ``start`` is returned.
    Raises RunCancelled (from callbacks) and RunFailed.
    """
    low, high = portion
    context.on_progress(low)
    if lesson.epochs < 1:
        context.on_progress(high)
        return lesson.start, {"epochs": 0}
    architecture = read_architecture(lesson.start)
    _same_classes(architecture, context)
    slug = trainer_for_arch(lesson.arch or architecture["arch"])
    request = _request(lesson, context, workdir, slug, low, high)
    with holding_zeros(active=lesson.warm and lesson.arch is None and is_sparse(lesson.start)):
        trained = load_trainer(slug).train(request)
    _tidy(workdir, trained)
    context.on_progress(high)
    return trained.folder, _told(read_record(trained.folder))


def _tidy(workdir: Path, trained: Trained) -> None:
    """Drop what only going on would need (checkpoints, shrunk pictures): a finished training is not gone on with."""
    for path in workdir.iterdir():
        if path == trained.folder:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _request(lesson: Lesson, context: StepContext, workdir: Path, slug: str, low: float, high: float) -> TrainRequest:
    architecture, record = read_architecture(lesson.start), read_record(lesson.start)
    return TrainRequest(
        snapshot=context.snapshot,
        workdir=workdir,
        arch=lesson.arch or architecture["arch"],
        architecture=None if lesson.arch else architecture,
        init=lesson.start if lesson.warm else None,
        keep_start=lesson.warm and lesson.arch is None,
        epochs=lesson.epochs,
        image_size=int(record["image_size"]),
        batch=int(record.get("settings", {}).get("batch", 16)),
        seed=context.seed,
        device=context.device,
        minutes=lesson.minutes,
        threads=context.threads,
        teacher=lesson.teacher,
        quantization_aware=lesson.quantization_aware,
        options=_settings(slug, record, lesson.lr),
        on_epoch=context.on_epoch,
        on_tick=lambda done: context.on_progress(low + (high - low) * min(1.0, done)),
    )


def _settings(slug: str, record: Mapping[str, Any], lr: float | None) -> dict[str, Any]:
    """What was asked of the training before, where its trainer knows it, with the learning rate asked for now.

    Only what was asked: trainers choose other defaults for a warm start than for one from nothing.
    """
    known = TRAINERS[slug].schema.get("properties", {})
    before = record.get("request", {}).get("options", {})
    settings = {name: value for name, value in before.items() if name in known and name not in _OF_ITS_OWN}
    if lr is not None:
        settings["lr0" if "lr0" in known else "lr"] = lr
    return settings


def _same_classes(architecture: Mapping[str, Any], context: StepContext) -> None:
    if list(architecture["classes"]) != list(context.snapshot.classes):
        raise RunFailed(
            f"The model knows {_names(architecture)}, the dataset version has "
            f"{', '.join(context.snapshot.classes)}: train it on this version first.",
            code="other_classes",
        )


def _told(record: Mapping[str, Any]) -> dict[str, Any]:
    """Epochs, the best of them and its metrics on val; epoch 0 are the weights that the training started from."""
    best = int(record["best_epoch"])
    row: dict[str, Any] = next((row for row in record["history"] if row["epoch"] == best), {})
    metrics = {name: value for name, value in row.items() if name not in {"epoch", "seconds"}}
    return {"epochs": len([r for r in record["history"] if r["epoch"] > 0]), "best_epoch": best, "best": metrics}


def _names(architecture: Mapping[str, Any]) -> str:
    return ", ".join(str(name) for name in architecture["classes"])
