"""Which pictures to label first: a linear classifier on the embeddings of a deployed MobileNetV2, all strategies."""

from __future__ import annotations

import hashlib
import json
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from annotator.core.formats import sniff
from benchmarks.recipes.curves import compare, draw
from benchmarks.recipes.imagenet_start import FILE, imagenet_network
from benchmarks.stages import Stages, say
from prelabel.core.artifact import InputSpec, Manifest, OutputSpec, Preprocess, describe_file, save_manifest
from prelabel.core.confidence import vector_entropy
from prelabel.core.embedding import unit
from prelabel.core.picture_flags import picture_flags
from prelabel.core.pool import Candidate, Pool, Seen
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright
from prelabel.core.strategies import STRATEGIES, load_strategy

Floats = NDArray[np.float32]
START, STEP, MOST = 10, 10, 240
TEST_SHARE = 0.2
MEMBERS = 3
# Inverse regularization on unit vectors; fixed before any strategy was looked at.
STRENGTH = 20.0


@dataclass(frozen=True)
class Described:
    """All pictures: unit ``vectors`` and ``lengths`` of their features, true ``classes``, and what else is known."""

    vectors: Floats
    lengths: Floats
    classes: NDArray[np.int64]
    blank: tuple[Candidate, ...]


class Classifier:
    """Logistic regression in the span of what it learns from: the same solution, with n columns in place of 1280."""

    def __init__(self, vectors: Floats, classes: NDArray[np.int64], count: int) -> None:
        self._base, self._count = np.linalg.qr(vectors.T)[0], count
        model = LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3)
        self._model = model.fit(vectors @ self._base, classes)

    def probabilities(self, vectors: Floats) -> Floats:
        """(n, all classes); a class that was never seen has 0."""
        found = np.zeros((len(vectors), self._count), dtype=np.float32)
        found[:, self._model.classes_] = self._model.predict_proba(vectors @ self._base)
        return found


def report(options: Namespace, root: Path) -> dict[str, Any]:
    """Figures of all strategies; every seed has its own test part and start, the same for all strategies.

    The last point of every curve is the whole pool.
    """
    data = describe(options, root)
    slugs = [*STRATEGIES] if not options.quick else ["random", "mix"]
    seeds = range(2 if options.quick else options.seeds or 10)
    labels = list(range(START, (60 if options.quick else MOST) + 1, STEP))
    curves: dict[str, list[list[float]]] = {slug: [] for slug in slugs}
    full = []
    stages = Stages(root, hashlib.sha256(data.vectors.tobytes() + data.classes.tobytes()).hexdigest())
    for seed in seeds:
        config = {"slugs": slugs, "labels": labels, "seed": seed, "parts": STRATEGIES["mix"].parts}
        folder = stages.run("seed", config, partial(one_seed, data, slugs, labels, seed))
        found = json.loads((folder / "curves.json").read_text())
        full.append(found.pop("full"))
        for slug in slugs:
            curves[slug].append([*found[slug], full[-1]])
    labels.append(len(split(data.classes, 0)[0]))
    name = options.data.name
    if options.plots:
        draw(options.plots / f"active_{name}.svg", name, "accuracy", labels, curves, full)
    return compare(labels, curves, full)


def one_seed(data: Described, slugs: Sequence[str], labels: Sequence[int], seed: int, out: Path) -> None:
    """The curve of each strategy, and the accuracy with the full pool, in a file."""
    pool, test = split(data.classes, seed)
    start = np.random.default_rng(1000 + seed).permutation(pool)[:START].tolist()
    found: dict[str, Any] = {"full": accuracy(data, pool.tolist(), test, int(data.classes.max()) + 1)}
    for slug in slugs:
        found[slug] = curve(data, slug, pool, test, start, labels, seed)
    (out / "curves.json").write_text(json.dumps(found))


