"""An imported model is registered only after it was opened, run and found to fit its manifest."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator import storage
from annotator.core.errors import BadArtifact
from annotator.models import Run
from prelabel.core.artifact import Manifest, describe_file, load_artifact, save_manifest
from prelabel.jobs import import_model
from prelabel.models import ModelVariant, ModelVersion
from tests.prelabel.toy_models import colour_artifact


def _manifest(folder: Path) -> dict[str, Any]:
    storage.put_file(folder / "model.onnx")
    return load_artifact(folder).manifest.to_json()


def test_a_good_model_becomes_a_version_with_one_variant(
    project: Any, do_run: Callable[..., Any], tmp_path: Path
) -> None:
    manifest = _manifest(colour_artifact(tmp_path / "m", licence="Apache-2.0"))
    result, run = do_run(project, "import_model", import_model.run, manifest=manifest)
    variant = ModelVariant.objects.get(pk=result["variant_id"])
    assert (variant.version.name, variant.version.arch, variant.precision) == ("colours", "toy", "fp32")
    assert variant.manifest == manifest
    assert variant.version.record["licence"] == "Apache-2.0"
    assert variant.version.run == run
    assert not variant.version.training_files


def test_doing_the_run_again_registers_nothing_twice(project: Any, do_run: Callable[..., Any], tmp_path: Path) -> None:
    from annotator.jobs.context import RunContext

    manifest = _manifest(colour_artifact(tmp_path / "m"))
    first, run = do_run(project, "import_model", import_model.run, manifest=manifest)
    assert import_model.run(RunContext(Run.objects.get(pk=run.pk))) == first
    assert (ModelVersion.objects.count(), ModelVariant.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"classes": ("a", "b", "c")}, "output.decoder"), ({"predictor": "yolox"}, "output.decoder")],
)
def test_a_model_that_does_not_fit_its_manifest_is_refused_and_not_registered(
    changes: dict[str, Any], field: str, project: Any, do_run: Callable[..., Any], tmp_path: Path
) -> None:
    manifest = _manifest(colour_artifact(tmp_path / "m", **changes))
    with pytest.raises(BadArtifact) as raised:
        do_run(project, "import_model", import_model.run, manifest=manifest)
    assert raised.value.details["field"] == field
    assert not ModelVersion.objects.exists()


def test_a_model_for_another_task_type_is_refused(
    classification_project: Any, do_run: Callable[..., Any], tmp_path: Path
) -> None:
    manifest = _manifest(colour_artifact(tmp_path / "m"))
    with pytest.raises(BadArtifact, match="object_detection"):
        do_run(classification_project, "import_model", import_model.run, manifest=manifest)


def _changed(folder: Path, data: bytes) -> dict[str, Any]:
    """The manifest of a folder whose model is other bytes by now."""
    manifest = Manifest.from_json(json.loads((folder / "manifest.json").read_text()))
    (folder / "model.onnx").write_bytes(data)
    manifest.files["model.onnx"] = describe_file(folder / "model.onnx")
    save_manifest(folder, manifest)
    return _manifest(folder)


def test_bytes_that_are_no_onnx_are_refused(project: Any, do_run: Callable[..., Any], tmp_path: Path) -> None:
    manifest = _changed(colour_artifact(tmp_path / "m"), b"MZ this is something else")
    with pytest.raises(BadArtifact, match="not an ONNX model"):
        do_run(project, "import_model", import_model.run, manifest=manifest)


def test_classes_that_the_project_lacks_are_told_at_once(
    project: Any, do_run: Callable[..., Any], tmp_path: Path
) -> None:
    manifest = _manifest(colour_artifact(tmp_path / "m", classes=("CAR", "unicorn")))
    result, run = do_run(project, "import_model", import_model.run, manifest=manifest)
    assert result["unmapped"] == ["unicorn"]
    assert run.events.filter(message__contains="no class called unicorn: their guesses will be dropped").exists()


def test_an_operator_of_an_unknown_library_is_refused_before_the_file_is_opened(
    project: Any, do_run: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnx

    folder = colour_artifact(tmp_path / "m")
    model = onnx.load(folder / "model.onnx")
    model.graph.node[0].domain = "acme.ops"
    manifest = _changed(folder, model.SerializeToString())
    monkeypatch.setattr(import_model, "load_predictor", lambda *a, **k: pytest.fail("the model was opened"))
    with pytest.raises(BadArtifact, match=r"acme\.ops"):
        do_run(project, "import_model", import_model.run, manifest=manifest)
    assert not ModelVersion.objects.exists()
