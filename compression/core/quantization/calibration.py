"""Calibration pictures, and what they show of a network; always of the train split, else the val score leaks."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from annotator.core.errors import RunFailed
from compression.core.quantization.activation_ranges import Range, activations_of, observe
from compression.core.quantization.layers import named_model, nodes_to_quantize
from compression.core.quantization.options import FEWEST_IMAGES
from compression.core.snapshot import Snapshot
from prelabel.core.artifact import Artifact, load_artifact
from prelabel.core.scaled_decode import prepare_file

CALIBRATION_IMAGES = 64


def calibration_images(snapshot: Snapshot, seed: int, count: int = CALIBRATION_IMAGES) -> list[Path]:
    """At most ``count`` pictures of the train split, drawn by ``seed``. Raises RunFailed where there are too few."""
    paths = [item.path for item in snapshot.items["train"]]
    if len(paths) < FEWEST_IMAGES:
        raise RunFailed(
            f"Calibration needs at least {FEWEST_IMAGES} pictures of the train split, this version has {len(paths)}: "
            f"review {FEWEST_IMAGES - len(paths)} more and freeze a new version, or use w8, fp16 or bf16, which need "
            "none.",
            code="too_few_images",
            have=len(paths),
            need=FEWEST_IMAGES,
        )
    random.Random(seed).shuffle(paths)  # noqa: S311  a sample, not a secret
    return paths[:count]


def observe_parent(
    parent: Path, images: Sequence[Path], threads: int = 1, *, every_tensor: bool = False
) -> dict[str, Range]:
    """Ranges of all tensors around the layers that may be quantized (or of every one) over calibration pictures."""
    artifact = load_artifact(parent)
    model = named_model(artifact)
    nodes = [node.name for node in model.graph.node] if every_tensor else nodes_to_quantize(model)
    return observe(model, activations_of(model, nodes), feeds(artifact, images), threads)


def feeds(artifact: Artifact, images: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Pictures through the predictor's own preprocessing."""
    manifest = artifact.manifest
    for path in images:
        tensor, _ = prepare_file(path, manifest.input, manifest.preprocess)
        yield {manifest.input.name: tensor}
