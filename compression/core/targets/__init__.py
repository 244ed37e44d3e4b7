"""The table of targets: slug → where it lives and what it writes. Their libraries load on first use."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from annotator.core.errors import NotFound
from compression.core.target import Target


@dataclass(frozen=True)
class TargetInfo:
    """Metadata of a target; ``needs`` "weights" is the network itself, "artifact" any ONNX file."""

    path: str
    label: str
    needs: str
    precisions: tuple[str, ...]  # what it can write; fp32 = as the model is


def _info(slug: str, name: str, label: str, needs: str, *precisions: str) -> TargetInfo:
    return TargetInfo(f"compression.core.targets.{slug}:{name}", label, needs, precisions)


TARGETS: dict[str, TargetInfo] = {
    "onnx": _info("onnx", "OnnxTarget", "ONNX (any batch size)", "artifact", "fp32"),
    "openvino": _info("openvino", "OpenVinoTarget", "OpenVINO IR", "artifact", "fp32", "fp16"),
    "torchscript": _info("torchscript", "TorchScriptTarget", "TorchScript", "weights", "fp32"),
    "litert": _info("litert", "LiteRtTarget", "LiteRT (TFLite)", "weights", "fp32", "w8", "int8"),
    "coreml": _info("coreml", "CoreMlTarget", "CoreML", "weights", "fp32", "fp16", "w8"),
    "tensorrt": _info("tensorrt", "TensorRtTarget", "TensorRT", "artifact", "fp32", "fp16"),
    "ncnn": _info("ncnn", "NcnnTarget", "NCNN", "weights", "fp32", "fp16"),
}


def load_target(slug: str) -> Target:
    """The target behind ``slug``, imported now. Raises NotFound."""
    if slug not in TARGETS:
        raise NotFound(f"No target is called {slug!r}; known: {', '.join(TARGETS)}.", target=slug)
    module, _, name = TARGETS[slug].path.partition(":")
    return cast(Target, getattr(import_module(module), name)())
