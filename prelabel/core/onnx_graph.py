"""Walks an ONNX graph: its tensors and nodes, also those of branches, loops and functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from annotator.core.errors import BadArtifact


def read_onnx(path: Path) -> Any:
    """The graph of an ONNX file, without what it may keep elsewhere. Raises BadArtifact."""
    import onnx

    try:
        return onnx.load(str(path), load_external_data=False)
    except Exception as error:  # protobuf raises its own kinds
        raise BadArtifact(f"{path.name} is not an ONNX model: {error}", field=f"files.{path.name}") from error


def tensors_of(model: Any) -> Iterator[Any]:
    """Every tensor that a model holds: weights and constants, also of branches, loops and functions."""
    for graph in _graphs(model.graph):
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
    for nodes in node_lists(model):
        for node in nodes:
            for attribute in node.attribute:
                if attribute.HasField("t"):
                    yield attribute.t
                yield from attribute.tensors


def node_lists(model: Any) -> Iterator[Sequence[Any]]:
    """The nodes of the graph, and of every graph and function in it."""
    for graph in _graphs(model.graph):
        yield graph.node
    for function in model.functions:
        yield function.node
        for inner in _inner(function.node):
            yield from (graph.node for graph in _graphs(inner))


def _graphs(graph: Any) -> Iterator[Any]:
    yield graph
    for inner in _inner(graph.node):
        yield from _graphs(inner)


def _inner(nodes: Sequence[Any]) -> Iterator[Any]:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.HasField("g"):
                yield attribute.g
            yield from attribute.graphs
