"""The decisions of an import that need no database: classes by name, documents, splits and twins, the report."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from annotator.core.document import Kind
from annotator.core.errors import InvalidDocument
from annotator.core.format import Refusal, SourceImage, SourceObject
from annotator.core.quality import HashIndex
from annotator.core.splits import split_for
from annotator.core.tasktype import TaskType

# Guesses without a score count as shown, never as certain.
UNKNOWN_SCORE = 0.5
LISTED = 1000


@dataclass
class ImportReport:
    """What an import did: counts, and everything that was refused or changed."""

    counts: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    refusals: list[Refusal] = field(default_factory=list)
    notices: list[Refusal] = field(default_factory=list)

    def refuse(self, path: str, code: str, reason: str, field: str | None = None) -> None:
        self.refusals.append(Refusal(path, None, field, code, reason))

    def notice(self, path: str, code: str, reason: str, field: str | None = None) -> None:
        self.notices.append(Refusal(path, None, field, code, reason))

    def as_result(self, **facts: Any) -> dict[str, Any]:
        """JSON for the run: all counts, the first 1,000 refusals and notices, how many there are of each."""
        return {
            **facts,
            **self.counts,
            "splits": dict(self.splits),
            "refused": len(self.refusals),
            "changed": len(self.notices),
            "refusals": [asdict(one) for one in self.refusals[:LISTED]],
            "notices": [asdict(one) for one in self.notices[:LISTED]],
        }

    def write_lines(self, path: Path) -> int:
        """Write all refusals and notices, one JSON object a line; returns how many."""
        with path.open("w", encoding="utf-8") as file:
            for kind, entries in (("refusal", self.refusals), ("notice", self.notices)):
                for entry in entries:
                    file.write(json.dumps({"kind": kind, **asdict(entry)}, ensure_ascii=False) + "\n")
        return len(self.refusals) + len(self.notices)


class ClassTable:
    """Class ids by name: exactly, else regardless of case and surrounding space."""

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._exact = dict(ids)
        self._loose: dict[str, int] = {}
        for name, class_id in ids.items():
            self._loose.setdefault(name.strip().casefold(), class_id)

    def id_of(self, name: str) -> int | None:
        """The id of the class of this name, None when there is none."""
        return self._exact.get(name, self._loose.get(name.strip().casefold()))

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those names that no class has, each once, in order."""
        return [name for name in dict.fromkeys(names) if self.id_of(name) is None]

    def with_names(self, names: Iterable[str]) -> ClassTable:
        """A table that knows these names as well, under ids that no class has: for a dry run."""
        return ClassTable({**self._exact, **{name: -number for number, name in enumerate(names, start=1)}})

    @property
    def ids(self) -> set[int]:
        return set(self._exact.values())


@dataclass(frozen=True)
class DocumentMaker:
    """Turns what a source said of a picture into a document of the task type."""

    task_type: TaskType
    classes: ClassTable
    kind: Kind

    def make(self, image: SourceImage, size: tuple[int, int], report: ImportReport) -> dict[str, Any] | None:
        """The document of a picture of ``size`` (width, height) px, or None when nothing usable was said of it.

        Objects of unknown classes are refused in the report; a picture that loses all of its objects is unlabelled, for
        “nothing is on it” would be a lie.
        """
        if not image.labelled:
            return None
        objects: list[dict[str, Any]] = []
        unknown: Counter[str] = Counter()
        for thing in image.objects:
            class_id = self.classes.id_of(thing.class_name)
            if class_id is None:
                unknown[thing.class_name] += 1
            else:
                objects.append(self._object(len(objects) + 1, thing, class_id, size))
        for name, count in unknown.items():
            reason = (
                f"the project has no class “{name}”; {count} object(s) were left out; add the class and import again"
            )
            report.refuse(image.path, "unknown_class", reason, "class")
        if unknown and not objects:
            return None
        try:
            return self.task_type.validate(
                {"objects": objects}, width=size[0], height=size[1], class_ids=self.classes.ids, kind=self.kind
            )
        except InvalidDocument as error:
            report.refuse(
                image.path, error.code, f"its labels were left out: {error.message}", error.details.get("path")
            )
            return None

    def _object(self, number: int, thing: SourceObject, class_id: int, size: tuple[int, int]) -> dict[str, Any]:
        made: dict[str, Any] = {"class_id": class_id}
        if thing.bbox is not None:
            made["bbox"] = list(thing.bbox)
        if thing.mask is not None:
            made["rle"] = {"size": [size[1], size[0]], "counts": thing.mask}
        if self.kind == "annotation":
            return {"id": f"m-{number}", "origin": "manual", "prediction_id": None, **made}
        score = UNKNOWN_SCORE if thing.score is None else thing.score
        return {"id": f"p{number}", "score": score, "entropy": score_entropy(score), **made}


def score_entropy(score: float) -> float:
    """Entropy in nats of a yes-or-no guess, 0..ln 2.

    Source: Shannon, "A Mathematical Theory of Communication", 1948.
    """
    if score <= 0.0 or score >= 1.0:
        return 0.0
    return -(score * math.log(score) + (1 - score) * math.log(1 - score))


class Placer:
    """Finds each new picture's near-duplicate and its split."""

    def __init__(self, *, keep_splits: bool) -> None:
        self._keep_splits = keep_splits
        self._index: HashIndex[str] = HashIndex()
        self._splits: dict[str, str] = {}

    def know(self, key: str, dhash: int, split: str) -> None:
        """Remember a picture that has its place."""
        self._index.add(key, dhash)
        self._splits[key] = split

    def place(self, image: SourceImage, sha256: str, dhash: int, report: ImportReport) -> tuple[str, str | None]:
        """(split, key of the near-duplicate or None). A split that the source names wins over the twin's."""
        found = self._index.nearest(dhash)
        twin = found[0] if found else None
        own = image.split if self._keep_splits else None
        if own is None:
            return (self._splits[twin] if twin else split_for(sha256)), twin
        if twin is not None and self._splits[twin] != own:
            reason = f"almost the same as “{twin.rpartition(':')[2]}”, which is in {self._splits[twin]}, not in {own}"
            report.notice(image.path, "twin_across_splits", reason, "split")
        return own, twin
