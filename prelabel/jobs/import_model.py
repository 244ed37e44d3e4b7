"""Brings in an ONNX model: opens it in a worker, checks it against its manifest, and only then registers it."""

from __future__ import annotations

from typing import Any

from annotator.core.errors import BadArtifact
from annotator.jobs.context import RunContext
from annotator.models import LabelClass, Project, Run
from prelabel.core.artifact import Manifest, load_artifact
from prelabel.core.documents import map_classes
from prelabel.core.onnx_checks import check_onnx
from prelabel.core.predictors import load_predictor
from prelabel.services.registry import VersionRecord, fetch_artifact, register_variant, register_version


def run(context: RunContext) -> dict[str, Any]:
    """Verify and register. Parameter ``manifest``: the checked manifest, its files stored as blobs.

    The model runs once on a blank picture, so that a head which does not fit the class list is refused here and not in
    the middle of a predict run. Raises BadArtifact.
    """
    manifest = Manifest.from_json(context.params.get("manifest"))
    project = Project.objects.get(pk=context.project_id)
    if manifest.task_type != project.task_type:
        raise BadArtifact(
            f"The model is for {manifest.task_type}, the project for {project.task_type}.", field="task_type"
        )
    context.progress(0, 3, stage="check")
    folder = fetch_artifact(manifest=manifest.to_json(), folder=context.workdir / "artifact")
    artifact = load_artifact(folder)
    check_onnx(artifact.model_path, manifest)
    context.progress(1, 3, stage="open")
    load_predictor(folder)
    context.log(f"{manifest.name} opens, runs and gives scores for {len(manifest.classes)} classes")
    unmapped = _tell_classes(context, manifest)
    context.progress(2, 3, stage="register")
    this_run = Run.objects.select_related("created_by").get(pk=context.run_id)
    version = register_version(
        actor=this_run.created_by,
        project=project,
        record=VersionRecord(
            name=manifest.name,
            arch=manifest.arch or manifest.predictor,
            run=this_run,
            record={"imported": True, "licence": manifest.licence},
        ),
    )
    variant = register_variant(actor=this_run.created_by, version=version, artifact_folder=folder)
    context.progress(3, 3, stage="register")
    return {"version_id": version.pk, "variant_id": variant.pk, "classes": list(manifest.classes), "unmapped": unmapped}


def _tell_classes(context: RunContext, manifest: Manifest) -> list[str]:
    """Log and return the model's classes that the project lacks; they may be added until the model is deployed."""
    labels = LabelClass.objects.filter(project_id=context.project_id, archived=False).values_list("name", "pk")
    classes = map_classes(manifest.classes, dict(labels))
    if classes.unmapped:
        shown = ", ".join(classes.unmapped[:20]) + ("…" if len(classes.unmapped) > 20 else "")
        what = "their guesses will be dropped" if classes.ids else "it can predict nothing here"
        context.log(f"The project has no class called {shown}: {what} until you add classes of these names")
    return list(classes.unmapped)
