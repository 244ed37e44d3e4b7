"""TensorRT: an engine for the NVIDIA GPU that it was built on, and for no other.

Source: the TensorRT 10 Python API (IBuilder, OnnxParser, IExecutionContext.execute_async_v3),
https://docs.nvidia.com/deeplearning/tensorrt/latest/inference-library/python-api-docs.html.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from annotator.core.errors import RunFailed
from compression.core.exporting.conversion import Conversion, parent_of, promised
from compression.core.exporting.parity import one_by_one
from compression.core.exporting.target_needs import missing_for
from compression.core.target import Exported, TargetRequest

_FILE = "model.engine"


class TensorRtTarget:
    """Built from ONNX; int8 graphs with Q/DQ nodes need no calibration."""

    slug = "tensorrt"
    tolerances = {"fp32": 0.97, "fp16": 0.95}

    def missing(self) -> str | None:
        """Needs an NVIDIA GPU and NVIDIA's own package (proprietary licence)."""
        return missing_for(self.slug)

    def export(self, request: TargetRequest) -> Exported:
        """Parse the ONNX graph and let the builder choose kernels; precision fp16 allows half-precision ones."""
        parent = parent_of(request)
        conversion = Conversion(self, request, promised(parent, self.tolerances.get(request.precision, 0.97)))
        out = conversion.begin(("fp32", "fp16"))
        half = request.precision == "fp16"
        (out / _FILE).write_bytes(build_engine(parent.model_path, half=half))
        request.on_progress(0.6)
        precision = "fp16" if half and parent.manifest.precision == "fp32" else None
        return conversion.finish(parent, [out / _FILE], precision=precision, notes=[f"built for {_gpu()}"])

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """One picture after the other on the GPU."""
        return one_by_one(_Engine(folder / _FILE).run, batch)


def build_engine(model: Path, *, half: bool, workspace_bytes: int = 1 << 30) -> bytes:
    """Serialized engine of an ONNX file. Raises RunFailed with the parser's errors."""
    import tensorrt as trt

    log = trt.Logger(trt.Logger.WARNING)
    builder = trt.Builder(log)
    network = builder.create_network(0)
    parser = trt.OnnxParser(network, log)
    if not parser.parse_from_file(str(model)):
        said = "; ".join(str(parser.get_error(index)) for index in range(parser.num_errors))
        raise RunFailed(f"TensorRT cannot read the graph: {said[:600]}", code="conversion_failed")
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, workspace_bytes)
    if half:
        config.set_flag(trt.BuilderFlag.FP16)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise RunFailed("TensorRT found no kernels for this graph; its log says why.", code="conversion_failed")
    return bytes(engine)


class _Engine:
    """An engine with torch's CUDA memory for its inputs and outputs."""

    def __init__(self, path: Path) -> None:
        import tensorrt as trt

        self._trt = trt
        self._engine = trt.Runtime(trt.Logger(trt.Logger.WARNING)).deserialize_cuda_engine(path.read_bytes())
        self._context = self._engine.create_execution_context()

    def run(self, picture: Any) -> list[Any]:
        import torch

        cuda: Any = torch.cuda
        stream = cuda.Stream()
        outputs, alive = [], []  # the engine sees addresses alone, so the tensors must outlive the call
        with torch.cuda.stream(stream):
            for index in range(self._engine.num_io_tensors):
                name = self._engine.get_tensor_name(index)
                if self._engine.get_tensor_mode(name) == self._trt.TensorIOMode.INPUT:
                    held = torch.from_numpy(picture).cuda()
                else:
                    held = torch.empty(tuple(self._engine.get_tensor_shape(name)), device="cuda")
                    outputs.append(held)
                alive.append(held)
                self._context.set_tensor_address(name, held.data_ptr())
            self._context.execute_async_v3(stream.cuda_stream)
        stream.synchronize()
        return [value.cpu().numpy() for value in outputs]


def _gpu() -> str:
    import torch

    return str(torch.cuda.get_device_name(0))
