"""NCNN, for phones and small boards: model.param with the graph, model.bin with the weights; made by PNNX."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from compression.core.exporting.conversion import Conversion, network_of
from compression.core.exporting.environments import call
from compression.core.exporting.isolated import run_isolated, save_program, trace
from compression.core.exporting.target_needs import missing_for
from compression.core.target import Exported, TargetRequest

_PARAM, _BIN = "model.param", "model.bin"


class NcnnTarget:
    """From a trace of the network; input `in0`, outputs `out0` …, one picture without a batch dimension."""

    slug = "ncnn"
    tolerances = {"fp32": 0.97, "fp16": 0.95}

    def missing(self) -> str | None:
        """Needs ncnn and pnnx."""
        return missing_for(self.slug)

    def export(self, request: TargetRequest) -> Exported:
        """Trace, convert; precision fp16 stores the weights in half precision, as phones compute."""
        conversion = Conversion(self, request, self.tolerances.get(request.precision, 0.97))
        out = conversion.begin(("fp32", "fp16"))
        handed, parent = network_of(request)
        with TemporaryDirectory(dir=out) as scratch:
            source = Path(scratch) / "network.pt"
            save_program(trace(handed.network, handed.shape), source)
            asked = {"do": "convert", "source": str(source), "shape": handed.shape}
            call(self.slug, asked | self._files(out) | {"fp16": request.precision == "fp16"})
        request.on_progress(0.3)
        return conversion.finish(parent, [out / _PARAM, out / _BIN], precision=request.precision)

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """One picture after the other."""
        return run_isolated(self.slug, self._files(folder), batch)

    def _files(self, folder: Path) -> dict[str, str]:
        return {"param": str((folder / _PARAM).resolve()), "bin": str((folder / _BIN).resolve())}
