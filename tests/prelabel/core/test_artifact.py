"""A model folder is believed only after every byte and every field of it was checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import BadArtifact
from prelabel.core.artifact import (
    MAX_MANIFEST_BYTES,
    Manifest,
    describe_file,
    load_artifact,
    parse_manifest,
    save_manifest,
)


def _document(**changes: Any) -> dict[str, Any]:
    return {
        "schema": 1,
        "name": "yolo11n-road",
        "task_type": "object_detection",
        "predictor": "yolo",
        "arch": "yolo11n",
        "classes": ["vehicle", "pedestrian"],
        "input": {"width": 320, "height": 320, "channels": "RGB", "name": "images"},
        "preprocess": {"resize": "letterbox", "pad": 114, "scale": 0.00392, "mean": [0, 0, 0], "std": [1, 1, 1]},
        "output": {"decoder": "yolo", "nms_iou": 0.45, "strides": [8, 16, 32]},
        "precision": "fp32",
        "files": {"model.onnx": {"sha256": "0" * 64, "size_bytes": 3}},
        "parent": None,
        "dataset_version": None,
        "licence": "AGPL-3.0",
        **changes,
    }


def _folder(tmp_path: Path, name: str = "model.onnx", data: bytes = b"onnx bytes") -> Path:
    (tmp_path / name).write_bytes(data)
    files = {name: {"sha256": describe_file(tmp_path / name).sha256, "size_bytes": len(data)}}
    (tmp_path / "manifest.json").write_text(json.dumps(_document(files=files)))
    return tmp_path


def test_a_manifest_survives_the_way_to_json_and_back() -> None:
    manifest = Manifest.from_json(_document())
    assert Manifest.from_json(json.loads(json.dumps(manifest.to_json()))) == manifest
    assert manifest.classes == ("vehicle", "pedestrian")
    assert manifest.input.width == 320


def test_a_verified_folder_gives_its_graph(tmp_path: Path) -> None:
    artifact = load_artifact(_folder(tmp_path))
    assert artifact.model_path == tmp_path / "model.onnx"
    assert artifact.manifest.size_bytes == len(b"onnx bytes")


def test_a_saved_manifest_is_the_one_that_is_loaded(tmp_path: Path) -> None:
    artifact = load_artifact(_folder(tmp_path))
    save_manifest(tmp_path, artifact.manifest)
    assert load_artifact(tmp_path) == artifact


def test_one_changed_byte_is_noticed(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "model.onnx").write_bytes(b"onnx bytez")
    with pytest.raises(BadArtifact, match="sha256") as raised:
        load_artifact(folder)
    assert raised.value.details["field"] == "files.model.onnx"


def test_a_missing_or_longer_file_is_noticed(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "model.onnx").write_bytes(b"onnx bytes and more")
    with pytest.raises(BadArtifact, match="19 bytes"):
        load_artifact(folder)
    (folder / "model.onnx").unlink()
    with pytest.raises(BadArtifact, match="not there"):
        load_artifact(folder)


def test_a_link_is_refused_even_when_its_target_has_the_right_bytes(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "model.onnx").rename(folder / "elsewhere")
    (folder / "model.onnx").symlink_to(folder / "elsewhere")
    with pytest.raises(BadArtifact, match="plain file"):
        load_artifact(folder)


@pytest.mark.parametrize("name", ["best.pt", "x.pth", "x.pkl", "X.PT", "x.ckpt", "x.joblib"])
def test_a_pickle_is_refused_by_its_name(name: str) -> None:
    files = {name: {"sha256": "0" * 64, "size_bytes": 3}}
    with pytest.raises(BadArtifact, match="pickle"):
        Manifest.from_json(_document(files=files))


@pytest.mark.parametrize("start", [b"PK\x03\x04torch", b"\x80\x04pickle"])
def test_a_pickle_under_another_name_is_refused_by_its_first_bytes(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(BadArtifact, match="pickle"):
        load_artifact(_folder(tmp_path, data=start))


@pytest.mark.parametrize(
    "name",
    [
        "../model.onnx",
        "/etc/model.onnx",
        "a/../../m.onnx",
        "a\\m.onnx",
        "C:m.onnx",
        "./m.onnx",
        ".hidden/m.onnx",
        "",
        "manifest.json",
        "run.sh",
        "model.py",
        "a//m.onnx",
        "m\0.onnx",
    ],
)
def test_a_file_name_that_leaves_the_folder_or_is_no_model_file_is_refused(name: str) -> None:
    with pytest.raises(BadArtifact):
        Manifest.from_json(_document(files={name: {"sha256": "0" * 64, "size_bytes": 3}}))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"schema": 2}, "schema"),
        ({"task_type": "captioning"}, "task_type"),
        ({"classes": []}, "classes"),
        ({"classes": ["car", "car"]}, "classes"),
        ({"classes": ["car", ""]}, "classes"),
        ({"classes": "car"}, "classes"),
        ({"input": {"width": 100_000, "height": 320}}, "input.width"),
        ({"input": {"width": True, "height": 320}}, "input.width"),
        ({"input": {"width": 320}}, "input.height"),
        ({"preprocess": {"resize": "letterbox", "std": [1, 0, 1]}}, "preprocess.std"),
        ({"preprocess": {"resize": "letterbox", "mean": [0, 0]}}, "preprocess.mean"),
        ({"preprocess": {"resize": "letterbox", "scale": float("nan")}}, "preprocess.scale"),
        ({"output": {"decoder": "softmax"}}, "output.decoder"),
        ({"output": {"decoder": "yolo", "nms_iou": 1.5}}, "output.nms_iou"),
        ({"output": []}, "output"),
        ({"files": {}}, "files"),
        ({"files": {"m.onnx": {"sha256": "G" * 64, "size_bytes": 1}}}, "files.m.onnx.sha256"),
        ({"files": {"m.onnx": {"sha256": "0" * 64, "size_bytes": 10**12}}}, "files.m.onnx.size_bytes"),
        ({"name": ""}, "name"),
        ({"dataset_version": "3"}, "dataset_version"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadArtifact) as raised:
        Manifest.from_json(_document(**changes))
    assert raised.value.details["field"] == field


@pytest.mark.parametrize("data", [b"", b"[1]", b"null", b"\xff\xfe", b"[" * 100_000, b" " * (MAX_MANIFEST_BYTES + 1)])
def test_bytes_that_are_no_manifest_are_refused(data: bytes) -> None:
    with pytest.raises(BadArtifact):
        parse_manifest(data)


def test_two_graphs_without_a_main_one_are_refused(tmp_path: Path) -> None:
    for name in ("a.onnx", "b.onnx"):
        (tmp_path / name).write_bytes(b"abc")
    entry = describe_file(tmp_path / "a.onnx")
    files = {name: {"sha256": entry.sha256, "size_bytes": 3} for name in ("a.onnx", "b.onnx")}
    (tmp_path / "manifest.json").write_text(json.dumps(_document(files=files)))
    with pytest.raises(BadArtifact, match=r"model\.onnx"):
        load_artifact(tmp_path)


def test_the_shipped_templates_are_valid_manifests() -> None:
    folder = Path(__file__).parents[3] / "prelabel" / "manifests"
    templates = sorted(folder.glob("*.json"))
    assert "yolox_nano_416.json" in [path.name for path in templates]
    for path in templates:
        assert len(parse_manifest(path.read_bytes()).classes) == 80
