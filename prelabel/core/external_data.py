"""ONNX files may keep their tensors in other files; only those that the manifest lists may be read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from annotator.core.errors import BadArtifact


def refuse_external_data(model_path: Path, listed: set[str]) -> None:
    """Check every place that the graph reads tensors from. Raises BadArtifact.

    A location such as ``../../secret_key`` would otherwise be read into the model, and could be carried out as weights.
    """
    if model_path.suffix != ".onnx":
        return
    import onnx

    try:
        model = onnx.load(str(model_path), load_external_data=False)
    except Exception as error:  # protobuf raises its own kinds
        reason = f"{model_path.name} is not an ONNX model: {error}"
        raise BadArtifact(reason, field=f"files.{model_path.name}") from error
    for tensor in chain(_tensors(model.graph), *(_node_tensors(function.node) for function in model.functions)):
        for entry in tensor.external_data:
            if entry.key == "location" and entry.value not in listed:
                raise BadArtifact(
                    f"{model_path.name} reads {entry.value!r}, which the manifest does not list; save the model with "
                    "its weights inside.",
                    field="files",
                )


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _node_tensors(graph.node)


def _node_tensors(nodes: Any) -> Iterator[Any]:
    for node in nodes:
        for attribute in node.attribute:
            yield attribute.t
            yield from attribute.tensors
            yield from _tensors(attribute.g)
            for inner in attribute.graphs:
                yield from _tensors(inner)
