"""A runnable example for one runtime, put together of what the model's manifest asks for: at most 60 lines, no package
but numpy, Pillow and the runtime."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from prelabel.core.artifact import Manifest

_SNIPPETS = Path(__file__).with_name("snippets")
MOST_LINES = 60


@dataclass(frozen=True)
class Runtime:
    """One runtime: the package to install, its import line, and the targets whose files it reads."""

    package: str
    imports: str
    targets: tuple[str, ...]


# TensorRT has no example: reading its engines needs CUDA buffers, for which its own `trtexec` is the shorter way.
RUNTIMES: dict[str, Runtime] = {
    "onnxruntime": Runtime("onnxruntime", "import onnxruntime", ("onnx",)),
    "openvino": Runtime("openvino", "import openvino", ("onnx", "openvino")),
    "torchscript": Runtime("torch", "import torch", ("torchscript",)),
    "ncnn": Runtime("ncnn", "import ncnn", ("ncnn",)),
    "litert": Runtime("ai-edge-litert", "from ai_edge_litert.interpreter import Interpreter", ("litert",)),
    "coreml": Runtime("coremltools", "import coremltools\nimport zipfile", ("coreml",)),
}
_READS = {
    "object_detection": "read_boxes",
    "image_classification": "read_class",
    "semantic_segmentation": "read_map",
}
_TITLES = {
    "object_detection": "Finds objects in a picture",
    "image_classification": "Names what a picture shows",
    "semantic_segmentation": "Gives every pixel of a picture a class",
}


def examples(manifest: Manifest) -> dict[str, str]:
    """File name → text of an example for each runtime that reads the model's file."""
    return {
        f"run_{slug}.py": example(manifest, slug)
        for slug, runtime in RUNTIMES.items()
        if manifest.target in runtime.targets
    }


def example(manifest: Manifest, slug: str) -> str:
    """The example of one runtime; it reads sizes, names and preprocessing from the bundle's manifest.json."""
    runtime = RUNTIMES[slug]
    head = _snippet("head").format(
        title=_TITLES[manifest.task_type], file=f"run_{slug}.py", package=runtime.package, imports=runtime.imports
    )
    parts = [
        head,
        _resize(manifest),
        _snippet(f"run_{slug}").format(graph=manifest.model_file),
        _read(manifest),
        _snippet("main"),
    ]
    return "\n\n".join(parts)


def _resize(manifest: Manifest) -> str:
    resize = manifest.preprocess.resize
    order = "[:, :, ::-1]" if manifest.input.channels == "BGR" else ""
    if not resize.startswith("letterbox"):
        return _snippet(f"resize_{resize}").format(order=order)
    centred = resize == "letterbox"
    left = "round((WIDTH - w) / 2 - 0.1)" if centred else "0"
    top = "round((HEIGHT - h) / 2 - 0.1)" if centred else "0"
    return _snippet("resize_letterbox").format(left=left, top=top, order=order)


def _read(manifest: Manifest) -> str:
    text = _snippet(_READS[manifest.task_type])
    if manifest.task_type == "semantic_segmentation":
        return text.format()
    return text.format(decode=_snippet(f"decode_{manifest.output.decoder}").rstrip("\n"))


@cache
def _snippet(name: str) -> str:
    return (_SNIPPETS / f"{name}.py.txt").read_text(encoding="utf-8")