def describe(options: Namespace, root: Path) -> Described:
    """The features of every picture, as the product takes them while it predicts."""
    source = sniff(options.data).read(options.data)
    images = sorted((one for one in source.images if one.labelled and one.objects), key=lambda one: one.path)
    index_of = {name: index for index, name in enumerate(source.classes)}
    predictor = load_predictor(deployed(options.weights.parent / FILE, root / "deployed"), embed=True)
    say(f"Describing {len(images)} pictures with MobileNetV2")
    vectors, lengths, blank = [], [], []
    for number, image in enumerate(images):
        pixels = decode_upright(options.data / image.path)
        direction, length = unit(predictor.look(pixels)[1])
        vectors.append(direction)
        lengths.append(length)
        height, width = pixels.shape[:2]
        blank.append(Candidate(number, width=width, height=height, flags=picture_flags(pixels)))
    classes = np.array([index_of[one.objects[0].class_name] for one in images], dtype=np.int64)
    return Described(np.stack(vectors), np.array(lengths, np.float32), classes, tuple(blank))


def deployed(tflite_file: Path, folder: Path) -> Path:
    """An artifact of MobileNetV2 with its ImageNet weights."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        imagenet_network(tflite_file), (torch.zeros(1, 3, 224, 224),), str(folder / "model.onnx"), dynamo=False,
        input_names=["images"], output_names=["logits"], opset_version=17,
    )  # fmt: skip
    manifest = Manifest(
        name="mobilenet_v2",
        task_type="image_classification",
        predictor="mobilenet",
        arch="mobilenet_v2",
        classes=tuple(f"imagenet {index}" for index in range(1001)),
        input=InputSpec(224, 224, "RGB", "images"),
        preprocess=Preprocess("center_crop", mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
        output=OutputSpec("softmax"),
        precision="fp32",
        files={"model.onnx": describe_file(folder / "model.onnx")},
    )
    save_manifest(folder, manifest)
    return folder


def split(classes: NDArray[np.int64], seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the pool, and of the test part: a fifth of each class."""
    rng = np.random.default_rng(seed)
    parts = [rng.permutation(np.flatnonzero(classes == one)) for one in np.unique(classes)]
    test = np.concatenate([part[: max(1, round(len(part) * TEST_SHARE))] for part in parts])
    return np.setdiff1d(np.arange(len(classes)), test), test


def accuracy(data: Described, learned: list[int], test: NDArray[np.int64], count: int) -> float:
    """Of a classifier that learned from these rows."""
    found = Classifier(data.vectors[learned], data.classes[learned], count).probabilities(data.vectors[test])
    return float((found.argmax(axis=1) == data.classes[test]).mean())


def curve(
    data: Described, slug: str, pool: NDArray[np.int64], test: NDArray[np.int64], start: Sequence[int],
    labels: Sequence[int], seed: int,
) -> list[float]:  # fmt: skip
    """Accuracy at each number of labels, the strategy asking for the next ones each time."""
    strategy, count = load_strategy(slug), int(data.classes.max()) + 1
    learned, values = list(start), []
    models: list[Classifier] = []
    for wanted in labels:
        if wanted > len(learned):
            left = np.setdiff1d(pool, learned)
            picks = strategy.choose(seen_by(data, left, learned, models, count, seed), wanted - len(learned))
            asked = [pick.key for pick in picks]
            # A strategy that has nothing to say of the rest leaves it to chance.
            spare = np.random.default_rng(seed).permutation(np.setdiff1d(left, asked)).tolist()
            learned += (asked + spare)[: wanted - len(learned)]
        models = [Classifier(data.vectors[learned], data.classes[learned], count), *models][:MEMBERS]
        found = models[0].probabilities(data.vectors[test]).argmax(axis=1)
        values.append(float((found == data.classes[test]).mean()))
    return values


def seen_by(
    data: Described, left: NDArray[np.int64], learned: list[int], models: Sequence[Classifier], count: int, seed: int
) -> Pool:
    """What waits, as the product would see it: guesses of the last models, features, what is reviewed."""
    answers = [model.probabilities(data.vectors[left]) for model in models]
    candidates = [
        replace(data.blank[row], objects=_seen(answers[0][at]), members=tuple(_seen(one[at]) for one in answers))
        for at, row in enumerate(left.tolist())
    ]
    pool = Pool.of(candidates, data.vectors[left], data.vectors[learned])
    reviewed = dict(Counter(data.classes[learned].tolist()))
    return replace(pool, lengths=data.lengths[left], reviewed=reviewed, classes=count, seed=str(seed))


def _seen(scores: Floats) -> tuple[Seen, ...]:
    top = tuple((int(index), float(scores[index])) for index in np.argsort(-scores, kind="stable")[:3])
    return (Seen(top[0][0], top[0][1], top, vector_entropy(scores.tolist())),)
