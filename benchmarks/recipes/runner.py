"""Trainings and compression steps of the product over one snapshot, each a stage that need not be done twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.stages import Stages, say
from compression.core.judging.evaluation import evaluate
from compression.core.model import Model, load_model
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from compression.core.steps import load_step
from compression.core.trainer import EpochReport, TrainRequest
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.core.training.fine_tune import read_architecture


@dataclass(frozen=True)
class Training:
    """How networks are trained from a start; ``settings`` are options of the trainer."""

    image_size: int
    batch: int = 16
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Runner:
    """Everything that one seed does; ``metric`` is what val is judged by, ``allowed_drop`` relative."""

    snapshot: Snapshot
    stages: Stages
    training: Training
    metric: str
    seed: int = 0
    device: str = "cpu"
    allowed_drop: float = 0.02

    def train(
        self,
        name: str,
        arch: str,
        epochs: int,
        *,
        like: Model | None = None,
        start: Model | None = None,
        init: Path | None = None,
    ) -> Model:
        """From random weights (``like``: in the widths of that model), on from ``start``, or from a folder ``init``."""
        config = {
            "arch": arch, "epochs": epochs, "training": vars(self.training), "seed": self.seed,
            "like": origin(like), "start": origin(start), "init": init and init.name,
        }  # fmt: skip

        def request(folder: Path) -> TrainRequest:
            source = start or like
            return TrainRequest(
                snapshot=self.snapshot,
                workdir=folder / "training",
                arch=arch,
                architecture=read_architecture(source.trained) if source and source.trained else None,
                init=start.trained if start else init,
                keep_start=start is not None,
                epochs=epochs,
                image_size=self.training.image_size,
                batch=self.training.batch,
                seed=self.seed,
                device=self.device,
                options=self.training.settings,
                on_epoch=lambda report: tell(name, report),
            )

        def work(folder: Path) -> None:
            trainer = load_trainer(trainer_for_arch(arch))
            trainer.export(trainer.train(request(folder)), folder / "fp32")

        folder = self.stages.run(name, config, work)
        return Model(artifact=folder / "fp32", trained=folder / "training" / "trained")

    def step(
        self, slug: str, model: Model, options: dict[str, Any], teacher: Model | None = None, label: str = ""
    ) -> Model:
        """One compression step of the product."""
        name = label or slug
        config = {"options": options, "seed": self.seed, "from": origin(model), "teacher": origin(teacher)}

        def work(folder: Path) -> None:
            context = StepContext(
                snapshot=self.snapshot,
                out=folder,
                options=options,
                allowed_drop=self.allowed_drop,
                teacher=teacher.trained if teacher else None,
                seed=self.seed,
                device=self.device,
                on_epoch=lambda report: tell(name, report),
                log=say,
            )
            load_step(slug).apply(model, context)

        made = load_model(self.stages.run(name, config, work))
        assert made is not None
        return made

    def better(self, models: dict[str, Model]) -> tuple[str, Model]:
        """The best of ``models`` on val."""
        values = {name: self.value(model) for name, model in models.items()}
        best = max(values, key=values.__getitem__)
        say(f"on val: {', '.join(f'{name} {value:.4f}' for name, value in values.items())}; {best} goes on")
        return best, models[best]

    def value(self, model: Model) -> float:
        """The metric on val."""
        snapshot = self.snapshot
        found = evaluate(model.artifact, snapshot.items["val"], snapshot.classes, snapshot.task_type, threads=2)
        return float(found.metrics[self.metric])


def origin(model: Model | None) -> str | None:
    """The stage that made a model: its folder's name holds the hash of all that decides it."""
    if model is None:
        return None
    for part in reversed(model.artifact.parts[:-1]):
        if "-" in part and len(part.rsplit("-", 1)[1]) == 16:
            return part
    raise ValueError(f"{model.artifact} is in no stage's folder")


def tell(name: str, report: EpochReport) -> None:
    """A line now and then."""
    if report.epoch % 5 == 0 or report.epoch == report.epochs:
        numbers = " ".join(f"{key} {value:.3f}" for key, value in report.metrics.items())
        say(f"{name}: epoch {report.epoch} of {report.epochs}: {numbers}; {report.eta_s / 60:.0f} min to go")
