"""LiteRT (TFLite), for Android and microprocessors: one .tflite file, mapped into memory by its runtime."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch

from compression.core.exporting.conversion import Conversion, network_of
from compression.core.exporting.environments import call
from compression.core.exporting.isolated import run_isolated
from compression.core.exporting.parity import input_batch
from compression.core.exporting.target_needs import missing_for
from compression.core.target import Exported, TargetRequest

_FILE = "model.tflite"
_CALIBRATION = 64  # pictures, for int8


class LiteRtTarget:
    """From the exported network; int8 is LiteRT's own, calibrated on the pictures of the request (train split)."""

    slug = "litert"
    tolerances = {"fp32": 0.97, "w8": 0.8, "int8": 0.7}

    def missing(self) -> str | None:
        """Needs litert-torch, ai-edge-litert and, for int8, ai-edge-quantizer: 1.2 GB."""
        return missing_for(self.slug)

    def export(self, request: TargetRequest) -> Exported:
        """Export the program, convert it in the target's own environment; layers with weights alone are quantized."""
        conversion = Conversion(self, request, self.tolerances.get(request.precision, 0.97))
        out = conversion.begin(tuple(self.tolerances))
        handed, parent = network_of(request)
        with TemporaryDirectory(dir=out) as scratch:
            program, inputs = Path(scratch) / "network.pt2", Path(scratch) / "inputs.npy"
            with torch.no_grad():
                exported = torch.export.export(handed.network.eval(), (torch.zeros(handed.shape),), strict=False)
            torch.export.save(exported, str(program))
            np.save(inputs, input_batch(parent.manifest, request.pictures, _CALIBRATION))
            asked: dict[str, Any] = {
                "do": "convert",
                "program": str(program.resolve()),
                "inputs": str(inputs.resolve()),
            }
            asked |= {"shape": handed.shape, "precision": request.precision}
            call(self.slug, asked | self._files(out))
        request.on_progress(0.3)
        return conversion.finish(parent, [out / _FILE], precision=request.precision)

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """One picture after the other."""
        return run_isolated(self.slug, self._files(folder), batch)

    def _files(self, folder: Path) -> dict[str, str]:
        return {"model": str((folder / _FILE).resolve())}
