"""What every target keeps to, on real files in real runtimes: parity, round trip, hashes, refusals."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotator.core.errors import BadArtifact, NotFound, RunFailed
from compression.core.exporting.environments import ISOLATED
from compression.core.exporting.parity import input_batch, parent_outputs
from compression.core.exporting.target_needs import missing_for
from compression.core.model import Model
from compression.core.targets import TARGETS, load_target
from prelabel.core.artifact import OWN_TARGETS, RUNNABLE_TARGETS, load_artifact
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright
from tests.contracts.exported_models import ROAD, SIZES, Exportable, make_exportable

HERE = [slug for slug in TARGETS if slug not in ISOLATED and slug != "tensorrt"]
# Every kind in the plain precision, the others on the detector, whose boxes are the first to move.
CASES = [(kind, slug, "fp32") for kind in sorted(SIZES) for slug in HERE]
CASES += [("detector", slug, precision) for slug in HERE for precision in TARGETS[slug].precisions[1:]]


@pytest.fixture(scope="session")
def exportables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Exportable]:
    made: dict[str, Exportable] = {}

    def make(kind: str) -> Exportable:
        if kind not in made:
            made[kind] = make_exportable(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return make


@pytest.fixture(scope="session")
def detector(exportables: Callable[[str], Exportable]) -> Exportable:
    return exportables("detector")


@pytest.fixture(scope="session")
def exported(detector: Exportable, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Path], Path]:
    """A copy of the detector's export to a target, made once."""
    made: dict[str, Path] = {}

    def copy(slug: str, out: Path) -> Path:
        if slug not in made:
            made[slug] = tmp_path_factory.mktemp(slug) / "out"
            load_target(slug).export(detector.request(made[slug]))
        return Path(shutil.copytree(made[slug], out))

    return copy


