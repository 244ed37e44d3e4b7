"""Which pictures to label first for a detector, trained anew at every step with the product's trainer."""

from __future__ import annotations

import json
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from annotator.core.picture import read_size
from benchmarks.frozen import data_hash, freeze_folder
from benchmarks.recipes.curves import compare, draw
from benchmarks.recipes.runner import Runner, Training
from benchmarks.stages import Stages, say
from compression.core.judging.evaluation import evaluate
from compression.core.model import Model
from compression.core.snapshot import Snapshot, SnapshotItem, materialize
from prelabel.core.embedding import unit
from prelabel.core.picture_flags import picture_flags
from prelabel.core.pool import Candidate, Pool, Seen
from prelabel.core.predictors import load_predictor
from prelabel.core.preprocess import decode_upright
from prelabel.core.strategies import load_strategy

METRIC = "map50"
REPEATED = 1_000_000  # item ids of a picture's repetitions are so far apart
STRATEGIES = ("random", "entropy", "mix")
ROAD = Path(__file__).resolve().parents[2] / "prelabel" / "weights" / "road"


@dataclass(frozen=True)
class Recipe:
    """``labels`` at each step. Every training starts anew from the weights that the product ships, sees ``pictures``
    pictures or more, few labels more often than many, and each label ``epochs`` times or more."""

    arch: str = "yolo11p"
    labels: tuple[int, ...] = (8, 16, 32, 64)
    image_size: int = 224
    pictures: int = 2000
    epochs: int = 20
    batch: int = 8
    per_epoch: int = 100
    val: int = 16
    show: float = 0.25


QUICK = Recipe(labels=(8, 12), image_size=96, pictures=24, epochs=1, per_epoch=1, val=4)


def report(options: Namespace, root: Path) -> dict[str, Any]:
    """Figures of the mix, entropy and random; the last point of every curve is the whole pool."""
    recipe = QUICK if options.quick else Recipe()
    whole = freeze_folder(options.data, root / "whole", "object_detection")
    seeds = range(1 if options.quick else options.seeds or 3)
    curves: dict[str, list[list[float]]] = {slug: [] for slug in STRATEGIES}
    full = []
    for seed in seeds:
        loop = Loop(whole, recipe, root / f"seed-{seed}", seed, options.device)
        full.append(loop.full())
        for slug in STRATEGIES:
            curves[slug].append([*loop.curve(slug), full[-1]])
            say(f"seed {seed}, {slug}: " + " ".join(f"{value:.3f}" for value in curves[slug][-1]))
    labels = [*recipe.labels, len(whole.items["train"])]
    name = options.data.name
    if options.plots:
        draw(options.plots / f"active_{name}.svg", name, "mAP50", labels, curves, full)
    return compare(labels, curves, full)


class Loop:
    """One seed: the pool is the train part, val a few of the val part, what is judged the test part."""

    def __init__(self, whole: Snapshot, recipe: Recipe, root: Path, seed: int, device: str) -> None:
        self.whole, self.recipe, self.root, self.seed, self.device = whole, recipe, root, seed, device
        self.pool = {item.item_id: item for item in whole.items["train"]}
        order = np.random.default_rng(seed).permutation(sorted(self.pool)).tolist()
        self.start = order[: recipe.labels[0]]
        self._manifest = json.loads((whole.root / "manifest.json").read_text(encoding="utf-8"))
        self._paths = {
            entry["sha256"]: item.path
            for items in whole.items.values()
            for item in items
            for entry in self._manifest["items"]
            if entry["item_id"] == item.item_id
        }

    def curve(self, slug: str) -> list[float]:
        """The metric at each step; the same labels are trained once, whoever asked for them."""
        strategy, learned = load_strategy(slug), list(self.start)
        model, value = self.learn(learned)
        values = [value]
        for wanted in self.recipe.labels[1:]:
            picks = strategy.choose(self._waiting(model, learned), wanted - len(learned))
            asked = [pick.key for pick in picks]
            spare = [key for key in sorted(self.pool) if key not in {*learned, *asked}]
            learned += (asked + spare)[: wanted - len(learned)]
            model, value = self.learn(learned)
            values.append(value)
        return values

    def full(self) -> float:
        """The metric with all labels."""
        return self.learn(list(self.pool))[1]

    def learn(self, learned: Sequence[int]) -> tuple[Model, float]:
        """A model of these pictures and its metric on test."""
        snapshot = self._snapshot(learned)
        stages = Stages(self.root, data_hash(snapshot))
        training = Training(self.recipe.image_size, self.recipe.batch)
        runner = Runner(snapshot, stages, training, METRIC, self.seed, self.device)
        epochs = max(self.recipe.epochs, round(self.recipe.pictures / len(snapshot.items["train"])))
        model = runner.train("labelled", self.recipe.arch, epochs, init=ROAD)
        found = evaluate(model.artifact, self.whole.items["test"], self.whole.classes, "object_detection", threads=2)
        return model, float(found.metrics[METRIC])

    def _snapshot(self, learned: Sequence[int]) -> Snapshot:
        """The pictures so often that an epoch has ``per_epoch``: each one ends in a look at val and a checkpoint."""
        val = [item.item_id for item in self.whole.items["val"]][: self.recipe.val]
        kept = {*learned, *val, *(item.item_id for item in self.whole.items["test"][:1])}
        items = [one for one in self._manifest["items"] if one["item_id"] in kept]
        repeats = -(-self.recipe.per_epoch // len(learned))
        items += [
            {**one, "item_id": one["item_id"] + again * REPEATED}
            for again in range(1, repeats)
            for one in items
            if one["split"] == "train"
        ]
        manifest = self._manifest | {"items": items}
        text = json.dumps(manifest, ensure_ascii=False)
        folder = self.root / f"labels-{len(learned)}-{abs(hash(tuple(sorted(learned)))):x}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text(text, encoding="utf-8")
        return materialize(manifest, folder, self._paths.__getitem__)

    def _waiting(self, model: Model, learned: Sequence[int]) -> Pool:
        """What is not labelled yet, as the product would see it with this model deployed."""
        predictor = load_predictor(model.artifact, embed=True)
        left = [item for key, item in sorted(self.pool.items()) if key not in set(learned)]
        looked = [self._look(predictor, item) for item in left]
        known = [self._look(predictor, self.pool[key])[1] for key in learned]
        pool = Pool.of([one for one, _, _ in looked], np.stack([vector for _, vector, _ in looked]), np.stack(known))
        reviewed = Counter(index for key in learned for index, _ in self.pool[key].objects)
        return replace(
            pool,
            lengths=np.array([length for _, _, length in looked], np.float32),
            reviewed=dict(reviewed),
            classes=len(self.whole.classes),
            boxes=True,
            show=self.recipe.show,
            seed=str(self.seed),
        )

    def _look(self, predictor: Any, item: SnapshotItem) -> tuple[Candidate, Any, float]:
        pixels = decode_upright(item.path)
        guesses, features = predictor.look(pixels)
        seen = [Seen(one.class_index, one.score, one.top3, one.entropy, one.bbox) for one in guesses]
        shown = tuple(one for one in seen if one.score >= self.recipe.show)
        hidden = tuple(one for one in seen if one.score < self.recipe.show)
        direction, length = unit(features)
        size = read_size(item.path) or (0, 0)
        return Candidate(item.item_id, shown, hidden, *size, flags=picture_flags(pixels)), direction, length
