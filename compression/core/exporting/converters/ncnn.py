"""NCNN: TorchScript to .param and .bin by PNNX, and running them. Called by exporting/environments.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np


def convert(request: dict[str, Any]) -> dict[str, Any]:
    """`source` (.pt TorchScript or .onnx) → `param`, `bin`; `fp16` stores the weights in half precision."""
    import pnnx

    source, scratch = Path(request["source"]), Path.cwd()
    shape = ",".join(str(side) for side in request["shape"])
    command = [
        str(pnnx.EXEC_PATH) if hasattr(pnnx, "EXEC_PATH") else str(Path(sys.executable).with_name("pnnx")),
        str(source),
        f"inputshape=[{shape}]",
        f"fp16={int(request['fp16'])}",
        f"ncnnparam={request['param']}",
        f"ncnnbin={request['bin']}",
        f"ncnnpy={scratch / 'ncnn.py.txt'}",
        f"pnnxparam={scratch / 'pnnx.param'}",
        f"pnnxbin={scratch / 'pnnx.bin'}",
        f"pnnxpy={scratch / 'pnnx.py.txt'}",
        f"pnnxonnx={scratch / 'pnnx.onnx'}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not Path(request["param"]).exists():
        sys.exit("pnnx: " + (done.stderr or done.stdout)[-600:])
    return {"version": _version("pnnx")}


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Pictures of the .npy `inputs` one by one; outputs go to the .npz `outputs`."""
    import ncnn

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = 1
    # Half precision of sums is for phones; here it would only hide what the weights lost.
    net.opt.use_fp16_arithmetic = net.opt.use_fp16_packed = net.opt.use_fp16_storage = net.opt.use_bf16_storage = False
    if net.load_param(request["param"]) or net.load_model(request["bin"]):
        sys.exit("ncnn cannot read the files")
    found: list[list[Any]] = []
    for picture in np.load(request["inputs"]):
        with net.create_extractor() as extractor:
            extractor.input(net.input_names()[0], ncnn.Mat(np.ascontiguousarray(picture)).clone())
            found.append([np.array(extractor.extract(name)[1])[None] for name in net.output_names()])
    np.savez(request["outputs"], *[np.concatenate(one) for one in zip(*found, strict=True)])
    return {"version": _version("ncnn")}


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answer = {"convert": convert, "run": run}[asked["do"]](asked)
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")