def stored(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def check_export(given: Exportable, slug: str, precision: str, out: Path) -> None:
    """Exported, loaded again, equal to the parent within the tolerance; the record says so; the parent is untouched."""
    before = {path: path.read_bytes() for path in given.model.artifact.iterdir()}
    made = load_target(slug).export(given.request(out, precision))
    manifest = stored(out)
    assert {path: path.read_bytes() for path in given.model.artifact.iterdir()} == before
    assert manifest["target"] == slug
    assert made.size_bytes == sum(entry["size_bytes"] for entry in manifest["files"].values())
    assert made.parity is not None and made.parity.pictures == len(given.pictures)
    assert made.parity.agreement >= made.parity.tolerance
    assert manifest["export"]["parity"]["max_abs"] == pytest.approx(made.parity.max_abs)
    parent = load_artifact(given.model.artifact)
    batch = input_batch(parent.manifest, given.pictures)
    again = load_target(slug).run(out, batch)
    spread = max(float(np.abs(one).max()) for one in parent_outputs(parent, batch))
    loose = 0.2 if precision == "int8" else 0.02 if precision in ("fp16", "w8") else 1e-4
    for mine, theirs in zip(again, parent_outputs(parent, batch), strict=True):
        assert float(np.abs(mine - theirs).max()) <= loose * spread


@pytest.mark.parametrize(("kind", "slug", "precision"), CASES)
def test_an_export_says_what_its_parent_says(
    kind: str, slug: str, precision: str, exportables: Callable[[str], Exportable], tmp_path: Path
) -> None:
    check_export(exportables(kind), slug, precision, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("slug", sorted(set(ISOLATED) - {"coreml"}))
def test_a_converter_in_its_own_environment_does_the_same(
    slug: str, detector: Exportable, isolated: Callable[[str], None], tmp_path: Path
) -> None:
    isolated(slug)
    for precision in TARGETS[slug].precisions:
        check_export(detector, slug, precision, tmp_path / precision)


@pytest.mark.slow
def test_coreml_reads_back_as_it_was_written(
    detector: Exportable, isolated: Callable[[str], None], tmp_path: Path
) -> None:
    isolated("coreml")
    made = load_target("coreml").export(detector.request(tmp_path / "out"))
    assert list(stored(tmp_path / "out")["files"]) == ["model.mlpackage.zip"]
    assert made.parity is not None or "macOS" in made.notes[0]


@pytest.fixture(scope="session")
def isolated() -> Callable[[str], None]:
    """Builds a converter's environment where it is not there yet; kept, since LiteRT's takes 1.2 GB."""
    from compression.core.exporting.environments import install, python_of

    def ready(slug: str) -> None:
        if python_of(slug) is None:
            install(slug)

    return ready


@pytest.mark.parametrize("slug", sorted(RUNNABLE_TARGETS))
def test_an_int8_model_stays_int8_and_small(slug: str, detector: Exportable, tmp_path: Path) -> None:
    """The shipped detector: simplification must not fold its quantized weights into floats."""
    request = replace(detector.request(tmp_path / "out"), model=Model(ROAD))
    made = load_target(slug).export(request)
    assert stored(tmp_path / "out")["precision"] == "int8"
    assert made.size_bytes < 0.6 * (detector.model.artifact / "model.onnx").stat().st_size


def test_onnx_takes_any_number_of_pictures(
    detector: Exportable, exported: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    exported("onnx", tmp_path / "free")
    batch = input_batch(load_artifact(detector.model.artifact).manifest, detector.pictures)
    for count in (1, 2, 3):
        assert load_target("onnx").run(tmp_path / "free", batch[:count])[0].shape[0] == count


def test_onnx_keeps_a_batch_of_one_where_asked(detector: Exportable, tmp_path: Path) -> None:
    import onnx

    load_target("onnx").export(detector.request(tmp_path / "fixed", fixed_batch=True))
    graph = onnx.load(tmp_path / "fixed" / "model.onnx").graph
    assert graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1


def test_the_effect_of_fusion_and_simplification_is_on_record(
    exported: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    exported("onnx", tmp_path / "out")
    graph = stored(tmp_path / "out")["export"]["graph"]
    assert graph["compared_with"] == "the network written layer by layer"
    assert graph["nodes_after"] < graph["nodes_before"]
    assert all(graph[f"{kind}_{side}"] > 0 for kind in ("as_is", "ms") for side in ("before", "after"))


def test_a_predictor_opens_what_is_for_the_predictors_runtimes(
    detector: Exportable, exported: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    picture = decode_upright(detector.pictures[0])
    wanted = load_predictor(detector.model.artifact).predict([picture])[0]
    for slug in sorted(RUNNABLE_TARGETS):
        exported(slug, tmp_path / slug)
        found = load_predictor(tmp_path / slug).predict([picture])[0]
        assert [one.class_index for one in found] == [one.class_index for one in wanted]


@pytest.mark.parametrize("slug", HERE)
def test_a_file_that_was_tampered_with_is_refused_by_its_hash(
    slug: str, exported: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    exported(slug, tmp_path / "out")
    path = max((tmp_path / "out").glob("model.*"), key=lambda one: one.stat().st_size)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(BadArtifact, match="sha256"):
        load_artifact(tmp_path / "out", own=True)


def test_a_file_that_can_carry_code_is_taken_from_ourselves_alone(
    exported: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    exported("torchscript", tmp_path / "out")
    assert "torchscript" in OWN_TARGETS
    assert load_artifact(tmp_path / "out", own=True).model_path.name == "model.torchscript"
    with pytest.raises(BadArtifact, match="code"):
        load_artifact(tmp_path / "out")
    with pytest.raises(BadArtifact, match="code"):
        load_predictor(tmp_path / "out")


def test_a_pickle_is_no_export_whatever_the_manifest_says(
    exported: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    exported("torchscript", tmp_path / "out")
    manifest = stored(tmp_path / "out")
    entry = manifest["files"].pop("model.torchscript")
    (tmp_path / "out" / "model.torchscript").rename(tmp_path / "out" / "model.pt")
    changed = manifest | {"files": {"model.pt": entry}}
    (tmp_path / "out" / "manifest.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(BadArtifact, match="pickle"):
        load_artifact(tmp_path / "out", own=True)


@pytest.mark.parametrize("slug", [slug for slug, info in TARGETS.items() if info.needs == "weights"])
def test_a_target_that_needs_the_network_says_so_of_a_model_that_came_as_a_file(
    slug: str, detector: Exportable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = load_target(slug)
    monkeypatch.setattr(target, "missing", lambda: None)
    request = replace(detector.request(tmp_path / "out"), model=replace(detector.model, trained=None))
    with pytest.raises(RunFailed) as refused:
        target.export(request)
    assert refused.value.code == "no_weights"


@pytest.mark.parametrize("slug", sorted(ISOLATED))
def test_a_missing_converter_is_named_with_the_command_that_installs_it(
    slug: str, detector: Exportable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WINNOW_TARGETS_DIR", str(tmp_path / "none"))
    monkeypatch.setitem(ISOLATED, slug, "a_package_that_nobody_has")
    with pytest.raises(RunFailed, match=f"manage.py install_target {slug}") as refused:
        load_target(slug).export(detector.request(tmp_path / "out"))
    assert refused.value.code == "target_missing"


def test_tensorrt_says_what_it_lacks_and_asks_for_nothing_else(detector: Exportable, tmp_path: Path) -> None:
    missing = missing_for("tensorrt")
    if missing is None:  # a machine with an NVIDIA GPU and TensorRT: then it must work
        check_export(detector, "tensorrt", "fp32", tmp_path / "out")
    else:
        with pytest.raises(RunFailed, match="TensorRT") as refused:
            load_target("tensorrt").export(detector.request(tmp_path / "out"))
        assert refused.value.code == "target_missing"


def test_a_precision_that_a_target_does_not_write_is_refused(detector: Exportable, tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="it writes fp32, fp16") as refused:
        load_target("openvino").export(detector.request(tmp_path / "out", "int4"))
    assert refused.value.code == "bad_precision"


def test_without_pictures_nothing_is_called_equal(detector: Exportable, tmp_path: Path) -> None:
    with pytest.raises(RunFailed) as refused:
        load_target("openvino").export(replace(detector.request(tmp_path / "out"), pictures=()))
    assert refused.value.code == "no_pictures"


def test_an_unknown_target_is_not_found() -> None:
    with pytest.raises(NotFound, match="tflite"):
        load_target("tflite")


def test_every_entry_of_the_table_is_the_class_that_it_names() -> None:
    assert {slug: load_target(slug).slug for slug in TARGETS} == {slug: slug for slug in TARGETS}
