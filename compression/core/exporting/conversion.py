"""What every export shares: the network to convert, and the manifest, parity and record of the file that came out."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.core.errors import RunFailed
from compression.core.exporting.parity import check, compare, input_batch, parent_outputs
from compression.core.target import Exported, Parity, Target, TargetRequest
from compression.core.trainers import load_trainer, trainer_for_arch
from prelabel.core.artifact import Artifact, describe_file, load_artifact, save_manifest

if TYPE_CHECKING:
    from compression.core.exporting.onnx_export import Handed


QUANTIZED = 0.8


@dataclass(frozen=True)
class Conversion:
    """One target's work on one request, from the start of its clock."""

    target: Target
    request: TargetRequest
    tolerance: float  # least agreement with the parent
    started: float = field(default_factory=time.monotonic)

    def begin(self, precisions: Sequence[str]) -> Path:
        """The folder to write into. Raises RunFailed where the target is not installed or lacks the precision."""
        missing = self.target.missing()
        if missing is not None:
            raise RunFailed(missing, code="target_missing", target=self.target.slug)
        if self.request.precision not in precisions:
            raise RunFailed(
                f"{self.target.slug} does not write {self.request.precision}; it writes {', '.join(precisions)}.",
                code="bad_precision",
            )
        self.request.out.mkdir(parents=True, exist_ok=True)
        return self.request.out

    def finish(
        self,
        parent: Artifact,
        files: Sequence[Path],
        *,
        precision: str | None = None,
        graph: Mapping[str, Any] | None = None,
        notes: Sequence[str] = (),
        comparable: bool = True,
    ) -> Exported:
        """Write the manifest, load the folder again, compare on real pictures and note all of it.

        ``precision``: what the file holds, the parent's where None. ``graph``: effect of the simplification.
        Raises RunFailed (parity).
        """
        out, slug = self.request.out, self.target.slug
        manifest = replace(
            parent.manifest,
            target=slug,
            precision=precision or parent.manifest.precision,
            parent=parent.manifest.name,
            files={path.name: describe_file(path) for path in files},
            export={},
        )
        save_manifest(out, manifest)
        self.request.on_progress(0.7)
        load_artifact(out, own=True)
        parity = self._parity(parent) if comparable else None
        seconds = round(time.monotonic() - self.started, 2)
        record = {"seconds": seconds, "parity": parity and asdict(parity), "notes": list(notes)}
        save_manifest(out, replace(manifest, export=record | ({"graph": dict(graph)} if graph else {})))
        self.request.on_progress(1.0)
        return Exported(out, manifest.size_bytes, parity, seconds, tuple(notes))

    def _parity(self, parent: Artifact) -> Parity:
        batch = input_batch(parent.manifest, self.request.pictures)
        outputs = self.target.run(self.request.out, batch)
        parity = compare(parent.manifest, parent_outputs(parent, batch), outputs, self.tolerance)
        return check(parity, f"The {self.target.slug} file")


def promised(parent: Artifact, stated: float) -> float:
    """The agreement to ask of another runtime: less where the parent is quantized.

    Integer kernels differ in what they round and where they saturate (ONNX Runtime's U8S8 without VNNI adds pairs in 16
    bits): the shipped INT8 detector agrees with itself in OpenVINO on 87 to 91 %.
    """
    return stated if parent.manifest.precision in ("fp32", "fp16", "bf16") else min(stated, QUANTIZED)


def parent_of(request: TargetRequest) -> Artifact:
    """The artifact that the request starts from. Raises BadArtifact for a file that was tampered with."""
    return load_artifact(request.model.artifact)


def network_of(request: TargetRequest) -> tuple[Handed, Artifact]:
    """The network as its trainer exports it and the fp32 ONNX artifact of the same weights, to compare with.

    A quantized model's network is its fp32 one: each runtime quantizes in its own way. Raises RunFailed (no_weights).
    """
    from compression.core.exporting.onnx_export import watch_exports

    trained = request.model.trained
    if trained is None:
        raise RunFailed(
            "This target converts the network, and the model came as a file without weights to train on. Export it "
            "to ONNX or OpenVINO, or train a model here.",
            code="no_weights",
        )
    from compression.core.trainer import Trained

    architecture = json.loads((trained / "architecture.json").read_text(encoding="utf-8"))
    trainer = load_trainer(trainer_for_arch(architecture["arch"]))
    with watch_exports() as seen:
        folder = trainer.export(Trained(trained), request.out / ".parent")
    if not seen:
        raise RunFailed(f"The trainer {trainer.slug} hands no network over.", code="no_weights")
    parent = load_artifact(folder)
    own = load_artifact(request.model.artifact).manifest
    return seen[-1], Artifact(
        parent.folder, replace(parent.manifest, name=own.name, dataset_version=own.dataset_version)
    )
