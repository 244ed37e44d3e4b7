"""What a compression made, by distinct weights: which artifacts are judged, and how they are registered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from annotator.jobs.context import RunContext
from annotator.models import DatasetVersion, Run
from compression.core.judging.judge import Judged
from compression.core.model import Model
from compression.core.planning.pipeline import Station, fingerprint, weights_sha256
from compression.core.planning.plan import Plan, plan_to_json
from compression.jobs import stages
from compression.jobs.origin import Origin
from compression.services.reports import Measured, add_measured, record_measured, register_training
from prelabel.core.artifact import load_artifact
from prelabel.models import ModelVariant, ModelVersion
from prelabel.services.registry import VersionRecord

SOURCE, DEPLOYED = "source", "deployed"


@dataclass(frozen=True)
class Made:
    """The result of one plan."""

    plan: Plan
    stations: Sequence[Station]
    trial: int | None = None  # number of the search's trial

    @property
    def model(self) -> Model:
        """What came out."""
        return self.stations[-1].model


@dataclass(frozen=True)
class Candidate:
    """One artifact to judge. ``name`` is a file name; ``weights`` tells which version it belongs to."""

    name: str
    folder: Path
    precision: str
    weights: str
    made: Made
    final: bool  # the plan's result; else the fp32 form of the same weights


@dataclass
class Registered:
    """Versions by hash of their weights, variants by candidate."""

    versions: dict[str, ModelVersion] = field(default_factory=dict)
    variants: dict[str, ModelVariant] = field(default_factory=dict)
    source: ModelVariant | None = None


def candidates_of(results: Sequence[Made], source: Model) -> list[Candidate]:
    """The final artifact of each result and the fp32 form of its weights, each once."""
    found: dict[tuple[str, str], Candidate] = {}
    own = weights_sha256(source)
    for made in results:
        weights = weights_sha256(made.model)
        parts = [(made.model.artifact, True)]
        fp32 = _fp32_of(made, weights) if weights != own else None
        if fp32 is not None and fp32.resolve() != made.model.artifact.resolve():
            parts.append((fp32, False))
        for folder, final in parts:
            precision = load_artifact(folder).manifest.precision
            name = f"{precision}-{fingerprint(replace(made.model, artifact=folder))[:8]}"
            known = found.get((weights, precision))
            if known is None or (final and not known.final):
                found[(weights, precision)] = Candidate(name, folder, precision, weights, made, final)
    return list(found.values())


def _fp32_of(made: Made, weights: str) -> Path | None:
    """The fp32 export of just these weights, where a step on the weights left one (training with rounding does not)."""
    for station in reversed(made.stations):
        same = weights_sha256(station.model) == weights
        if same and (station.folder / "fp32" / "manifest.json").exists():
            return station.folder / "fp32"
    return None


def register(
    context: RunContext,
    version: DatasetVersion,
    origin: Origin,
    candidates: Sequence[Candidate],
    judged: Mapping[str, Judged],
) -> Registered:
    """A version for every distinct set of weights, with its variants. Registering again adds nothing."""
    context.progress(0, 1, "register")
    done = Registered()
    run = Run.objects.select_related("project").get(pk=context.run_id)
    base = _register_source(context, version, origin, run, judged[SOURCE])
    own = weights_sha256(origin.model)
    done.versions[own] = base
    done.source = _source_variant(context, version, origin, base, run, judged[SOURCE])
    _record_deployed(context, version, run, done.source, judged)
    for weights in dict.fromkeys(one.weights for one in candidates):
        group = [one for one in candidates if one.weights == weights]
        measured = {one.name: _measured(context, judged[one.name], done.source) for one in group}
        if weights == own and _has_room(base, group):
            done.variants |= add_measured(
                actor=stages.actor_of(context), run=run, dataset_version=version, version=base, variants=measured
            )
            continue
        made, variants = register_training(
            actor=stages.actor_of(context),
            run=run,
            dataset_version=version,
            record=_record(context, version, origin, base, run, group, judged),
            variants=measured,
        )
        done.versions[weights] = made
        done.variants |= variants
    context.progress(1, 1, "register")
    return done


def _measured(context: RunContext, judged: Judged, source: ModelVariant | None) -> Measured:
    found = stages.measured(context, judged)
    if found.gate is not None and found.gate.get("parent") == SOURCE and source is not None:
        return replace(found, gate={**found.gate, "parent_variant_id": source.pk})
    return found


def _register_source(
    context: RunContext, version: DatasetVersion, origin: Origin, run: Run, judged: Judged
) -> ModelVersion:
    """The version to compress; registered now where this run trained it."""
    if origin.version is not None:
        return origin.version
    assert origin.start is not None and origin.model.trained is not None
    record = _training(origin.model.trained)
    measured = stages.measured(context, judged)
    made, _ = register_training(
        actor=stages.actor_of(context),
        run=run,
        dataset_version=version,
        record=VersionRecord(
            name=origin.arch,
            arch=origin.arch,
            parent=origin.start.parent,
            dataset_version=version,
            run=run,
            training_folder=origin.model.trained,
            record={**record, **_size(judged), "start": origin.start.story},
            key="source",
        ),
        variants={"fp32": measured},
    )
    return made


def _source_variant(
    context: RunContext, version: DatasetVersion, origin: Origin, base: ModelVersion, run: Run, judged: Judged
) -> ModelVariant | None:
    """The file that all results are compared with, in the registry, with what was measured of it on these pictures.

    A version that came in another precision alone gets the fp32 file that its weights were exported to: the numbers
    of the one are not those of the other.
    """
    variant = origin.variant
    if origin.version is None:  # registered a moment ago, with its reports
        return base.variants.filter(precision="fp32").first()
    measured = stages.measured(context, judged)
    if variant is not None and variant.precision == load_artifact(origin.model.artifact).manifest.precision:
        record_measured(variant=variant, dataset_version=version, run=run, measured=measured)
        return variant
    made = add_measured(
        actor=stages.actor_of(context), run=run, dataset_version=version, version=base, variants={SOURCE: measured}
    )
    return made[SOURCE]


def _record_deployed(
    context: RunContext,
    version: DatasetVersion,
    run: Run,
    source: ModelVariant | None,
    judged: Mapping[str, Judged],
) -> None:
    """What the gate saw of the deployed file, so that a person can look at the same pictures before a promotion."""
    deployed = stages.deployed_before(context)
    if deployed is not None and deployed != source and DEPLOYED in judged:
        measured = stages.measured(context, judged[DEPLOYED])
        record_measured(variant=deployed, dataset_version=version, run=run, measured=measured)


def _has_room(base: ModelVersion, group: Sequence[Candidate]) -> bool:
    """Whether the version has no other file of these precisions: one that is deployed must stay what it is."""
    for one in group:
        there = base.variants.filter(format="onnx", precision=one.precision).first()
        if there is not None and there.manifest["files"] != _files(one.folder):
            return False
    return True


def _files(folder: Path) -> Any:
    return load_artifact(folder).manifest.to_json()["files"]


def _record(
    context: RunContext,
    version: DatasetVersion,
    origin: Origin,
    base: ModelVersion,
    run: Run,
    group: Sequence[Candidate],
    judged: Mapping[str, Judged],
) -> VersionRecord:
    made = group[0].made
    trained = made.model.trained
    steps = plan_to_json(made.plan)
    arch = _arch(trained) if trained else origin.arch
    return VersionRecord(
        name=_name(arch, steps),
        arch=arch,
        parent=base,
        dataset_version=version,
        run=run,
        training_folder=trained,
        record={
            **(_training(trained) if trained else {}),
            **_size(judged[group[0].name]),
            "steps": steps,
            "compression": [dict(entry) for entry in made.model.history],
            "trial": made.trial,
            "seed": int(context.params.get("seed") or 0),
        },
        key=group[0].weights,
    )


def _name(arch: str, steps: Sequence[Mapping[str, Any]]) -> str:
    """The architecture with what was done to its weights, in words that fit a list."""
    words = [arch]
    for one in steps:
        if one["step"] == "prune":
            words.append(f"pruned {100 * float(one['options']['amount']):.0f} %")
        elif one["step"] == "resolution":
            words.append(f"{one['options']['image_size']} px")
        elif one["step"] == "distil":
            words.append("distilled")
        elif one["step"] == "quantize" and one["options"].get("scheme") == "qat":
            words.append("trained for int8")
    return " ".join(words)[:120]


def _size(judged: Judged) -> dict[str, Any]:
    return {key: judged.latency[key] for key in ("params", "macs") if key in judged.latency}


def _arch(trained: Path) -> str:
    return str(json.loads((trained / "architecture.json").read_text(encoding="utf-8"))["arch"])


def _training(trained: Path) -> dict[str, Any]:
    path = trained / "training.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}
