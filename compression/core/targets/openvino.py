"""OpenVINO IR: model.xml with the graph, model.bin with the weights, which is mapped into memory, not read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from compression.core.exporting.conversion import Conversion, parent_of, promised
from compression.core.exporting.parity import one_by_one
from compression.core.exporting.target_needs import missing_for
from compression.core.target import Exported, TargetRequest
from prelabel.core.runtime import open_session


class OpenVinoTarget:
    """Converted from ONNX; int8 graphs keep their scales as FakeQuantize, which the CPU plugin runs in int8."""

    slug = "openvino"
    tolerances = {"fp32": 0.97, "fp16": 0.95}

    def missing(self) -> str | None:
        """OpenVINO belongs to the workers; an installation may lack it."""
        return missing_for(self.slug)

    def export(self, request: TargetRequest) -> Exported:
        """Convert and save; precision fp16 halves the float weights."""
        parent = parent_of(request)
        conversion = Conversion(self, request, promised(parent, self.tolerances.get(request.precision, 0.97)))
        out = conversion.begin(("fp32", "fp16"))
        import openvino

        half = request.precision == "fp16"
        model = openvino.convert_model(str(parent.model_path))
        openvino.save_model(model, str(out / "model.xml"), compress_to_fp16=half)
        request.on_progress(0.3)
        precision = "fp16" if half and parent.manifest.precision == "fp32" else None
        return conversion.finish(parent, [out / "model.xml", out / "model.bin"], precision=precision)

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """One picture after the other, in 32-bit arithmetic."""
        return one_by_one(open_session(folder / "model.xml", runtime="openvino").run, batch)
