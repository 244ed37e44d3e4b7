"""Reads the tensors of a torch checkpoint without running any code that the pickle names.

A pickle is a program: it imports names and calls them. Here every name but tensors' own becomes a shell that swallows
what is done to it, so that `os.system` in a hostile file is an object without effect, and a network saved whole
can be read without the library (and its version) that wrote it.
"""

from __future__ import annotations

import collections
import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from annotator.core.errors import BadArtifact

_PLAIN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,  # type: ignore[attr-defined]
    ("torch._utils", "_rebuild_parameter"): torch._utils._rebuild_parameter,  # type: ignore[attr-defined]
    ("torch", "Size"): torch.Size,
    ("torch", "device"): torch.device,
    ("__builtin__", "set"): set,
    ("builtins", "set"): set,
}
_DTYPES = ("Half", "Float", "Double", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool")
for _name in _DTYPES:
    _PLAIN["torch", f"{_name}Storage"] = getattr(torch, f"{_name}Storage")


class Shell:
    """Stands for any class or function of the pickle; takes everything, does nothing, keeps its attributes."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Shell:
        return super().__new__(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Shell:
        return Shell()

    def __setstate__(self, state: Any) -> None:
        if isinstance(state, tuple):
            state = next((part for part in state if isinstance(part, dict)), {})
        if isinstance(state, dict):
            self.__dict__.update({key: value for key, value in state.items() if isinstance(key, str)})

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __hash__(self) -> int:
        return id(self)

    def append(self, value: Any) -> None:
        """Swallow."""

    def extend(self, values: Any) -> None:
        """Swallow."""

    def add(self, value: Any) -> None:
        """Swallow."""


class _InertUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        return _PLAIN.get((module, name), Shell)


class _InertPickle:
    """What `torch.load` wants of a pickle module."""

    Unpickler = _InertUnpickler

    @staticmethod
    def load(file: Any, **options: Any) -> Any:
        return _InertUnpickler(file, encoding=options.get("encoding", "ASCII")).load()


@dataclass
class Tensors:
    """``tensors`` by state-dict name; ``classes`` when the checkpoint names them."""

    tensors: dict[str, torch.Tensor] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)


def read_tensors(path: Path) -> Tensors:
    """Tensors of a state dict, or of a network saved whole (under ``ema`` or ``model``). Raises BadArtifact."""
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=False, pickle_module=_InertPickle)
    except Exception as error:  # a broken pickle can raise anything
        raise BadArtifact(f"{path.name} is not a torch checkpoint: {error}", field=path.name) from error
    network = loaded
    if isinstance(loaded, dict) and not _all_tensors(loaded):
        network = loaded.get("ema") or loaded.get("model") or loaded.get("state_dict")
    found = Tensors()
    if isinstance(network, dict):
        found.tensors = {str(name): _plain(value) for name, value in network.items() if torch.is_tensor(value)}
    elif isinstance(network, Shell):
        _collect(network, "", found.tensors)
        found.classes = _names(network.__dict__.get("names"))
    if not found.tensors:
        raise BadArtifact(f"{path.name} holds no network weights.", field=path.name)
    return found


def _collect(module: Shell, prefix: str, out: dict[str, torch.Tensor]) -> None:
    """What nn.Module.state_dict() would give, walked by hand: parameters, persistent buffers, submodules."""
    attributes = module.__dict__
    transient = attributes.get("_non_persistent_buffers_set") or ()
    for kind in ("_parameters", "_buffers"):
        for name, value in (attributes.get(kind) or {}).items():
            if torch.is_tensor(value) and name not in transient:
                out[prefix + name] = _plain(value)
    for name, child in (attributes.get("_modules") or {}).items():
        if isinstance(child, Shell):
            _collect(child, f"{prefix}{name}.", out)


def _plain(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().clone().contiguous()


def _all_tensors(values: dict[Any, Any]) -> bool:
    return bool(values) and all(torch.is_tensor(value) for value in values.values())


def _names(names: Any) -> list[str]:
    if isinstance(names, dict):
        return [str(names[key]) for key in sorted(names)]
    return [str(name) for name in names] if isinstance(names, list) else []
