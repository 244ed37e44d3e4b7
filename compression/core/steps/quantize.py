"""Static INT8: weights and activations of convolutions and matrix products in 8 bits, everything else float.

What must stay float in a detector is its decode: one scale over boxes (0..640) and scores (0..1) rounds every score to
zero (measured: whole graph mAP50 .000, this recipe .864 of .863). Source: Jacob et al. 2018 for the arithmetic;
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html for U8S8 on CPUs with VNNI.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import TensorsData, save_tensors_data

from annotator.core.errors import RunFailed
from compression.core.activation_ranges import Range, activations_of, observe
from compression.core.benchmark import bytes_to_run
from compression.core.evaluation import evaluate
from compression.core.model import Model, load_model, save_model
from compression.core.snapshot import Snapshot
from compression.core.step import StepContext
from prelabel.core.artifact import Artifact, describe_file, load_artifact, save_manifest
from prelabel.core.metrics import metric_for
from prelabel.core.preprocess import decode_upright, prepare

CALIBRATION_IMAGES = 64
_WEIGHTED = {"Conv", "Gemm", "MatMul"}
_PREPARED = ("onnx.quant.pre_process", "onnxruntime.quant")
_HEAD = re.compile(r"^/model\.(\d+)/")
_HEAD_CONVOLUTION = re.compile(r"/(one2one_)?cv[23]\.")


@dataclass(frozen=True)
class Variant:
    """One way to quantize; ``whole_graph`` is the ruinous one, kept to prove that the gate sees it."""

    name: str
    calibration: str  # minmax | percentile
    keep_head: bool = False
    whole_graph: bool = False


VARIANTS = (Variant("minmax", "minmax"), Variant("percentile", "percentile"))
FALLBACK = Variant("percentile-head-fp32", "percentile", keep_head=True)
WHOLE_GRAPH = Variant("whole-graph", "minmax", whole_graph=True)


class Int8Static:
    """Tries the variants on val and keeps the best of the smallest; the float head is the fallback."""

    slug = "int8_static"

    def apply(self, model: Model, context: StepContext) -> Model:
        """Quantize ``model.artifact``; the chosen variant is the artifact of the result. Raises RunFailed."""
        kept = load_model(context.out)
        if kept is not None:
            return kept
        started = time.monotonic()
        main = metric_for(context.snapshot.task_type).main
        images = calibration_images(context.snapshot, context.seed)
        total = len(VARIANTS) + 2
        ranges = observe_parent(model.artifact, images, context.threads)
        parent_value = _value(model.artifact, context, main)
        context.on_progress(1 / total)
        tried: list[dict[str, Any]] = []
        for variant in VARIANTS:
            tried.append(_try(variant, model.artifact, context, ranges, parent_value, main))
            context.on_progress((1 + len(tried)) / total)
        if min(row["drop"] for row in tried) > context.allowed_drop:
            best = min(tried, key=lambda row: row["drop"])
            fallback = replace(FALLBACK, calibration=best["calibration"], name=f"{best['name']}-head-fp32")
            tried.append(_try(fallback, model.artifact, context, ranges, parent_value, main))
        context.on_progress(1.0)
        chosen = choose(tried, context.allowed_drop)
        entry = {
            "step": self.slug,
            "options": dict(context.options),
            "chosen": chosen["name"],
            "tried": tried,
            "seconds": round(time.monotonic() - started, 1),
        }
        result = Model(
            artifact=context.out / chosen["name"],
            trained=model.trained,
            quantized=dict(context.options),
            history=(*model.history, entry),
        )
        return save_model(result, context.out)


def _try(
    variant: Variant, parent: Path, context: StepContext, ranges: dict[str, Range], parent_value: float, main: str
) -> dict[str, Any]:
    folder = quantize(parent, context.out / variant.name, (), variant, ranges)
    value = _value(folder, context, main)
    drop = (parent_value - value) / parent_value if parent_value > 0 else 0.0
    return {
        "name": variant.name,
        "calibration": variant.calibration,
        main: value,
        "drop": drop,
        "size_bytes": bytes_to_run(folder),
    }


def _value(folder: Path, context: StepContext, main: str) -> float:
    snapshot = context.snapshot
    result = evaluate(folder, snapshot.items["val"], snapshot.classes, snapshot.task_type, threads=context.threads)
    return float(result.metrics[main])


def choose(tried: Sequence[dict[str, Any]], allowed_drop: float) -> dict[str, Any]:
    """The smallest variant within ``allowed_drop`` on val; sizes within 2 % count as equal, then the smaller drop wins.

    Where none is inside, the one that lost least (the gate will judge it).
    """
    inside = [row for row in tried if row["drop"] <= allowed_drop]
    if not inside:
        return min(tried, key=lambda row: row["drop"])
    smallest = min(row["size_bytes"] for row in inside)
    return min((row for row in inside if row["size_bytes"] <= 1.02 * smallest), key=lambda row: row["drop"])


def calibration_images(snapshot: Snapshot, seed: int, count: int = CALIBRATION_IMAGES) -> list[Path]:
    """Pictures of the train split, drawn by ``seed``; never of val or test, whose score would leak."""
    paths = [item.path for item in snapshot.items["train"]]
    random.Random(seed).shuffle(paths)  # noqa: S311  a sample, not a secret
    return paths[:count]


def quantize(
    parent: Path, out: Path, images: Sequence[Path], variant: Variant, ranges: dict[str, Range] | None = None
) -> Path:
    """Write the int8 artifact of ``variant`` into ``out``; ONNX metadata is kept.

    ``ranges`` of an earlier :func:`observe_parent` spare a second look at the pictures. Raises RunFailed.
    """
    artifact = load_artifact(parent)
    model = named_model(artifact)
    nodes = [] if variant.whole_graph else nodes_to_quantize(model, keep_head=variant.keep_head)
    if not nodes and not variant.whole_graph:
        raise RunFailed(f"{artifact.manifest.name} has no convolution or matrix product to quantize.")
    out.mkdir(parents=True, exist_ok=True)
    if variant.whole_graph:
        nodes = [node.name for node in model.graph.node]
    if ranges is None:
        ranges = observe(model, activations_of(model, nodes), _feeds(artifact, images))
    target, cache = out / "model.onnx", out / "ranges.json"
    _write_ranges(ranges, variant.calibration, cache)
    quantize_static(
        model,
        str(target),
        None,
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=None if variant.whole_graph else sorted(_WEIGHTED),
        per_channel=not variant.whole_graph,
        activation_type=QuantType.QInt8 if variant.whole_graph else QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        nodes_to_quantize=nodes,
        calibrate_method=CalibrationMethod.MinMax,
        calibration_cache_path=cache,
    )
    cache.unlink()
    _keep_metadata(model, target)
    manifest = replace(
        artifact.manifest,
        precision="int8",
        parent=artifact.manifest.name,
        files={"model.onnx": describe_file(target)},
    )
    save_manifest(out, manifest)
    return out


def observe_parent(parent: Path, images: Sequence[Path], threads: int = 1) -> dict[str, Range]:
    """Ranges of all tensors that any but the whole-graph variant quantizes, over calibration pictures."""
    artifact = load_artifact(parent)
    model = named_model(artifact)
    return observe(model, activations_of(model, nodes_to_quantize(model)), _feeds(artifact, images), threads)


def named_model(artifact: Artifact) -> onnx.ModelProto:
    """The graph with a name on every node (the quantizer finds nodes by it), marked as prepared."""
    model = onnx.load(str(artifact.model_path))
    for index, node in enumerate(model.graph.node):
        if not node.name:
            node.name = f"{node.op_type}_{index}"
    entry = model.metadata_props.add()
    entry.key, entry.value = _PREPARED
    return model


def _write_ranges(ranges: dict[str, Range], calibration: str, path: Path) -> None:
    data = {name: tuple(np.float32(value) for value in one.pick(calibration)) for name, one in ranges.items()}
    save_tensors_data(TensorsData(CalibrationMethod.MinMax, data), path)


def _feeds(artifact: Artifact, images: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Calibration pictures through the predictor's own preprocessing."""
    manifest = artifact.manifest
    for path in images:
        tensor, _ = prepare(decode_upright(path), manifest.input, manifest.preprocess)
        yield {manifest.input.name: tensor}


