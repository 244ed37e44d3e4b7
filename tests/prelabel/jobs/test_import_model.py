"""An imported model is registered only after it was opened, run and found to fit its manifest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from annotator import storage
from annotator.core.errors import BadArtifact
from annotator.models import Run
from prelabel.core.artifact import describe_file, load_artifact, save_manifest
from prelabel.core.external_data import refuse_external_data
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


def test_bytes_that_are_no_onnx_are_refused(project: Any, do_run: Callable[..., Any], tmp_path: Path) -> None:
    folder = colour_artifact(tmp_path / "m")
    manifest = load_artifact(folder).manifest
    (folder / "model.onnx").write_bytes(b"MZ this is something else")
    manifest.files["model.onnx"] = describe_file(folder / "model.onnx")
    save_manifest(folder, manifest)
    with pytest.raises(BadArtifact, match="not an ONNX model"):
        do_run(project, "import_model", import_model.run, manifest=_manifest(folder))


def test_a_graph_that_reads_another_file_is_refused(tmp_path: Path) -> None:
    tensor = numpy_helper.from_array(np.zeros(4, np.float32), "w")
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "../../secret_key"
    graph = helper.make_graph(
        [helper.make_node("Identity", ["w"], ["y"])],
        "g",
        [],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, (4,))],
        [tensor],
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(helper.make_model(graph).SerializeToString())
    with pytest.raises(BadArtifact, match="secret_key"):
        refuse_external_data(path, {"model.onnx"})
    nested = helper.make_node("If", ["c"], ["z"], then_branch=graph, else_branch=graph)
    outer = helper.make_graph([nested], "outer", [], [helper.make_tensor_value_info("z", TensorProto.FLOAT, (4,))])
    path.write_bytes(onnx.helper.make_model(outer).SerializeToString())
    with pytest.raises(BadArtifact, match="secret_key"):
        refuse_external_data(path, {"model.onnx"})
