"""What must be on a machine for each target, told without loading any of it: workers report it, the API shows it."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

from compression.core.exporting.environments import ISOLATED, missing
from compression.core.targets import TARGETS

_PACKAGES = {"onnx": "onnx", "openvino": "openvino", "torchscript": "torch"}


def missing_for(slug: str) -> str | None:
    """What to install first for a target, in words and with the command; None when it can export here."""
    if slug in ISOLATED:
        return missing(slug)
    if slug == "tensorrt":
        return _missing_tensorrt()
    package = _PACKAGES[slug]
    if find_spec(package) is None:
        return f"{package} is not installed on this machine. Install it with: pip install {package}"
    return None


def missing_here() -> dict[str, str | None]:
    """Target → what is missing for it on this machine."""
    return {slug: missing_for(slug) for slug in TARGETS}


def _missing_tensorrt() -> str | None:
    if shutil.which("nvidia-smi") is None:
        return "TensorRT builds engines on the GPU that runs them, and this machine has no NVIDIA GPU with its driver."
    if find_spec("tensorrt") is None:
        return "TensorRT is not installed on this machine. Install it with: pip install tensorrt"
    return None
