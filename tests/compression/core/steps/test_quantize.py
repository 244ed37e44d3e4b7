"""INT8 of a trained toy: what is quantized, what stays float, what is chosen; and the gate before a ruined model."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import onnx
import pytest
from PIL import Image

from annotator.core.errors import RunCancelled, RunFailed, Unprocessable
from annotator.core.scenes.road import draw_scene
from compression.core.benchmarking.latency import bytes_to_run, compare_latency
from compression.core.judging.evaluation import Evaluation, evaluate
from compression.core.judging.gate import decide
from compression.core.model import Model
from compression.core.quantization.calibration import calibration_images, observe_parent
from compression.core.quantization.layers import fragile_nodes, head_nodes, nodes_to_quantize
from compression.core.quantization.trials import choose
from compression.core.quantization.variant import Variant, write_variant
from compression.core.snapshot import Snapshot, SnapshotItem
from compression.core.step import StepContext
from compression.core.steps import load_step
from compression.core.trainer import Trained
from compression.core.trainers import load_trainer
from prelabel.core.artifact import describe_file, load_artifact
from prelabel.core.base_models import SHIPPED

COCO_HEAD = {"decoder": "yolox", "nms_iou": 0.45, "strides": [8, 16, 32]}


@pytest.fixture(scope="module")
def result(fp32: Path, toy_snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_step("quantize").apply(
        Model(artifact=fp32), StepContext(snapshot=toy_snapshot, out=tmp_path_factory.mktemp("int8"), threads=1)
    )


def test_the_int8_artifact_is_whole_smaller_and_names_its_parent(fp32: Path, result: Model) -> None:
    artifact = load_artifact(result.artifact)
    assert artifact.manifest.precision == "int8"
    assert artifact.manifest.parent == load_artifact(fp32).manifest.name
    assert bytes_to_run(result.artifact) < 0.6 * bytes_to_run(fp32)
    assert {"minmax", "percentile"} <= {row["name"] for row in result.history[-1]["tried"]}


def test_metadata_of_the_parent_is_kept(fp32: Path, result: Model) -> None:
    before, after = (onnx.load(str(folder / "model.onnx")) for folder in (fp32, result.artifact))
    kept = {entry.key: entry.value for entry in after.metadata_props}
    assert {entry.key: entry.value for entry in before.metadata_props}.items() <= kept.items()


def test_the_decode_of_the_head_stays_float(fp32: Path, result: Model) -> None:
    model = onnx.load(str(result.artifact / "model.onnx"))
    quantized_inputs = {name for node in model.graph.node if node.op_type == "DequantizeLinear" for name in node.output}
    decode = [
        node
        for node in model.graph.node
        if node.name.startswith("/model.23/")
        and "cv2" not in node.name
        and "cv3" not in node.name
        and node.op_type not in {"QuantizeLinear", "DequantizeLinear", "Reshape"}
    ]
    assert any(node.op_type == "Softmax" for node in decode)
    assert not [node.name for node in decode if set(node.input) & quantized_inputs]


def test_only_convolutions_and_products_with_weights_are_quantized(fp32: Path) -> None:
    model = onnx.load(str(fp32 / "model.onnx"))
    names = nodes_to_quantize(model)
    kinds = {node.name: node.op_type for node in model.graph.node}
    assert {kinds[name] for name in names} == {"Conv"}
    assert not [name for name in names if "dfl" in name]
    assert any("/model.23/cv3" in name for name in names)
    assert {name for name in names if name.startswith("/model.23/")} == set(head_nodes(model))


def test_calibration_reads_the_train_split_alone(toy_snapshot: Snapshot) -> None:
    train = {item.path for item in toy_snapshot.items["train"]}
    assert set(calibration_images(toy_snapshot, seed=1)) == train
    assert len(calibration_images(toy_snapshot, seed=1, count=5)) == 5
    assert calibration_images(toy_snapshot, seed=1) != calibration_images(toy_snapshot, seed=2)


@pytest.mark.parametrize(
    ("rows", "chosen"),
    [
        ([("a", 0.00, 100), ("b", 0.03, 80)], "a"),  # the smaller one lost too much
        ([("a", 0.00, 100), ("b", 0.01, 80)], "b"),  # both inside: the smaller
        ([("a", 0.015, 100), ("b", 0.001, 101)], "b"),  # sizes as good as equal: the better
        ([("a", 0.30, 100), ("b", 0.10, 120)], "b"),  # none inside: what lost least
    ],
)
def test_the_smallest_variant_within_the_budget_is_chosen(rows: list[tuple[str, float, int]], chosen: str) -> None:
    tried = [{"name": name, "drop": drop, "size_bytes": size} for name, drop, size in rows]
    assert choose(tried, 0.02)["name"] == chosen


def test_a_graph_without_weights_is_refused(fp32: Path, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    shutil.copytree(fp32, folder)
    node = onnx.helper.make_node("Identity", ["images"], ["output0"])
    value = [onnx.helper.make_tensor_value_info(name, 1, [1, 3, 96, 160]) for name in ("images", "output0")]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "empty", value[:1], value[1:]))
    onnx.save(model, str(folder / "model.onnx"))
    _sign(folder)
    with pytest.raises(RunFailed, match="no convolution"):
        write_variant(folder, tmp_path / "out", Variant("w8", "w8"))


def test_too_few_pictures_to_calibrate_on_say_how_many_are_needed(
    fp32: Path, toy_snapshot: Snapshot, tmp_path: Path
) -> None:
    few = replace(toy_snapshot, items={**toy_snapshot.items, "train": toy_snapshot.items["train"][:5]})
    with pytest.raises(RunFailed, match="at least 8 pictures of the train split, this version has 5") as refused:
        load_step("quantize").apply(Model(artifact=fp32), StepContext(snapshot=few, out=tmp_path))
    assert refused.value.code == "too_few_images"
    weights_alone = StepContext(snapshot=few, out=tmp_path / "w8", options={"scheme": "w8"}, threads=1)
    assert load_artifact(load_step("quantize").apply(Model(artifact=fp32), weights_alone).artifact)


@pytest.mark.parametrize("options", [{"scheme": "int3"}, {"images": 4}, {"exclude": "all"}, {"bits": 8}])
def test_options_that_make_no_sense_are_refused(
    fp32: Path, toy_snapshot: Snapshot, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(Unprocessable) as refused:
        load_step("quantize").apply(
            Model(artifact=fp32), StepContext(snapshot=toy_snapshot, out=tmp_path, options=options)
        )
    assert refused.value.details["field"] == next(iter(options))


def test_dynamic_int8_of_convolutions_warns_of_its_latency(fp32: Path, toy_snapshot: Snapshot, tmp_path: Path) -> None:
    lines: list[str] = []
    context = StepContext(
        snapshot=toy_snapshot, out=tmp_path, options={"scheme": "int8_dynamic"}, threads=1, log=lines.append
    )
    entry = load_step("quantize").apply(Model(artifact=fp32), context).history[-1]
    assert "convolutions are no faster" in entry["warnings"][0]
    assert entry["warnings"][0] in lines
    assert entry["runtimes"] == ["openvino", "onnxruntime"]


def test_a_quantized_model_is_exported_anew_before_it_is_quantized_otherwise(
    result: Model, trained: Trained, toy_snapshot: Snapshot, tmp_path: Path
) -> None:
    def again(model: Model, out: str) -> Model:
        context = StepContext(snapshot=toy_snapshot, out=tmp_path / out, options={"scheme": "w8"}, threads=1)
        return load_step("quantize").apply(model, context)

    with pytest.raises(RunFailed, match="quantized already"):
        again(result, "without")
    found = again(replace(result, trained=trained.folder), "with")
    manifest = load_artifact(found.artifact).manifest
    assert (manifest.precision, manifest.name) == ("w8", load_artifact(result.artifact).manifest.name)
    assert found.quantized == {"scheme": "w8"}
    assert [entry["step"] for entry in found.history] == ["quantize", "quantize"]


def test_what_a_killed_step_tried_is_not_tried_again(fp32: Path, toy_snapshot: Snapshot, tmp_path: Path) -> None:
    def stop(done: float) -> None:
        if done > 0:
            raise RunCancelled("stop")

    context = StepContext(snapshot=toy_snapshot, out=tmp_path, options={"images": 8}, threads=1, on_progress=stop)
    with pytest.raises(RunCancelled):
        load_step("quantize").apply(Model(artifact=fp32), context)
    first = (tmp_path / "minmax" / "model.onnx").stat().st_mtime_ns
    found = load_step("quantize").apply(Model(artifact=fp32), replace(context, on_progress=lambda done: None))
    assert (tmp_path / "minmax" / "model.onnx").stat().st_mtime_ns == first
    assert [row["name"] for row in found.history[-1]["tried"]] == ["minmax", "percentile"]
    assert load_step("quantize").apply(Model(artifact=fp32), context) == found


def test_qat_fine_tunes_and_then_fixes_what_it_learnt(
    fp32: Path, trained: Trained, toy_snapshot: Snapshot, tmp_path: Path
) -> None:
    epochs: list[int] = []
    done: list[float] = []
    context = StepContext(
        snapshot=toy_snapshot,
        out=tmp_path,
        options={"scheme": "qat", "epochs": 1, "calibration": "minmax"},
        threads=1,
        on_epoch=lambda report: epochs.append(report.epoch),
        on_progress=done.append,
    )
    before = {path: path.read_bytes() for path in trained.folder.iterdir()}
    found = load_step("quantize").apply(Model(artifact=fp32, trained=trained.folder), context)
    assert 1 in epochs
    assert done == sorted(done)
    assert done[-1] == 1.0
    assert load_artifact(found.artifact).manifest.precision == "int8"
    assert found.trained not in (None, trained.folder)
    assert {path: path.read_bytes() for path in trained.folder.iterdir()} == before
    with pytest.raises(RunFailed, match="without weights to train"):
        load_step("quantize").apply(Model(artifact=fp32), replace(context, out=tmp_path / "untrained"))


def test_layers_are_spared_by_the_scan_until_the_loss_is_allowed(tmp_path: Path) -> None:
    parent, items, classes = _road_detector(tmp_path, 20)
    snapshot = Snapshot(
        tmp_path, "object_detection", tuple(classes), tuple(range(len(classes))),
        {"train": tuple(items[:8]), "val": tuple(items[8:]), "test": ()},
    )  # fmt: skip
    context = StepContext(snapshot=snapshot, out=tmp_path / "int4", options={"scheme": "int4"}, threads=1)
    entry = load_step("quantize").apply(Model(artifact=parent), context).history[-1]
    rows = {row["name"]: row for row in entry["tried"]}
    assert rows["int4"]["drop"] > 0.02  # all in 4 bits ruins
    chosen = rows[entry["chosen"]]
    assert chosen["drop"] <= 0.02
    fragile = fragile_nodes(onnx.load(str(parent / "model.onnx")))
    assert 0 < len(chosen["spared"]) < len(fragile)
    by_rule = write_variant(parent, tmp_path / "mixed", Variant("mixed", "int4", spared=frozenset(fragile)))
    assert chosen["size_bytes"] < bytes_to_run(by_rule)
    assert set(chosen["spared"]) == {row["layer"] for row in entry["sensitivity"][: len(chosen["spared"])]}


def test_latencies_are_taken_side_by_side_on_one_thread(fp32: Path, result: Model) -> None:
    found = compare_latency({"fp32": fp32, "int8": result.artifact}, rounds=6)
    assert set(found) == {"fp32", "int8"}
    for row in found.values():
        assert 0 < row["min_ms"] <= row["p20_ms"] <= row["p50_ms"]
        assert (row["threads"], row["rounds"]) == (1, 6)


def test_the_gate_refuses_a_really_ruined_model(shared: Path | None, tmp_path: Path) -> None:
    parent, items, classes = _yolox_detector(shared, tmp_path) if shared else _road_detector(tmp_path)
    ranges = observe_parent(parent, [item.path for item in items[:8]], every_tensor=True)
    ruined = write_variant(parent, tmp_path / "ruined", Variant("whole-graph", whole_graph=True), ranges)
    before, after = (evaluate(folder, items, classes, "object_detection") for folder in (parent, ruined))
    result = decide(before.images, after.images)
    assert _precision(before, 0.3) > 0.65
    assert result.parent_value > 0.2
    assert result.verdict == "refuse"
    assert result.candidate_value < 0.5 * result.parent_value
    assert "surely more than the allowed" in " ".join(result.reasons)


def _precision(found: Evaluation, confidence: float) -> float:
    shown = [
        right
        for image in found.images
        for score, right in zip(image.scores, image.right, strict=True)
        if score >= confidence
    ]
    return sum(shown) / max(1, len(shown))


def _yolox_detector(shared: Path, tmp_path: Path) -> tuple[Path, list[SnapshotItem], list[str]]:
    """YOLOX-nano and 64 real photos with their truth."""
    data = shared / "data" / "coco-mini"
    classes = (data / "classes_detect.txt").read_text().split("\n")
    classes = [name.strip() for name in classes if name.strip()]
    items = []
    for number, path in enumerate(sorted((data / "images").glob("*.jpg"))[:64]):
        with Image.open(path) as picture:
            width, height = picture.size
        label = data / "labels_detect" / f"{path.stem}.txt"
        rows = [line.split() for line in label.read_text().splitlines()] if label.exists() else []
        objects: list[Any] = []
        for index, cx, cy, w, h in rows:
            x, y, half_w, half_h = (
                float(cx) * width, float(cy) * height, float(w) * width / 2, float(h) * height / 2,
            )  # fmt: skip
            objects.append((int(index), (x - half_w, y - half_h, x + half_w, y + half_h)))
        items.append(SnapshotItem(number, path, width, height, tuple(objects)))
    folder = tmp_path / "yolox"
    folder.mkdir()
    shutil.copyfile(shared / "weights" / "yolox_nano_416.onnx", folder / "model.onnx")
    _sign(folder, _yolox_manifest(classes, folder))
    return folder, items, classes


def _road_detector(tmp_path: Path, scenes: int = 32) -> tuple[Path, list[SnapshotItem], list[str]]:
    """The shipped weights as an fp32 detector, and drawn scenes with their truth."""
    trained = tmp_path / "trained"
    trained.mkdir()
    for name in ("weights.safetensors", "architecture.json"):
        shutil.copyfile(SHIPPED / "road" / name, trained / name)
    (trained / "training.json").write_text(json.dumps({"arch": "yolo11p", "input_shape": [416, 256]}))
    folder = load_trainer("yolo").export(Trained(trained), tmp_path / "road")
    classes = list(load_artifact(folder).manifest.classes)
    items = []
    for number in range(scenes):
        scene = draw_scene(number)
        path = tmp_path / f"scene-{number}.png"
        scene.image.save(path)
        objects = tuple((classes.index(name), box) for name, box in scene.objects)
        items.append(SnapshotItem(number, path, *scene.image.size, objects))
    return folder, items, classes


def _yolox_manifest(classes: list[str], folder: Path) -> dict[str, Any]:
    name = onnx.load(str(folder / "model.onnx")).graph.input[0].name
    return {
        "schema": 1,
        "name": "yolox-nano",
        "task_type": "object_detection",
        "predictor": "yolox",
        "arch": "yolox-nano",
        "classes": classes,
        "input": {"width": 416, "height": 416, "channels": "BGR", "name": name},
        "preprocess": {"resize": "letterbox_top_left", "pad": 114, "scale": 1.0},
        "output": COCO_HEAD,
        "precision": "fp32",
        "licence": "Apache-2.0",
    }


def _sign(folder: Path, manifest: dict[str, Any] | None = None) -> None:
    """Write the manifest with the hashes of what now lies in the folder."""
    path = folder / "manifest.json"
    manifest = manifest or json.loads(path.read_text())
    entry = describe_file(folder / "model.onnx")
    manifest["files"] = {"model.onnx": {"sha256": entry.sha256, "size_bytes": entry.size_bytes}}
    path.write_text(json.dumps(manifest))
