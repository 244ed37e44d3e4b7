"""A model between two steps: what runs, what can still be trained, and the story of how it became so."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.core.errors import BadArtifact
from compression.core.json_files import write_json

MODEL_NAME = "model.json"


@dataclass(frozen=True)
class Model:
    """One model on disk.

    ``artifact`` is a folder with manifest.json that always runs. ``trained`` is a folder with weights.safetensors,
    architecture.json and training.json; None for models that came as a file and cannot be trained. ``quantized`` holds
    the options by which the artifact was quantized (None: it is fp32), so that a step that changes the weights can
    quantize again: that is what lets steps come in any order. ``history`` has one entry a step: slug, options, what it
    measured.
    """

    artifact: Path
    trained: Path | None = None
    quantized: Mapping[str, Any] | None = None
    history: Sequence[Mapping[str, Any]] = ()


def save_model(model: Model, folder: Path) -> Model:
    """Write model.json into ``folder``, last, so that its presence means that the step ended; returns ``model``."""
    folder.mkdir(parents=True, exist_ok=True)
    base = folder.resolve()
    write_json(
        folder / MODEL_NAME,
        {
            "schema": 1,
            "artifact": _relative(model.artifact, base),
            "trained": _relative(model.trained, base) if model.trained else None,
            "quantized": dict(model.quantized) if model.quantized is not None else None,
            "history": [dict(entry) for entry in model.history],
        },
    )
    return model


def load_model(folder: Path) -> Model | None:
    """The model that a step left in ``folder``, None where it did not end. Raises BadArtifact for a broken file."""
    path = folder / MODEL_NAME
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        trained = stored["trained"]
        return Model(
            artifact=folder / stored["artifact"],
            trained=folder / trained if trained else None,
            quantized=stored["quantized"],
            history=tuple(stored["history"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadArtifact(f"{MODEL_NAME} cannot be read: {error}.", field=MODEL_NAME) from error


def _relative(path: Path, base: Path) -> str:
    return os.path.relpath(path.resolve(), base)  # Path.relative_to cannot walk up before Python 3.12
