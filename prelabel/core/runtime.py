"""Running a model file: OpenVINO or ONNX Runtime behind one small class, both loaded on first use."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotator.core.errors import BadArtifact, RunFailed
from prelabel.core.embedding import add_openvino_features, onnx_with_features

Floats = NDArray[np.float32]
WHOLE_IMAGE = "image_classification"  # the task whose features are those of one linear layer
RUNTIMES = ("openvino", "onnxruntime")
PRECISIONS = {"f32": "f32", "bf16": "bf16", "f16": "f16"}


class Session(Protocol):
    """A compiled model. ``run`` may be called from several threads at once."""

    runtime: str
    input_name: str
    input_shape: tuple[int | None, ...]
    output_names: tuple[str, ...]
    embeds: bool  # the last output holds the features

    def run(self, batch: Floats) -> list[NDArray[Any]]:
        """Outputs in graph order for one (n, 3, h, w) float32 batch."""
        ...


def pick_runtime(runtime: str = "auto") -> str:
    """Name of the runtime to use: OpenVINO when installed, else ONNX Runtime. Raises RunFailed when neither is."""
    if runtime != "auto":
        if runtime not in RUNTIMES:
            raise RunFailed(f"There is no runtime {runtime!r}; use auto, {' or '.join(RUNTIMES)}.", code="no_runtime")
        return runtime
    for name in RUNTIMES:
        if find_spec(name) is not None:
            return name
    raise RunFailed("Neither openvino nor onnxruntime is installed in this worker.", code="no_runtime")


def open_session(
    model_path: Path,
    *,
    runtime: str = "auto",
    threads: int = 1,
    precision: str = "f32",
    streams: int = 1,
    embed_for: str = "",
) -> Session:
    """Compile a model for the CPU and run it once on zeros, so that the first real image is not slower.

    ``threads`` per request; ``streams`` = requests that may run at once, each with its own threads. ``precision`` is
    that of the arithmetic: f32 is the default because OpenVINO otherwise picks bf16 on CPUs that have it, and scores
    near a threshold then differ from those of the validated model. ``embed_for`` a task type: the features are one
    output more, where they can be found (``embeds``). Raises BadArtifact when the file is no model.
    """
    name = pick_runtime(runtime)
    if precision not in PRECISIONS:
        raise RunFailed(f"There is no precision {precision!r}; use {', '.join(PRECISIONS)}.", code="no_precision")
    try:
        session: Session = (
            _OpenVinoSession(model_path, threads, streams, precision, embed_for)
            if name == "openvino"
            else _OnnxSession(model_path, threads, embed_for)
        )
    except ImportError as error:
        raise RunFailed(f"{name} is not installed in this worker.", code="no_runtime") from error
    except Exception as error:  # both runtimes raise bare or private classes for a broken file
        reason = str(error).strip().splitlines()[-1][:300] if str(error).strip() else type(error).__name__
        raise BadArtifact(f"{model_path.name} could not be opened by {name}: {reason}", field="files") from error
    return session


def warm(session: Session, shape: tuple[int, int, int, int]) -> list[NDArray[Any]]:
    """Run once on zeros. Raises BadArtifact when the model does not take that shape."""
    try:
        return session.run(np.zeros(shape, dtype=np.float32))
    except Exception as error:
        reason = str(error).strip().splitlines()[-1][:300] if str(error).strip() else type(error).__name__
        raise BadArtifact(f"The model does not take an input of {shape}: {reason}", field="input") from error


def _extended(path: Path, embed_for: str) -> bytes | None:
    if not embed_for or path.suffix != ".onnx":
        return None
    found = onnx_with_features(path, whole_image=embed_for == WHOLE_IMAGE)
    return found[0] if found else None


class _OpenVinoSession:
    runtime = "openvino"

    def __init__(self, path: Path, threads: int, streams: int, precision: str, embed_for: str) -> None:
        import openvino

        core = openvino.Core()
        extended = _extended(path, embed_for)
        model = core.read_model(str(path) if extended is None else extended)
        self.embeds = extended is not None
        if embed_for and path.suffix == ".xml":
            self.embeds = add_openvino_features(model, whole_image=embed_for == WHOLE_IMAGE)
        if len(model.inputs) != 1:
            raise ValueError(f"the model has {len(model.inputs)} inputs, one image input is needed")
        options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads * streams,
            "NUM_STREAMS": streams,
            # Two pinned processes on one machine land on the same core and halve each other.
            "ENABLE_CPU_PINNING": False,
        }
        self._compiled = core.compile_model(model, "CPU", options)
        self._local = threading.local()
        port = self._compiled.input(0)
        self.input_name = port.get_any_name() if port.get_names() else ""
        self.input_shape = tuple(
            int(side.get_length()) if side.is_static else None for side in port.get_partial_shape()
        )
        self.output_names = tuple(
            output.get_any_name() if output.get_names() else "" for output in self._compiled.outputs
        )

    def run(self, batch: Floats) -> list[NDArray[Any]]:
        request = getattr(self._local, "request", None)
        if request is None:
            request = self._local.request = self._compiled.create_infer_request()
        request.infer({0: batch}, share_inputs=True)
        # Copied: the request's own buffers are overwritten by the next image.
        return [np.array(request.get_output_tensor(index).data) for index in range(len(self.output_names))]


class _OnnxSession:
    runtime = "onnxruntime"

    def __init__(self, path: Path, threads: int, embed_for: str) -> None:
        import onnxruntime

        extended = _extended(path, embed_for)
        self.embeds = extended is not None

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads burn the cores that decode the next image.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(extended or str(path), options, providers=["CPUExecutionProvider"])
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise ValueError(f"the model has {len(inputs)} inputs, one image input is needed")
        self.input_name = inputs[0].name
        self.input_shape = tuple(side if isinstance(side, int) else None for side in inputs[0].shape)
        self.output_names = tuple(output.name for output in self._session.get_outputs())

    def run(self, batch: Floats) -> list[NDArray[Any]]:
        outputs: list[NDArray[Any]] = self._session.run(None, {self.input_name: batch})
        return outputs
