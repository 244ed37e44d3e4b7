"""The pieces of the quantization table, on the shipped detector: a ruined file is seen and refused, others are not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from annotator.core.scenes.road import draw_scene
from benchmarks import nncf_peer
from benchmarks.quantization import (
    PARENT,
    WHOLE,
    Row,
    judge,
    smaller,
    table,
    time_all,
    variants,
    whole_graph_is_refused,
)
from compression.core.quantization.calibration import observe_parent
from compression.core.quantization.variant import write_variant
from compression.core.snapshot import Snapshot, SnapshotItem
from compression.core.trainer import Trained
from compression.core.trainers import load_trainer
from prelabel.core.artifact import load_artifact
from prelabel.core.base_models import SHIPPED


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    trained = tmp_path_factory.mktemp("trained")
    for name in ("weights.safetensors", "architecture.json"):
        shutil.copyfile(SHIPPED / "road" / name, trained / name)
    (trained / "training.json").write_text(json.dumps({"arch": "yolo11p", "input_shape": [416, 256]}))
    return load_trainer("yolo").export(Trained(trained), tmp_path_factory.mktemp("fp32"))


@pytest.fixture(scope="module")
def snapshot(parent: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("scenes")
    classes = load_artifact(parent).manifest.classes
    items = []
    for number in range(12):
        scene = draw_scene(number)
        path = folder / f"{number}.png"
        scene.image.save(path)
        objects = tuple((classes.index(name), box) for name, box in scene.objects)
        items.append(SnapshotItem(number, path, *scene.image.size, objects))
    splits = {"train": tuple(items[:4]), "val": (), "test": tuple(items[4:])}
    return Snapshot(folder, "object_detection", classes, tuple(range(len(classes))), splits)


@pytest.fixture(scope="module")
def rows(parent: Path, snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    out = tmp_path_factory.mktemp("variants")
    ranges = observe_parent(parent, [item.path for item in snapshot.items["train"]], every_tensor=True)
    found = [Row(PARENT, parent)]
    known = variants(parent)
    for name in (WHOLE, "int8 weights"):
        found.append(Row(name, write_variant(parent, out / known[name].name, known[name], ranges), ("onnxruntime",)))
    judge(found, snapshot)
    time_all(found, rounds=3)
    return found


def test_every_way_of_the_table_has_a_name_of_its_own(parent: Path) -> None:
    known = variants(parent)
    assert len(known) == len({variant.name for variant in known.values()}) == 13
    assert {variant.scheme for variant in known.values()} == {
        "int8", "int8_dynamic", "w8", "int4", "w8a16", "fp16", "bf16",
    }  # fmt: skip
    assert [name for name, variant in known.items() if variant.whole_graph] == [WHOLE]


def test_the_whole_graph_in_8_bits_is_ruined_and_refused(rows: list[Row]) -> None:
    parent, whole, weights = rows
    assert float(parent.found["onnxruntime"].metrics["map50"]) > 0.5
    assert whole_graph_is_refused(rows)
    assert whole.gate is not None
    assert whole.gate["verdict"] == "refuse"
    assert weights.gate is not None
    assert abs(weights.gate["drop"]) < 0.1
    assert not whole_graph_is_refused([parent, Row(WHOLE, weights.folder, gate=weights.gate)])


def test_the_table_has_a_line_for_each_file_and_figures_in_json(rows: list[Row]) -> None:
    lines = table(rows).splitlines()
    assert len(lines) == 2 + len(rows)
    assert len({line.count("|") for line in lines}) == 1
    for row in rows:
        plain = json.loads(json.dumps(row.to_json()))
        assert plain["bytes"] > 0
        assert set(plain["p20_ms"]) == set(plain["metrics"]) == set(row.runtimes)


def test_a_smaller_snapshot_keeps_the_first_of_each_split(snapshot: Snapshot) -> None:
    found = smaller(snapshot, {"train": 2, "val": 1, "test": 3})
    assert found.counts() == {"train": 2, "val": 0, "test": 3}
    assert found.items["test"] == snapshot.items["test"][:3]


def test_the_peer_makes_an_artifact_like_ours(parent: Path, snapshot: Snapshot, tmp_path: Path) -> None:
    assert nncf_peer.is_installed()
    pictures = [item.path for item in snapshot.items["train"]]
    row = Row("peer", nncf_peer.quantize_by_nncf(parent, tmp_path, pictures, spare_decode=True), ("openvino",))
    judge([Row(PARENT, parent, ("openvino",)), row], smaller(snapshot, {"train": 0, "val": 0, "test": 4}))
    assert row.gate is not None
    assert row.gate["candidate_value"] > 0.5 * row.gate["parent_value"]
