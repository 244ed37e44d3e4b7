"""One way to write an ONNX graph, shared by the trainers."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import nn

# 17 is taken by ONNX Runtime and OpenVINO alike, and by the runtimes on phones that lag behind.
OPSET = 17


def write_graph(network: nn.Module, shape: tuple[int, int, int, int], path: Path, output: str) -> None:
    """Write ``network`` (eval mode) for inputs `images` of ``shape`` to ``path``.

    By the TorchScript exporter: its node names keep the module paths, by which the quantize step knows the head.
    """
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
        )
