"""YOLO networks from a plain description (architecture.json) and weights from safetensors: no pickles anywhere.

Source: the layer tables are Ultralytics' own (yolo11.yaml, yolo26.yaml); widths `p` and `t` are ours.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from ultralytics.nn.tasks import DetectionModel, yaml_model_load

from annotator.core.errors import BadArtifact, NotFound
from compression.core.training.widths import apply_widths, check_runs, narrowed, read_widths
from compression.core.vendor.yolo.surgery import restore_attributes

# Ours: [depth, width, max channels] beside the stock n s m l x. 'p' (pico) is 0.99 M parameters, 't' (tiny) 0.33 M.
OWN_SCALES = {"p": (0.50, 0.140625, 1024), "t": (0.33, 0.0625, 1024)}
_ARCH = re.compile(r"(yolo11|yolo26|yolov8)([nsmlxpt])")
# Without scales: one width, in its own table. Its head is the one of yolov8, so the published weights are `tinyu`.
_SINGLE = ("yolov3-tiny",)
_CLASS_LAYER = re.compile(r"\.(one2one_)?cv3\.\d+\.2$")  # the last convolution of a class branch
# parse_model() looks names up and evaluates strings: an architecture may name only these.
_ALLOWED_LAYERS = {
    "Conv",
    "C3k2",
    "C2f",
    "SPPF",
    "C2PSA",
    "Concat",
    "nn.Upsample",
    "Detect",
    "nn.MaxPool2d",
    "nn.ZeroPad2d",
}
_ALLOWED_KEYS = {
    *("backbone", "head", "end2end", "reg_max", "nc", "scale", "scales", "channels"),
    *("depth_multiple", "width_multiple"),
}
_ALLOWED_WORDS = {"None", "nearest", "nc", "True", "False"}


class Yolo(DetectionModel):
    """A detection network whose training forward may run in bfloat16 while its loss stays in float32.

    Box distances in bfloat16 are only exact to 1/4 of a stride on a 40-cell grid, so the criterion gets float32.
    """

    bf16 = False
    names: dict[int, str]

    def loss(self, batch: dict[str, Any], preds: Any = None) -> Any:
        """Loss of a batch (images N×3×H×W in 0..1)."""
        if getattr(self, "criterion", None) is None:
            self.criterion = self.init_criterion()
        if preds is None:
            with self.hurried():
                preds = self.forward(batch["img"])
        return self.criterion(to_float32(preds), batch)

    def hurried(self) -> torch.autocast:
        """A context in which a training forward on the CPU may take the short way."""
        return torch.autocast("cpu", torch.bfloat16, enabled=self.bf16 and self.training)


def to_float32(value: Any) -> Any:
    """Tensors in nested lists, tuples and dicts as float32; integers stay."""
    if isinstance(value, torch.Tensor):
        return value.float() if value.is_floating_point() else value
    if isinstance(value, dict):
        return {key: to_float32(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(to_float32(entry) for entry in value)
    return value


def describe(arch: str, classes: Sequence[str]) -> dict[str, Any]:
    """The plain description of ``arch`` (such as yolo11n) for ``classes``. Raises NotFound."""
    if arch in _SINGLE:
        table = yaml_model_load(f"{arch}.yaml")
        layers = {key: table[key] for key in ("backbone", "head", "depth_multiple", "width_multiple")}
        layers["nc"] = len(classes)
        return {"schema": 1, "arch": arch, "family": arch, "classes": list(classes), "yaml": layers}
    match = _ARCH.fullmatch(arch)
    if match is None:
        raise NotFound(f"There is no YOLO architecture {arch!r}.", arch=arch)
    family, scale = match.groups()
    table = yaml_model_load(f"{family}.yaml")
    scales = {**table["scales"], **OWN_SCALES}
    layers = {key: table[key] for key in ("backbone", "head")}
    layers |= {key: table[key] for key in ("end2end", "reg_max") if key in table}
    layers |= {"nc": len(classes), "scale": scale, "scales": {scale: list(scales[scale])}}
    return {"schema": 1, "arch": arch, "family": family, "classes": list(classes), "yaml": layers}


def build(architecture: Mapping[str, Any]) -> Yolo:
    """A fresh network, as narrow as "widths" says. Raises BadArtifact for anything but known layers that fit."""
    network = _build_stock(architecture)
    widths = architecture.get("widths")
    if widths:
        apply_widths(network, widths)
        restore_attributes(network)
        check_runs(network, lambda built: built(torch.zeros(1, 3, 64, 64)))
    return network


def for_classes(architecture: Mapping[str, Any], classes: Sequence[str]) -> dict[str, Any]:
    """``architecture`` for other classes, as narrow as before wherever the classes do not decide the width."""
    if list(architecture["classes"]) == list(classes):
        return dict(architecture)
    plain = {key: value for key, value in architecture.items() if key != "widths"}
    plain |= {"classes": list(classes), "yaml": {**architecture["yaml"], "nc": len(classes)}}
    if not architecture.get("widths"):
        return plain
    before, stock = read_widths(build(architecture)), read_widths(_build_stock(plain))
    # The class branches of a stock head are as wide as there are classes (to 100), so they may be narrower now.
    fitting = {name: [min(pair) for pair in zip(before[name], stock[name], strict=True)] for name in stock}
    fitting |= {name: [len(classes), *width[1:]] for name, width in fitting.items() if _CLASS_LAYER.search(name)}
    return {**plain, "widths": {name: width for name, width in fitting.items() if width != stock[name]}}


def _build_stock(architecture: Mapping[str, Any]) -> Yolo:
    table = copy.deepcopy(dict(architecture["yaml"]))
    _check_table(table)
    network = Yolo(table, nc=len(architecture["classes"]), verbose=False)
    network.names = dict(enumerate(architecture["classes"]))
    return network


def with_widths(network: nn.Module, architecture: Mapping[str, Any]) -> dict[str, Any]:
    """``architecture`` with the widths that ``network`` has now. Raises BadArtifact where it is no such network."""
    plain = {key: value for key, value in architecture.items() if key != "widths"}
    widths = narrowed(network, _build_stock(plain))
    return {**plain, "widths": widths} if widths else plain


def _check_table(table: Mapping[str, Any]) -> None:
    unknown = set(table) - _ALLOWED_KEYS
    if unknown:
        raise BadArtifact(f"architecture.json has unknown keys {sorted(unknown)}.", field="yaml")
    for row in (*table["backbone"], *table["head"]):
        words = [value for value in row[3] if isinstance(value, str)]
        if row[2] not in _ALLOWED_LAYERS or not set(words) <= _ALLOWED_WORDS:
            raise BadArtifact(f"architecture.json names a layer that is not allowed: {row[2]!r} {words}.", field="yaml")


def load_matching(network: Yolo, folder: Path) -> tuple[int, int]:
    """Copy every tensor of ``folder/weights.safetensors`` whose name and shape match; class rows match by name.

    Returns (copied, tensors of the network), so that a caller can say how warm the start was.
    """
    source = load_file(str(folder / "weights.safetensors"))
    target = network.state_dict()
    taken = {k: v.to(target[k].dtype) for k, v in source.items() if k in target and target[k].shape == v.shape}
    described = folder / "architecture.json"
    if described.exists():
        before = json.loads(described.read_text(encoding="utf-8")).get("classes") or []
        after = [network.names[index] for index in sorted(network.names)]
        if before and before != after:
            taken |= _remap_classes(source, target, before, after)
    network.load_state_dict(taken, strict=False)
    return len(taken), len(target)


def _remap_classes(
    source: Mapping[str, torch.Tensor], target: Mapping[str, torch.Tensor], before: list[str], after: list[str]
) -> dict[str, torch.Tensor]:
    """Rows of the last class convolutions, moved to where the class of the same name is now (new names keep theirs)."""
    rows: dict[str, torch.Tensor] = {}
    for name, tensor in source.items():
        if not _CLASS_LAYER.search(name.rpartition(".")[0]) or name not in target:
            continue
        if tensor.shape[0] != len(before) or tensor.shape[1:] != target[name].shape[1:]:
            continue
        merged = target[name].clone()
        for index, label in enumerate(after):
            if label in before:
                merged[index] = tensor[before.index(label)].to(merged.dtype)
        rows[name] = merged
    return rows


def save(network: nn.Module, architecture: Mapping[str, Any], folder: Path, half: bool = True) -> None:
    """Write weights.safetensors (float16 where ``half``) and architecture.json with the widths of ``network``."""
    architecture = with_widths(network, architecture)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).contiguous().clone()
        for name, tensor in network.state_dict().items()
    }
    save_file(tensors, str(folder / "weights.safetensors"))
    text = json.dumps(architecture, ensure_ascii=False, indent=1)
    (folder / "architecture.json").write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> tuple[Yolo, dict[str, Any]]:
    """The network of a trained folder, float32, in eval mode, with its description. Raises BadArtifact."""
    try:
        architecture = json.loads((folder / "architecture.json").read_text(encoding="utf-8"))
        network = build(architecture)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadArtifact(f"The trained folder cannot be read: {error}.", field="architecture.json") from error
    try:
        weights = load_file(str(folder / "weights.safetensors"))
        network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()})
    except Exception as error:  # safetensors raises a kind of its own for a broken header
        told = str(error)[:300]
        raise BadArtifact(f"Weights do not fit the architecture: {told}.", field="weights.safetensors") from error
    return network.eval(), architecture
