"""One way to write an ONNX graph, shared by the trainers; and the network itself, for targets that need it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from compression.core.exporting.simplify import simplify_file

# 17 is taken by ONNX Runtime and OpenVINO alike, and by the runtimes on phones that lag behind.
OPSET = 17


@dataclass(frozen=True)
class Handed:
    """A network as its trainer exports it: eval mode, head set for export, layers fused where the trainer does so."""

    network: nn.Module
    shape: tuple[int, int, int, int]
    output: str


_seen: ContextVar[list[Handed] | None] = ContextVar("seen", default=None)


@contextmanager
def watch_exports() -> Iterator[list[Handed]]:
    """While the context lasts, the list gets every network that is written: TorchScript, LiteRT and CoreML take the
    very one that became the ONNX file, whatever family it is of."""
    seen: list[Handed] = []
    token = _seen.set(seen)
    try:
        yield seen
    finally:
        _seen.reset(token)


def write_graph(
    network: nn.Module, shape: tuple[int, int, int, int], path: Path, output: str, *, simplified: bool = True
) -> None:
    """Write ``network`` (eval mode) for inputs `images` of ``shape`` to ``path``, fused and simplified by default.

    By the TorchScript exporter: its node names keep the module paths, by which the quantize step knows the head.
    """
    seen = _seen.get()
    if seen is not None:
        seen.append(Handed(network, shape, output))
    # PRESERVE keeps the mode, which is eval, and leaves BatchNorm beside its convolution: the graph to compare with.
    mode = torch.onnx.TrainingMode.EVAL if simplified else torch.onnx.TrainingMode.PRESERVE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecation of that exporter, and tracing notes on constant shapes
        torch.onnx.export(
            network,
            (torch.zeros(shape),),
            str(path),
            opset_version=OPSET,
            input_names=["images"],
            output_names=[output],
            dynamo=False,
            training=mode,
            do_constant_folding=simplified,
        )
    if simplified:
        simplify_file(path)
