"""Checkpoints that survive kill -9: written whole beside the old one, hashed, then named by one atomic rename."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch

from annotator.core.errors import BadArtifact
from compression.core.json_files import write_json as write_json

_INDEX = "last.json"


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def save_checkpoint(folder: Path, epoch: int, state: dict[str, Any]) -> str:
    """Store ``state`` (tensors, numbers, dicts, lists) as the checkpoint after ``epoch``; returns its sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"epoch-{epoch:04d}.pt"
    with path.open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    digest = sha256_of(path)
    write_json(folder / _INDEX, {"file": path.name, "sha256": digest, "epoch": epoch})
    for old in folder.glob("epoch-*.pt"):
        if old != path:
            old.unlink(missing_ok=True)
    return digest


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The last whole checkpoint of ``folder``, or None. Nothing is unpickled but tensors and plain values.

    Raises BadArtifact where the file is not the one that was recorded.
    """
    index = folder / _INDEX
    if not index.exists():
        return None
    record = json.loads(index.read_text(encoding="utf-8"))
    path = folder / str(record["file"])
    if not path.exists() or sha256_of(path) != record["sha256"]:
        raise BadArtifact(f"The checkpoint {path.name} is not the one this run wrote.", field=str(record["file"]))
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
