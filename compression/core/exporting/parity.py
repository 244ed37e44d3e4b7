"""Whether an exported file still says what its parent says, on real pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.core.errors import RunFailed
from compression.core.target import Parity
from prelabel.core.artifact import Artifact, Manifest
from prelabel.core.inference import box_guesses
from prelabel.core.postprocess import BOX_DECODERS
from prelabel.core.predictor import Guess
from prelabel.core.preprocess import Mapping
from prelabel.core.runtime import open_session
from prelabel.core.scaled_decode import prepare_file

Outputs = list[NDArray[Any]]
Run = Callable[[NDArray[np.float32]], Outputs]
PICTURES = 8
SAME_BOX = 0.9  # IoU
SHOWN = 0.25  # boxes that people see; where a weak model has none, all that it stores
_STORED = 0.05
_SLACK = 0.8  # a partner may be this much less sure: a box at .251 is not lost because it is at .249


def input_batch(manifest: Manifest, pictures: Sequence[Path], count: int = PICTURES) -> NDArray[np.float32]:
    """(n, 3, h, w) of the first pictures, through the predictor's own preprocessing. Raises RunFailed without any."""
    if not pictures:
        raise RunFailed("An export needs real pictures to be compared on; there are none.", code="no_pictures")
    tensors = [prepare_file(path, manifest.input, manifest.preprocess)[0] for path in pictures[:count]]
    return np.concatenate(tensors)


def parent_outputs(parent: Artifact, batch: NDArray[np.float32]) -> Outputs:
    """What the parent gives for each picture, in ONNX Runtime, one after the other."""
    return one_by_one(open_session(parent.model_path, runtime="onnxruntime").run, batch)


def one_by_one(run: Run, batch: NDArray[np.float32]) -> Outputs:
    """Outputs for a batch from something that takes one picture at a time."""
    each = [run(batch[index : index + 1]) for index in range(len(batch))]
    return [np.concatenate([outputs[index] for outputs in each]) for index in range(len(each[0]))]


def compare(manifest: Manifest, parent: Outputs, child: Outputs, tolerance: float) -> Parity:
    """Distance of raw outputs and share of equal answers. Raises RunFailed (parity) for other shapes or no numbers."""
    shapes = [value.shape for value in parent], [value.shape for value in child]
    if shapes[0] != shapes[1]:
        raise RunFailed(f"The exported file gives outputs of {shapes[1]}, its parent {shapes[0]}.", code="parity")
    if not all(np.isfinite(value).all() for value in child):
        raise RunFailed("The exported file gives values that are not numbers.", code="parity")
    apart = [np.abs(a.astype(np.float64) - b.astype(np.float64)) for a, b in zip(parent, child, strict=True)]
    count = len(parent[0])
    return Parity(
        pictures=count,
        max_abs=max(float(one.max(initial=0.0)) for one in apart),
        mean_abs=float(sum(one.sum() for one in apart) / max(1, sum(one.size for one in apart))),
        agreement=_agreement(manifest, parent, child),
        tolerance=tolerance,
    )


def check(parity: Parity, name: str) -> Parity:
    """The parity itself. Raises RunFailed (parity) below its tolerance."""
    if parity.agreement < parity.tolerance:
        raise RunFailed(
            f"{name} agrees with its parent on {100 * parity.agreement:.1f} % of what {parity.pictures} pictures show; "
            f"{100 * parity.tolerance:.0f} % are promised (largest difference of a raw output {parity.max_abs:.3g}).",
            code="parity",
            agreement=parity.agreement,
        )
    return parity


def _agreement(manifest: Manifest, parent: Outputs, child: Outputs) -> float:
    if manifest.task_type == "object_detection":
        return boxes_agree(manifest, parent, child)
    # Class scores (n, classes) or one score map per class (n, classes, h, w): the best class of each place.
    return float(np.mean(parent[0].argmax(axis=1) == child[0].argmax(axis=1)))


def boxes_agree(manifest: Manifest, parent: Outputs, child: Outputs) -> float:
    """Share of boxes, of both sides, with a partner of the same class at IoU ≥ 0.9; 1 where neither sees anything."""
    sides = [[_guesses(manifest, side, index) for index in range(len(side[0]))] for side in (parent, child)]
    best = max((guess.score for pictures in sides for guesses in pictures for guess in guesses), default=0.0)
    shown = SHOWN if best >= SHOWN else _STORED
    met = asked = 0
    for one, other in zip(*sides, strict=True):
        for here, there in ((one, other), (other, one)):
            near = [guess for guess in there if guess.score >= shown * _SLACK]
            for guess in here:
                if guess.score >= shown:
                    asked += 1
                    met += any(_same(guess, partner) for partner in near)
    return met / asked if asked else 1.0


def _guesses(manifest: Manifest, outputs: Outputs, index: int) -> list[Guess]:
    single = [output[index : index + 1] for output in outputs]
    size = manifest.input
    found = BOX_DECODERS[manifest.output.decoder](single, manifest, _STORED * _SLACK)
    return box_guesses(found, Mapping(1.0, 1.0, 0.0, 0.0, size.width, size.height), manifest.output.nms_iou)


def _same(one: Guess, other: Guess) -> bool:
    if one.class_index != other.class_index or one.bbox is None or other.bbox is None:
        return False
    (ax, ay, bx, by), (cx, cy, dx, dy) = one.bbox, other.bbox
    width, height = min(bx, dx) - max(ax, cx), min(by, dy) - max(ay, cy)
    common = max(0.0, width) * max(0.0, height)
    return common >= SAME_BOX * ((bx - ax) * (by - ay) + (dx - cx) * (dy - cy) - common)
