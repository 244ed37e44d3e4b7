"""ONNX: the graph simplified, for any number of pictures at a time."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import onnx

from compression.core.exporting.conversion import Conversion, network_of, parent_of
from compression.core.exporting.dynamic_batch import free_batch
from compression.core.exporting.simplify import measure_effect, simplify
from compression.core.target import Exported, TargetRequest
from prelabel.core.runtime import open_session


class OnnxTarget:
    """The artifact's own graph; weights and precision are the parent's to the bit."""

    slug = "onnx"
    tolerance = 0.99

    def missing(self) -> str | None:
        """Nothing: ONNX belongs to every worker."""
        return None

    def export(self, request: TargetRequest) -> Exported:
        """Simplify, free the batch (unless ``fixed_batch``), compare all pictures in one batch with one by one."""
        conversion = Conversion(self, request, self.tolerance)
        out = conversion.begin(("fp32",))
        parent = parent_of(request)
        path = out / "model.onnx"
        model = simplify(onnx.load(str(parent.model_path)))
        onnx.save(model if request.fixed_batch else free_batch(model), str(path))
        request.on_progress(0.3)
        spec = parent.manifest.input
        graph = self._effect(request, path, (1, 3, spec.height, spec.width))
        note = "one picture at a time" if request.fixed_batch else "any number of pictures at a time"
        return conversion.finish(parent, [path], graph=graph, notes=[note])

    def _effect(self, request: TargetRequest, after: Path, shape: tuple[int, int, int, int]) -> dict[str, Any]:
        """Against the graph as it would be without fusion and simplification, where the network is at hand."""
        parent = parent_of(request)
        if request.model.trained is None or parent.manifest.precision != "fp32":
            return {"compared_with": "the model's own graph"} | measure_effect(parent.model_path, after, shape)
        from compression.core.exporting.onnx_export import write_graph

        with TemporaryDirectory(dir=request.out) as scratch:
            plain = Path(scratch) / "plain.onnx"
            handed, _ = network_of(request)
            write_graph(handed.network, handed.shape, plain, handed.output, simplified=False)
            return {"compared_with": "the network written layer by layer"} | measure_effect(plain, after, shape)

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """All pictures in one call where the batch is free."""
        session = open_session(folder / "model.onnx", runtime="onnxruntime")
        if session.input_shape[0] is None:
            return session.run(batch)
        from compression.core.exporting.parity import one_by_one

        return one_by_one(session.run, batch)
