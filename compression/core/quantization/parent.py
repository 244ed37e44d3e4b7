"""The float artifact that is quantized: the model's own, one exported anew, or one fine-tuned with rounding first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from annotator.core.errors import RunFailed
from compression.core.model import Model
from compression.core.quantization.options import Options
from compression.core.step import StepContext
from compression.core.trainer import Trained
from compression.core.trainers import load_trainer, trainer_for_arch
from compression.core.training.fine_tune import Lesson, learn, read_architecture
from prelabel.core.artifact import load_artifact, save_manifest


@dataclass(frozen=True)
class Parent:
    """``artifact`` is float and is what gets quantized; ``before`` is the float model that losses are counted from."""

    artifact: Path
    before: Path
    trained: Path | None


def float_parent(model: Model, context: StepContext, options: Options) -> Parent:
    """Find or make it. Raises RunFailed where the model is quantized already, or QAT lacks weights to train."""
    before = model.artifact
    if load_artifact(before).manifest.precision != "fp32":
        if model.trained is None:
            raise RunFailed(
                "This model is quantized already and came without weights to export again.", code="already_quantized"
            )
        before = export(model.trained, before, context.out / "fp32")
    if options.scheme != "qat":
        return Parent(before, before, model.trained)
    if model.trained is None:
        raise RunFailed("qat trains, and this model came without weights to train on; use int8.", code="no_weights")
    trained = _tuned(model.trained, context, options)
    return Parent(export(trained, before, context.out / "tuned"), before, trained)


def export(trained: Path, like: Path, out: Path) -> Path:
    """The fp32 artifact of a trained folder, under the name of ``like``; kept when it is there already."""
    if not (out / "manifest.json").exists():
        load_trainer(trainer_for_arch(read_architecture(trained)["arch"])).export(Trained(trained), out)
        before = load_artifact(like).manifest
        manifest = replace(load_artifact(out).manifest, name=before.name, dataset_version=before.dataset_version)
        save_manifest(out, manifest)
    return out


def _tuned(trained: Path, context: StepContext, options: Options) -> Path:
    """Train on with int8 rounding in the forward pass; the start competes, so that the result is never worse on val."""
    lesson = Lesson(trained, epochs=options.epochs, lr=options.lr, quantization_aware=True)
    folder, _ = learn(lesson, context, context.out / "training")
    return folder
