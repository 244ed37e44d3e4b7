"""CoreML, for iPhones and Macs: an .mlpackage (a folder) in a zip. Converted anywhere, run on a Mac alone."""

from __future__ import annotations

import platform
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from annotator.core.errors import RunFailed
from compression.core.exporting.conversion import Conversion, network_of
from compression.core.exporting.environments import call
from compression.core.exporting.isolated import run_isolated, save_program, trace
from compression.core.exporting.target_needs import missing_for
from compression.core.target import Exported, TargetRequest

_FILE = "model.mlpackage.zip"


class CoreMlTarget:
    """From a trace of the network; input `images`, outputs `output0` …."""

    slug = "coreml"
    tolerances = {"fp32": 0.97, "fp16": 0.9, "w8": 0.8}

    def missing(self) -> str | None:
        """Needs coremltools."""
        return missing_for(self.slug)

    def export(self, request: TargetRequest) -> Exported:
        """Convert and read the file back; outputs are compared where there is a Mac, elsewhere the notes say so."""
        conversion = Conversion(self, request, self.tolerances.get(request.precision, 0.97))
        out = conversion.begin(tuple(self.tolerances))
        handed, parent = network_of(request)
        names = ["output0"]
        with TemporaryDirectory(dir=out) as scratch:
            source = Path(scratch) / "network.pt"
            save_program(trace(handed.network, handed.shape), source)
            asked: dict[str, Any] = {
                "do": "convert",
                "source": str(source.resolve()),
                "shape": handed.shape,
                "outputs": names,
            }
            asked |= {"precision": request.precision, "metadata": {"classes": ",".join(parent.manifest.classes)}}
            said = call(self.slug, asked | self._files(out))
        if said["inputs"] != {"images": list(handed.shape)} or sorted(said["outputs"]) != names:
            raise RunFailed(f"The CoreML file reads back as {said}, not as it was written.", code="parity")
        request.on_progress(0.3)
        mac = platform.system() == "Darwin"
        notes = () if mac else ("read back, but its outputs were not compared: CoreML models run on macOS alone",)
        files = [out / _FILE]
        return conversion.finish(parent, files, precision=request.precision, notes=notes, comparable=mac)

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """One picture after the other, on a Mac. Raises RunFailed elsewhere."""
        if platform.system() != "Darwin":
            raise RunFailed("CoreML models run on macOS alone.", code="target_missing")
        return run_isolated(self.slug, self._files(folder) | {"names": ["output0"]}, batch)

    def _files(self, folder: Path) -> dict[str, Any]:
        return {"package": str((folder / _FILE).resolve())}
