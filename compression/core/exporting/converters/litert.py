"""LiteRT: an exported PyTorch program to .tflite, and running it. Called by exporting/environments.py."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

# What is quantized: layers with weights. The rest of a detector is its decode, which one scale over boxes and scores
# would round to nothing.
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def convert(request: dict[str, Any]) -> dict[str, Any]:
    """`program` (torch.export) → `model` (.tflite); `precision` fp32, w8 (int8 weights) or int8 (static).

    int8 is calibrated on the .npy `inputs`.
    """
    import litert_torch
    import torch

    program = torch.export.load(request["program"])
    edge = litert_torch.convert(program.module(), (torch.zeros(request["shape"]),))
    floats = Path("float.tflite")
    edge.export(str(floats))
    if request["precision"] == "fp32":
        Path(request["model"]).write_bytes(floats.read_bytes())
    else:
        _quantize(floats, Path(request["model"]), request["precision"], np.load(request["inputs"]))
    return {"version": _version("litert-torch")}


def _quantize(floats: Path, out: Path, precision: str, pictures: Any) -> None:
    from ai_edge_quantizer import quantizer, recipe

    whole = recipe.static_wi8_ai8() if precision == "int8" else recipe.weight_only_wi8_afp32()
    rules = [{**whole[0], "operation": name} for name in _WEIGHTED]
    quantize = quantizer.Quantizer(str(floats), rules)
    ranges = None
    if precision == "int8":
        name, signature = _signature(floats)
        ranges = quantize.calibrate({name: [{signature: picture[None]} for picture in pictures]}, num_threads=1)
    quantize.quantize(ranges).export_model(str(out), overwrite=True)


def _signature(model: Path) -> tuple[str, str]:
    """Name of the only signature and of its only input."""
    from ai_edge_litert.interpreter import Interpreter

    listed = Interpreter(str(model)).get_signature_list()
    name = next(iter(listed))
    return name, listed[name]["inputs"][0]


def run(request: dict[str, Any]) -> dict[str, Any]:
    """Pictures of the .npy `inputs` one by one; outputs go to the .npz `outputs`."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(request["model"], num_threads=1)
    interpreter.allocate_tensors()
    runner = interpreter.get_signature_runner()
    name = next(iter(runner.get_input_details()))
    found = [runner(**{name: picture[None]}) for picture in np.load(request["inputs"])]
    order = sorted(found[0], key=lambda key: (len(key), key))  # output_0, output_1 … output_10
    np.savez(request["outputs"], *[np.concatenate([one[key] for one in found]) for key in order])
    return {"version": _version("ai-edge-litert")}


def _version(name: str) -> str:
    from importlib.metadata import version

    return version(name)


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    answer = {"convert": convert, "run": run}[asked["do"]](asked)
    Path(sys.argv[2]).write_text(json.dumps(answer), encoding="utf-8")
