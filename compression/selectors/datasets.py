"""What a dataset version holds, as a person wants to see it before a training: classes per split, leaks."""

from __future__ import annotations

from collections import Counter
from typing import Any

import orjson
from django.db.models import F

from annotator import storage
from annotator.models import DatasetVersion, Item, LabelClass, Project
from annotator.models.items import ItemState
from prelabel.models import ModelVersion

SPLITS = ("train", "val", "test")


def dataset_facts(project: Project, version: DatasetVersion | None) -> dict[str, Any]:
    """Counts per split and class, near-twins across splits, and what is new since the last training.

    Without a version: what freezing now would give.
    """
    facts = _of_version(version) if version else _of_now(project)
    trained = (
        ModelVersion.objects.filter(project=project, dataset_version__isnull=False)
        .order_by("-number")
        .values_list("dataset_version__counts", flat=True)
        .first()
    )
    items = sum(facts["counts"].values())
    return {
        "version_id": version.pk if version else None,
        "number": version.number if version else None,
        **facts,
        "since_last_train": max(0, items - int((trained or {}).get("items", 0))),
    }


def _of_version(version: DatasetVersion) -> dict[str, Any]:
    manifest = orjson.loads(storage.read_blob(version.manifest_sha256))
    split_of = {entry["item_id"]: entry["split"] for entry in manifest["items"]}
    counts: Counter[tuple[int, str]] = Counter()
    twins = 0
    for entry in manifest["items"]:
        twins += split_of.get(entry.get("twin_of"), entry["split"]) != entry["split"]
        for thing in entry["objects"]:
            counts[(int(thing["class_id"]), entry["split"])] += 1
    splits = Counter(split_of.values())
    names = [(int(one["id"]), str(one["name"])) for one in manifest["classes"]]
    return _facts(splits, names, counts, twins)


def _of_now(project: Project) -> dict[str, Any]:
    reviewed = Item.objects.filter(project=project, state=ItemState.REVIEWED)
    splits: Counter[str] = Counter()
    counts: Counter[tuple[int, str]] = Counter()
    for split, per_class in reviewed.values_list("split", "class_counts").iterator(chunk_size=5000):
        splits[split] += 1
        for class_id, number in per_class.items():
            counts[(int(class_id), split)] += number
    twins = reviewed.filter(twin__state=ItemState.REVIEWED).exclude(twin__split=F("split")).count()
    names = list(LabelClass.objects.filter(project=project).values_list("id", "name"))
    return _facts(splits, names, counts, twins)


def _facts(
    splits: Counter[str], names: list[tuple[int, str]], counts: Counter[tuple[int, str]], twins: int
) -> dict[str, Any]:
    return {
        "counts": {split: splits.get(split, 0) for split in SPLITS},
        "per_class": [
            {"name": name, **{split: counts.get((class_id, split), 0) for split in SPLITS}} for class_id, name in names
        ],
        "leakage": {"twins": twins},
    }
