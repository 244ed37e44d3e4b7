"""Unstructured pruning: the smallest weights become zero and stay zero; what that saves depends on the storage.

Source of the rule: Han et al. 2015, "Learning both weights and connections"; semantics of
``torch.nn.utils.prune.global_unstructured`` with ``L1Unstructured``.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import load_file
from torch import nn
from torch.optim.optimizer import (
    Optimizer,
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)
from torch.utils.weak import WeakIdKeyDictionary

from annotator.core.errors import RunFailed

_SPARSE = 0.01  # share of zeros from which a network counts as pruned; trained ones have next to none


def prunable_weights(network: nn.Module) -> dict[str, torch.Tensor]:
    """Weights of convolutions and linear layers that learn, by name; a detector's fixed DFL kernel is none of them."""
    return {
        f"{name}.weight": layer.weight
        for name, layer in network.named_modules()
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)) and layer.weight.requires_grad
    }


def global_l1_masks(weights: Mapping[str, torch.Tensor], amount: float) -> dict[str, torch.Tensor]:
    """Boolean masks (True: kept) that remove the ``amount`` (0..1) of all weights with the least magnitude."""
    flat = torch.cat([weight.detach().abs().flatten() for weight in weights.values()])
    kept = torch.ones(len(flat), dtype=torch.bool)
    count = round(amount * len(flat))
    if count:
        kept[torch.topk(flat, k=count, largest=False).indices] = False
    parts = torch.split(kept, [weight.numel() for weight in weights.values()])
    return {name: part.view(weights[name].shape) for name, part in zip(weights, parts, strict=True)}


def zero_weights(network: nn.Module, amount: float) -> float:
    """Set the ``amount`` of weights with the least magnitude to zero, in place; the share of zeros then, 0..1.

    Raises RunFailed where a layer would be left without any weight: nothing would pass through it.
    """
    weights = prunable_weights(network)
    masks = global_l1_masks(weights, amount)
    emptied = [name for name, mask in masks.items() if not bool(mask.any())]
    if emptied:
        raise RunFailed(
            f"Removing {amount:.0%} of the weights would leave {emptied[0].removesuffix('.weight')} with none; "
            "choose a smaller amount.",
            code="no_channels",
            layer=emptied[0],
        )
    with torch.no_grad():
        for name, weight in weights.items():
            weight.mul_(masks[name])
    return share_of_zeros({name: weight.detach() for name, weight in weights.items()})


def share_of_zeros(weights: Mapping[str, torch.Tensor]) -> float:
    """Share of exact zeros, 0..1."""
    total = sum(weight.numel() for weight in weights.values())
    zeros = sum(int((weight == 0).sum()) for weight in weights.values())
    return zeros / total if total else 0.0


def is_sparse(trained: Path) -> bool:
    """Whether the network in ``trained`` has been pruned without structure, by its share of zeros."""
    tensors = load_file(str(trained / "weights.safetensors"))
    weights = {name: t for name, t in tensors.items() if name.endswith(".weight") and t.dim() > 1}
    return share_of_zeros(weights) >= _SPARSE


@contextlib.contextmanager
def holding_zeros(active: bool = True) -> Iterator[None]:
    """While it lasts, weights that are zero when an optimiser first steps on them are zero after each of its steps.

    By a hook on every optimiser of this process, so that no trainer has to know: the mask is in the weights, which
    also brings it through checkpoints. A copy that averages such weights keeps the zeros too. Trainings that start
    processes of their own are not reached.
    """
    if not active:
        yield
        return
    masks = WeakIdKeyDictionary()  # by identity: comparing two tensors gives a tensor

    def note(optimizer: Optimizer, *_: Any) -> None:
        for weight in _matrices(optimizer):
            if weight not in masks:
                masks[weight] = weight.detach() != 0

    def clear(optimizer: Optimizer, *_: Any) -> None:
        with torch.no_grad():
            for weight in _matrices(optimizer):
                weight.mul_(masks[weight])

    handles = [register_optimizer_step_pre_hook(note), register_optimizer_step_post_hook(clear)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _matrices(optimizer: Optimizer) -> Iterator[torch.Tensor]:
    """Parameters with more than one dimension: biases and normalisation were not pruned."""
    for group in optimizer.param_groups:
        yield from (weight for weight in group["params"] if weight.dim() > 1)


def storage_report(model: Path) -> dict[str, Any]:
    """Bytes of an ONNX file as it is, zipped, and with each tensor in the smallest of dense, bitmap and CSR form."""
    content = model.read_bytes()
    tensors = [numpy_helper.to_array(one) for one in onnx.load_from_string(content).graph.initializer]
    dense = sum(tensor.nbytes for tensor in tensors)
    sparse = sum(min(tensor.nbytes, len(to_bitmap(tensor)), csr_bytes(tensor)) for tensor in tensors)
    weights = [tensor for tensor in tensors if tensor.ndim > 1]
    return {
        "dense_bytes": len(content),
        "sparse_bytes": len(content) - dense + sparse,
        "zip_bytes": len(zlib.compress(content, 9)),
        "zeros": 1 - sum(int(np.count_nonzero(t)) for t in weights) / max(1, sum(t.size for t in weights)),
    }


def to_bitmap(tensor: np.ndarray[Any, Any]) -> bytes:
    """One bit per entry that says whether it is other than zero, then those entries; shape and type are not stored."""
    flat = tensor.ravel()
    present = flat != 0
    data: bytes = np.packbits(present).tobytes() + flat[present].tobytes()
    return data


def from_bitmap(data: bytes, shape: tuple[int, ...], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    """The inverse of :func:`to_bitmap`."""
    size = int(np.prod(shape))
    head = -(-size // 8)
    present = np.unpackbits(np.frombuffer(data[:head], dtype=np.uint8), count=size).astype(bool)
    flat = np.zeros(size, dtype=dtype)
    flat[present] = np.frombuffer(data[head:], dtype=dtype)
    return flat.reshape(shape)


def csr_bytes(tensor: np.ndarray[Any, Any]) -> int:
    """Bytes of the compressed-sparse-row form: row starts, a column number per value (2 bytes where enough), values."""
    rows = tensor.shape[0] if tensor.ndim else 1
    columns = max(1, tensor.size // max(1, rows))
    stored = int(np.count_nonzero(tensor))
    return 4 * (rows + 1) + stored * ((2 if columns <= 1 << 16 else 4) + tensor.itemsize)
