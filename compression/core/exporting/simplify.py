"""Makes an ONNX graph smaller without changing what it computes, and measures what that was worth.

Sources: torch's exporter folds BatchNorm into the convolution before it (eval mode); OnnxSlim folds constants, drops
identities and merges chains of Reshape, Transpose and Slice (https://github.com/inisis/OnnxSlim).
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx

ROUNDS = 15


def simplify(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same function in fewer nodes; names of layers and the metadata stay. The model given is not changed."""
    import onnxslim

    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    slim = onnxslim.slim(copy)
    if not isinstance(slim, onnx.ModelProto):  # it answers None for what it cannot take
        return model
    slim.doc_string = ""
    present = {entry.key for entry in slim.metadata_props}
    for entry in model.metadata_props:
        if entry.key not in present:
            added = slim.metadata_props.add()
            added.key, added.value = entry.key, entry.value
    onnx.checker.check_model(slim)
    return slim


def simplify_file(path: Path) -> None:
    """Simplify a file in place, through a new one beside it."""
    part = path.with_name(path.name + ".part")
    onnx.save(simplify(onnx.load(str(path))), str(part))
    part.replace(path)


def node_counts(path: Path) -> dict[str, int]:
    """Operator → how often it stands in the graph; constants are data, not work, and are left out."""
    nodes = onnx.load(str(path), load_external_data=False).graph.node
    return dict(Counter(node.op_type for node in nodes if node.op_type != "Constant"))


def measure_effect(before: Path, after: Path, shape: tuple[int, int, int, int]) -> dict[str, Any]:
    """Nodes, bytes, time to open and latency of both graphs, taking turns on one thread in ONNX Runtime.

    ``as_is_*`` runs the graph as it is written; ``ms_*`` with the runtime's own fusions, which find most of the same
    things, so that the gain that is left there is small on a runtime that optimizes and real on one that does not.
    """
    counts = {"before": node_counts(before), "after": node_counts(after)}
    gone = Counter(counts["before"]) - Counter(counts["after"])
    paths = {"before": before, "after": after}
    result: dict[str, Any] = {"nodes_removed": dict(gone.most_common(8))}
    for name, path in paths.items():
        result[f"nodes_{name}"] = sum(counts[name].values())
        result[f"bytes_{name}"] = path.stat().st_size
    for label, optimized in (("as_is", False), ("ms", True)):
        for name, value in _latency(paths, shape, optimized).items():
            result[f"{label}_{name}"] = value
    return result


def _latency(paths: dict[str, Path], shape: tuple[int, int, int, int], optimized: bool) -> dict[str, float]:
    """p20 in ms of each graph over interleaved rounds."""
    sessions = {name: _session(path, optimized) for name, path in paths.items()}
    batch = np.random.default_rng(0).random(shape, dtype=np.float32)
    times: dict[str, list[float]] = {name: [] for name in paths}
    for turn in range(ROUNDS + 2):
        for name, session in sessions.items():
            started = time.perf_counter()
            session.run(None, {session.get_inputs()[0].name: batch})
            if turn >= 2:
                times[name].append(1000 * (time.perf_counter() - started))
    return {name: round(float(np.percentile(values, 20)), 3) for name, values in times.items()}


def _session(path: Path, optimized: bool) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    levels = onnxruntime.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
