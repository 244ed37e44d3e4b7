"""Tiny ONNX models whose outputs are known by construction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from prelabel.core.artifact import (
    InputSpec,
    Manifest,
    OutputSpec,
    Preprocess,
    describe_file,
    save_manifest,
)


def constant_model(path: Path, outputs: list[np.ndarray], width: int, height: int) -> None:
    """A model that gives ``outputs`` whatever the picture: each is added to 0 x the mean of the input."""
    nodes, initial, values = [], [], []
    nodes.append(helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0))
    nodes.append(helper.make_node("Mul", ["mean", "zero"], ["nothing"]))
    initial.append(numpy_helper.from_array(np.zeros((), dtype=np.float32), "zero"))
    for index, output in enumerate(outputs):
        initial.append(numpy_helper.from_array(output.astype(np.float32), f"constant{index}"))
        nodes.append(helper.make_node("Add", [f"constant{index}", "nothing"], [f"output{index}"]))
        values.append(helper.make_tensor_value_info(f"output{index}", TensorProto.FLOAT, output.shape))
    picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, height, width))
    graph = helper.make_graph(nodes, "constant", [picture], values, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))


def make_artifact(folder: Path, outputs: list[np.ndarray], **changes: Any) -> Path:
    """An artifact folder of a constant model; ``changes`` replace fields of its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    spec = changes.pop("input", InputSpec(64, 64, "RGB", "images"))
    constant_model(folder / "model.onnx", outputs, spec.width, spec.height)
    fields: dict[str, Any] = {
        "name": "toy",
        "task_type": "object_detection",
        "predictor": "yolo",
        "arch": "toy",
        "classes": ("car", "dog"),
        "preprocess": Preprocess("letterbox"),
        "output": OutputSpec("yolo", 0.45),
        "precision": "fp32",
        **changes,
    }
    manifest = Manifest(input=spec, files={"model.onnx": describe_file(folder / "model.onnx")}, **fields)
    save_manifest(folder, manifest)
    return folder


def colour_model(path: Path) -> None:
    """A detector of colours on a 64 x 64 input: a car as sure as the picture is red, a person as it is green.

    The car's box is (8, 8, 24, 24), the person's (40, 40, 56, 56), in pixels of the input.
    """
    constants = {
        "box": np.array([[[16, 48], [16, 48], [16, 16], [16, 16]]], dtype=np.float32),
        "off": np.array([[[0, 1], [1, 0]]], dtype=np.float32),
        "zero": np.array([0], np.int64),
        "two": np.array([2], np.int64),
        "axis": np.array([1], np.int64),
        "shape": np.array([1, 2, 1], np.int64),
        "one": np.array(1, np.float32),
    }
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["means"], axes=[2, 3], keepdims=0),
        helper.make_node("Slice", ["means", "zero", "two", "axis"], ["red_green"]),
        helper.make_node("Reshape", ["red_green", "shape"], ["column"]),
        helper.make_node("Sub", ["one", "off"], ["on"]),
        helper.make_node("Mul", ["column", "on"], ["scores"]),
        helper.make_node("Concat", ["box", "scores"], ["output0"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "colours",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 64, 64))],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 6, 2))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(path))


def blob_artifact(folder: Path) -> Path:
    """A detector of red squares of about 10 px on a 128 x 128 input: as sure as 5 x 5 px are red throughout.

    Places are 4 px apart, boxes 12 px wide.
    """
    folder.mkdir(parents=True, exist_ok=True)
    places = np.arange(31, dtype=np.float32) * 4 + 2.5
    xs, ys = np.tile(places, 31), np.repeat(places, 31)
    constants = {
        "box": np.stack([xs, ys, np.full(961, 12), np.full(961, 12)])[None].astype(np.float32),
        "zero": np.array([0], np.int64), "one": np.array([1], np.int64), "axis": np.array([1], np.int64),
        "shape": np.array([1, 1, 961], np.int64), "least": np.array(0.6, np.float32),
        "steep": np.array(2.5, np.float32),
    }  # fmt: skip
    nodes = [
        helper.make_node("Slice", ["images", "zero", "one", "axis"], ["red"]),
        helper.make_node("AveragePool", ["red"], ["means"], kernel_shape=[5, 5], strides=[4, 4]),
        helper.make_node("Reshape", ["means", "shape"], ["row"]),
        helper.make_node("Sub", ["row", "least"], ["above"]),
        helper.make_node("Mul", ["above", "steep"], ["steeper"]),
        helper.make_node("Relu", ["steeper"], ["scores"]),
        helper.make_node("Concat", ["box", "scores"], ["output0"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "squares",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 128, 128))],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 5, 961))],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    manifest = Manifest(
        name="squares", task_type="object_detection", predictor="yolo", arch="toy", classes=("square",),
        input=InputSpec(128, 128, "RGB", "images"), preprocess=Preprocess("letterbox"), output=OutputSpec("yolo", 0.2),
        precision="fp32", files={"model.onnx": describe_file(folder / "model.onnx")},
    )  # fmt: skip
    save_manifest(folder, manifest)
    return folder


def colour_artifact(folder: Path, **changes: Any) -> Path:
    """An artifact folder of the colour model."""
    folder.mkdir(parents=True, exist_ok=True)
    colour_model(folder / "model.onnx")
    fields: dict[str, Any] = {
        "name": "colours",
        "task_type": "object_detection",
        "predictor": "yolo",
        "arch": "toy",
        "classes": ("car", "person"),
        "input": InputSpec(64, 64, "RGB", "images"),
        "preprocess": Preprocess("stretch"),
        "output": OutputSpec("yolo"),
        "precision": "fp32",
        **changes,
    }
    save_manifest(folder, Manifest(files={"model.onnx": describe_file(folder / "model.onnx")}, **fields))
    return folder


def channel_segmenter(folder: Path, classes: tuple[str, ...] = ("red", "green", "blue")) -> Path:
    """A segmenter on a 64 x 48 input that says of each pixel which of its channels is the brightest."""
    folder.mkdir(parents=True, exist_ok=True)
    graph = helper.make_graph(
        [helper.make_node("Mul", ["images", "steep"], ["output0"])],
        "channels",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, (1, 3, 48, 64))],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, (1, 3, 48, 64))],
        [numpy_helper.from_array(np.array(12, np.float32), "steep")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
    model.ir_version = 8
    onnx.save(model, str(folder / "model.onnx"))
    manifest = Manifest(
        name="channels", task_type="semantic_segmentation", predictor="segmenter", arch="toy", classes=classes,
        input=InputSpec(64, 48, "RGB", "images"), preprocess=Preprocess("stretch"), output=OutputSpec("class_map"),
        precision="fp32", files={"model.onnx": describe_file(folder / "model.onnx")},
    )  # fmt: skip
    save_manifest(folder, manifest)
    return folder


def yolo_head(*rows: tuple[float, ...]) -> np.ndarray:
    """(1, 4 + classes, N) from rows of cx cy w h and class scores."""
    return np.asarray(rows, dtype=np.float32).T[None]
