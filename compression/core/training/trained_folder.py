"""Reading and writing of trained folders: weights.safetensors, architecture.json and training.json.

Shared by the trainers of torchvision networks, which differ in how a stock network is built and which layers are heads.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from annotator.core.errors import BadArtifact, NotFound, Unprocessable
from compression.core.trainer import Trained
from compression.core.training.checkpoint import sha256_of, write_json
from compression.core.training.widths import apply_widths, check_runs, narrowed, read_widths

Build = Callable[[str, int], nn.Module]  # arch, number of classes → stock network
WEIGHTS, ARCHITECTURE, RECORD = "weights.safetensors", "architecture.json", "training.json"
# Some networks cannot run below this; widths are proved by one small forward pass.
_PROBE = 64
_LARGEST_HALF = 65504.0


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """A JSON object of a trained folder. Raises BadArtifact."""
    try:
        found = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadArtifact(f"{name} of the trained folder cannot be read: {error}.", field=name) from error
    if not isinstance(found, dict):
        raise BadArtifact(f"{name} of the trained folder is not a JSON object.", field=name)
    return found


def build_described(build: Build, described: Mapping[str, Any], heads: Sequence[str]) -> nn.Module:
    """The network that an architecture.json describes, with fresh weights.

    ``heads`` name the layers whose width follows from the classes, whatever "widths" says of it: a pruned network can
    go on with other classes. Raises BadArtifact.
    """
    try:
        network = build(str(described["arch"]), len(described["classes"]))
    except (KeyError, TypeError, NotFound) as error:
        raise BadArtifact(f"architecture.json names no network that is known: {error}.", field="arch") from error
    widths = described.get("widths") or {}
    if not isinstance(widths, Mapping):
        raise BadArtifact("“widths” in architecture.json must be an object.", field="widths")
    if widths:
        stock = read_widths(network)
        for name in heads:
            if name in widths:
                widths = {**widths, name: [stock[name][0], *widths[name][1:]]}
        apply_widths(network, widths)
        check_runs(network, lambda net: net(torch.zeros(1, 3, _PROBE, _PROBE)))
    return network


def load_network(build: Build, folder: Path, heads: Sequence[str] = ()) -> tuple[nn.Module, dict[str, Any]]:
    """The trained network, float32, eval mode, and its description. Raises BadArtifact."""
    described = read_json(folder, ARCHITECTURE)
    network = build_described(build, described, heads)
    try:
        weights = load_file(str(folder / WEIGHTS))
        network.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in weights.items()})
    except Exception as error:  # safetensors raises its own kind for a broken header
        raise BadArtifact(f"The weights do not fit the architecture: {str(error)[:300]}.", field=WEIGHTS) from error
    return network.eval(), described


def describe_network(
    build: Build, network: nn.Module, arch: str, classes: Sequence[str], **more: Any
) -> dict[str, Any]:
    """The architecture.json of ``network``; layers narrower than stock are listed under "widths"."""
    widths = narrowed(network, build(arch, len(classes)))
    described = {"schema": 1, "arch": arch, "classes": list(classes), **more}
    return {**described, "widths": widths} if widths else described


def write_network(network: nn.Module, described: Mapping[str, Any], folder: Path) -> None:
    """Weights, in float16 where they fit, and description; the record is what says that a folder is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: _stored(tensor) for name, tensor in network.state_dict().items()}, str(folder / WEIGHTS))
    write_json(folder / ARCHITECTURE, dict(described))


def _stored(tensor: torch.Tensor) -> torch.Tensor:
    """A copy in float16, or as it is where float16 would make infinity of it: a variance may pass 65504."""
    plain = tensor.detach().cpu().contiguous().clone()
    if not plain.is_floating_point() or float(plain.abs().amax() if plain.numel() else 0) > _LARGEST_HALF:
        return plain
    return plain.half()


def save_narrowed(build: Build, network: nn.Module, architecture: Mapping[str, Any], like: Path, out: Path) -> Trained:
    """``network`` as a trained folder of its own, its record taken over from ``like`` with the new hash."""
    same = {k: v for k, v in architecture.items() if k not in ("schema", "arch", "classes", "widths")}
    described = describe_network(build, network, str(architecture["arch"]), architecture["classes"], **same)
    write_network(network, described, out)
    if like.resolve() != out.resolve():
        shutil.copyfile(like / RECORD, out / RECORD)
    record = read_json(out, RECORD)
    write_json(out / RECORD, {**record, "weights_sha256": sha256_of(out / WEIGHTS)})
    return Trained(out)


def load_matching(network: nn.Module, folder: Path) -> tuple[int, int]:
    """Copy tensors of ``folder`` whose name and shape match; returns (copied, all).

    A classifier's tensors also fit the encoder of a network by the name that they have there.
    """
    source, target = load_file(str(folder / WEIGHTS)), network.state_dict()
    source |= {f"encoder.{name}": tensor for name, tensor in source.items()}
    taken = {k: v.to(target[k].dtype) for k, v in source.items() if k in target and target[k].shape == v.shape}
    network.load_state_dict(taken, strict=False)
    return len(taken), len(target)


def check_teacher(theirs: Sequence[str], ours: Sequence[str]) -> None:
    """Raises Unprocessable where a teacher does not know the same classes in the same order."""
    if list(theirs) == list(ours):
        return
    if sorted(theirs) == sorted(ours):
        raise Unprocessable("The teacher knows the classes in another order.", field="teacher", teacher=list(theirs))
    lacks, more = set(ours) - set(theirs), set(theirs) - set(ours)
    told = [f"it lacks {', '.join(sorted(lacks))}"] if lacks else []
    told += [f"it has {', '.join(sorted(more))} besides"] if more else []
    raise Unprocessable(
        f"The teacher knows other classes than the data: {'; '.join(told)}.", field="teacher", teacher=list(theirs)
    )
