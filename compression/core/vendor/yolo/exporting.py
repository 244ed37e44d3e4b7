"""ONNX export of a trained YOLO folder: one output of class vectors, decoded boxes, NMS outside."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import onnxslim
import torch

from compression.core.exporting.onnx_export import write_graph
from compression.core.vendor.yolo import network as networks
from prelabel.core.artifact import InputSpec, Manifest, OutputSpec, Preprocess, describe_file, save_manifest

NMS_IOU = 0.45


def export_onnx(trained: Path, out: Path) -> Path:
    """Write model.onnx and manifest.json into ``out``.

    Input `images`: 1×3×H×W, RGB in 0..1. Output: 1×(4+classes)×anchors, boxes as centre and size in input pixels.
    """
    network, architecture = networks.load(trained)
    record = json.loads((trained / "training.json").read_text(encoding="utf-8"))
    width, height = record["input_shape"]
    network.fuse(verbose=False)
    head = network.model[-1]
    head.end2end = False  # the one-to-many head is the one with class vectors; see DECISIONS.md
    head.export, head.format = True, "onnx"
    network.eval().float()
    with torch.no_grad():
        network(torch.zeros(1, 3, height, width))  # settles the anchors
    out.mkdir(parents=True, exist_ok=True)
    raw = out / "raw.onnx"
    write_graph(network, (1, 3, height, width), raw, "output0")
    model = onnxslim.slim(onnx.load(str(raw)))
    raw.unlink()
    model.doc_string = ""
    classes = architecture["classes"]
    for key, value in {"names": json.dumps(dict(enumerate(classes))), "stride": "32", "task": "detect"}.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    onnx.checker.check_model(model)
    onnx.save(model, str(out / "model.onnx"))
    manifest = Manifest(
        name=record["arch"],
        task_type="object_detection",
        predictor="yolo",
        arch=record["arch"],
        classes=tuple(classes),
        input=InputSpec(width=width, height=height, channels="RGB", name="images"),
        preprocess=Preprocess(resize="letterbox", pad=114, scale=1 / 255),
        output=OutputSpec(decoder="yolo", nms_iou=NMS_IOU),
        precision="fp32",
        files={"model.onnx": describe_file(out / "model.onnx")},
        licence="AGPL-3.0",
    )
    save_manifest(out, manifest)
    return out
