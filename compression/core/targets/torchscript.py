"""TorchScript: the network traced and frozen, for PyTorch in C++ and on phones without Python."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from compression.core.exporting.conversion import Conversion, network_of
from compression.core.exporting.isolated import save_program, trace
from compression.core.exporting.parity import one_by_one
from compression.core.target import Exported, TargetRequest

_FILE = "model.torchscript"


class TorchScriptTarget:
    """From the trained network. The file is a program: it is written here and never taken from an import."""

    slug = "torchscript"
    tolerance = 0.99

    def missing(self) -> str | None:
        """Nothing: PyTorch belongs to every worker."""
        return None

    def export(self, request: TargetRequest) -> Exported:
        """Trace on zeros; freezing folds BatchNorm and makes the weights constants."""
        conversion = Conversion(self, request, self.tolerance)
        out = conversion.begin(("fp32",))
        handed, parent = network_of(request)
        save_program(torch.jit.freeze(trace(handed.network, handed.shape)), out / _FILE)
        request.on_progress(0.3)
        return conversion.finish(parent, [out / _FILE])

    def run(self, folder: Path, batch: Any) -> list[Any]:
        """One picture after the other."""
        jit: Any = torch.jit
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = jit.load(str(folder / _FILE), map_location="cpu")

        def one(picture: Any) -> list[Any]:
            with torch.no_grad():
                found = program(torch.from_numpy(picture))
            outputs = found if isinstance(found, tuple | list) else [found]
            return [value.numpy() for value in outputs]

        return one_by_one(one, batch)
