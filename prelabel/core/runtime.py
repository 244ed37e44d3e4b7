"""Running a model file: OpenVINO or ONNX Runtime behind one small class, both loaded on first use."""

from __future__ import annotations

import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotator.core.errors import BadArtifact, RunFailed
from prelabel.core.batching import Batcher
from prelabel.core.embedding import add_features, add_openvino_features
from prelabel.core.fusing import free_activations

Floats = NDArray[np.float32]
WHOLE_IMAGE = "image_classification"  # the task whose features are those of one linear layer
RUNTIMES = ("openvino", "onnxruntime")
# ONNX Runtime on an NVIDIA GPU; both need the package onnxruntime-gpu, and the second TensorRT's libraries.
GPU_PROVIDERS = {"cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
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
        if runtime in GPU_PROVIDERS:
            return _on_gpu(runtime)
        if runtime not in RUNTIMES:
            known = ", ".join((*RUNTIMES, *GPU_PROVIDERS))
            raise RunFailed(f"There is no runtime {runtime!r}; use auto or one of {known}.", code="no_runtime")
        return runtime
    for name in RUNTIMES:
        if find_spec(name) is not None:
            return name
    raise RunFailed("Neither openvino nor onnxruntime is installed in this worker.", code="no_runtime")


def gpu_providers() -> frozenset[str]:
    """ONNX Runtime's providers for a GPU that are in the installed package; none where it has no package."""
    if find_spec("onnxruntime") is None:
        return frozenset()
    import onnxruntime

    return frozenset(onnxruntime.get_available_providers()) & frozenset(GPU_PROVIDERS.values())


def _on_gpu(runtime: str) -> str:
    if GPU_PROVIDERS[runtime] not in gpu_providers():
        raise RunFailed(
            f"{runtime} is not in this worker: install onnxruntime-gpu instead of onnxruntime on a machine with an "
            "NVIDIA GPU, or set WINNOW_RUNTIME to auto.",
            code="no_runtime",
        )
    return runtime


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
            else _OnnxSession(model_path, threads, embed_for, GPU_PROVIDERS.get(name))
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


def _changed(path: Path, embed_for: str, *, fuse: bool = False) -> tuple[bytes | None, bool]:
    """An ONNX file as this runtime shall read it, None where the file itself serves, and whether it gives features."""
    if path.suffix != ".onnx" or not (embed_for or fuse):
        return None, False
    import onnx

    model = onnx.load(str(path))
    freed = free_activations(model) if fuse else 0
    embeds = bool(embed_for) and add_features(model, whole_image=embed_for == WHOLE_IMAGE) is not None
    return model.SerializeToString() if freed or embeds else None, embeds


class _OpenVinoSession:
    runtime = "openvino"

    def __init__(self, path: Path, threads: int, streams: int, precision: str, embed_for: str) -> None:
        import openvino

        core = openvino.Core()
        changed, self.embeds = _changed(path, embed_for, fuse=True)
        model = core.read_model(str(path) if changed is None else changed)
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

    def __init__(self, path: Path, threads: int, embed_for: str, gpu: str | None = None) -> None:
        import onnxruntime

        changed, self.embeds = _changed(path, embed_for)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads burn the cores that decode the next image.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        providers = [*([gpu] if gpu else []), "CPUExecutionProvider"]
        self._session = onnxruntime.InferenceSession(changed or str(path), options, providers=providers)
        if gpu and gpu not in self._session.get_providers():
            raise ValueError(f"{gpu} could not be started: no GPU, no driver, or another version of CUDA")
        inputs = self._session.get_inputs()
        if len(inputs) != 1:
            raise ValueError(f"the model has {len(inputs)} inputs, one image input is needed")
        self.input_name = inputs[0].name
        self.input_shape = tuple(side if isinstance(side, int) else None for side in inputs[0].shape)
        self.output_names = tuple(output.name for output in self._session.get_outputs())
        # Batches pay on a GPU alone, and only where the file takes any number (the ONNX target can make one so).
        if gpu and self.input_shape[0] is None:
            self.run = Batcher(self._run).run  # type: ignore[method-assign]

    def run(self, batch: Floats) -> list[NDArray[Any]]:
        return self._run(batch)

    def _run(self, batch: Floats) -> list[NDArray[Any]]:
        outputs: list[NDArray[Any]] = self._session.run(None, {self.input_name: batch})
        return outputs