def nodes_to_quantize(model: onnx.ModelProto, *, keep_head: bool = False) -> list[str]:
    """Names of the Conv, Gemm and MatMul nodes with constant weights, the decode of a YOLO head left out.

    Attention's products of two activations stay float (their Softmax is not quantized at all). ``keep_head`` leaves out
    the whole last layer of a YOLO, and in other networks the first convolution and the depthwise ones, which lose most.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    constants |= {node.output[0] for node in model.graph.node if node.op_type == "Constant"}
    last = max((int(m.group(1)) for node in model.graph.node if (m := _HEAD.match(node.name))), default=None)
    names: list[str] = []
    for node in model.graph.node:
        if node.op_type not in _WEIGHTED or not any(name in constants for name in node.input[1:2]):
            continue
        if keep_head and last is None and (not names or _is_depthwise(node)):
            names = names or [node.name]
            continue
        in_head = last is not None and node.name.startswith(f"/model.{last}/")
        if in_head and (keep_head or not _HEAD_CONVOLUTION.search(node.name)):
            continue
        names.append(node.name)
    return names[1:] if keep_head and last is None else names


def _is_depthwise(node: onnx.NodeProto) -> bool:
    return any(attribute.name == "group" and attribute.i > 1 for attribute in node.attribute)


def _keep_metadata(source: onnx.ModelProto, path: Path) -> None:
    """Put the parent's metadata back (names, stride, task), without the marks of the quantizer."""
    model = onnx.load(str(path))
    del model.metadata_props[:]
    for entry in source.metadata_props:
        if (entry.key, entry.value) != _PREPARED:
            added = model.metadata_props.add()
            added.key, added.value = entry.key, entry.value
    onnx.save(model, str(path))
