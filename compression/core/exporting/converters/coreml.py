"""CoreML: TorchScript to an .mlpackage in a zip, and running it where there is a Mac. Called by environments.py."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np


def convert(request: dict[str, Any]) -> dict[str, Any]:
    """`source` (.pt TorchScript) → `package` (zip of an .mlpackage); `precision` fp32, fp16 or w8 (int8 weights)."""
    import coremltools as ct
    from torch import jit

    loader: Any = jit
    half = request["precision"] == "fp16"
    model = ct.convert(
        loader.load(request["source"]),
        inputs=[ct.TensorType(name="images", shape=tuple(request["shape"]), dtype=np.float32)],
        outputs=[ct.TensorType(name=name, dtype=np.float32) for name in request["outputs"]],
        convert_to="mlprogram",
        compute_precision=ct.precision.FLOAT16 if half else ct.precision.FLOAT32,
        minimum_deployment_target=ct.target.iOS16,
    )
    if request["precision"] == "w8":
        import coremltools.optimize.coreml as optimize

        rule = optimize.OpLinearQuantizerConfig(mode="linear_symmetric", weight_threshold=512)
        model = optimize.linear_quantize_weights(model, config=optimize.OptimizationConfig(global_config=rule))
    model.user_defined_metadata.update({key: str(value) for key, value in request["metadata"].items()})
    package = Path.cwd() / "model.mlpackage"
    model.save(str(package))
    with zipfile.ZipFile(request["package"], "w", zipfile.ZIP_DEFLATED) as bundle:
        for path in sorted(package.rglob("*")):
            if path.is_file():
                # A fixed date: the same model gives the same file, and thereby the same sha256.
                entry = zipfile.ZipInfo(str(Path("model.mlpackage") / path.relative_to(package)), (2020, 1, 1, 0, 0, 0))
                bundle.writestr(entry, path.read_bytes())
    return {"version": ct.__version__, **_read_back(package)}


def _read_back(package: Path) -> dict[str, Any]:
    """What the written file says of itself: names and shapes of inputs and outputs."""
    import coremltools as ct

    spec = ct.models.MLModel(str(package), skip_model_load=True).get_spec()
    return {
        "inputs": {one.name: list(one.type.multiArrayType.shape) for one in spec.description.input},
        "outputs": {one.name: list(one.type.multiArrayType.shape) for one in spec.description.output},
    }


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Pictures of the .npy `inputs` one by one (macOS only); outputs go to the .npz `outputs`."""
    import coremltools as ct

    with zipfile.ZipFile(request["package"]) as bundle:
        bundle.extractall()
    model = ct.models.MLModel("model.mlpackage", compute_units=ct.ComputeUnit.CPU_ONLY)
    found = [model.predict({"images": picture[None]}) for picture in np.load(request["inputs"])]
    np.savez(request["outputs"], *[np.concatenate([one[name] for one in found]) for name in request["names"]])
    return {"version": ct.__version__}


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answer = {"convert": convert, "run": run}[asked["do"]](asked)
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")
