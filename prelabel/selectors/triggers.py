"""What is known about training again: how far each trigger is, and what came of it last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from annotator.models import Annotation, DatasetVersion, Prediction, Project, Run
from annotator.models.items import ItemState
from annotator.models.runs import FINISHED
from prelabel.core.routing import Thresholds
from prelabel.core.trigger import Evidence, TriggerState
from prelabel.core.triggers import TRIGGERS
from prelabel.models import RetrainTrigger

# Below this many new reviews a retrain would learn the same again, and a due trigger would start one after another.
MIN_REVIEWED = 20
# What learns from reviewed items: a retrain, and a compression that trains its own start.
_LEARNS = Q(kind="retrain") | Q(kind="compress", params__source__has_key="train")


@dataclass(frozen=True)
class Learned:
    """The last training: when it was started, and the moment up to which reviews went into it."""

    started: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Measured:
    """A trigger of a project and where it stands."""

    row: RetrainTrigger
    state: TriggerState

    @property
    def stands(self) -> bool:
        """Whether it is a reason now."""
        return self.state.due and self.row.mode != RetrainTrigger.Mode.OFF


def last_learned(project_id: int) -> Learned:
    """Whatever became of it: one that failed would fail again from the same evidence."""
    run = Run.objects.filter(_LEARNS, project_id=project_id).order_by("-pk").first()
    if run is None:
        return Learned(None, None)
    version = DatasetVersion.objects.filter(pk=run.params.get("version_id"), project_id=project_id).first()
    return Learned(run.created_at, version.created_at if version else run.created_at)


def reviewed_since(project_id: int, moment: datetime | None) -> int:
    """Items that people submitted after ``moment`` and did not take back, each once."""
    mine = Annotation.objects.filter(item__project_id=project_id, origin=Annotation.Origin.HUMAN)
    rows = mine.exclude(item__state=ItemState.QUEUED)
    if moment is not None:
        rows = rows.filter(created_at__gt=moment)
    return rows.values("item_id").distinct().count()


def under_way(project_id: int) -> int | None:
    """The unfinished retrain or compression of a project."""
    runs = Run.objects.filter(project_id=project_id, kind__in=("retrain", "compress")).exclude(state__in=FINISHED)
    return runs.order_by("pk").values_list("pk", flat=True).first()


def triggers_of(project_id: int) -> list[RetrainTrigger]:
    """Every trigger of the table, unsaved with its defaults where the project has no row."""
    rows = {row.slug: row for row in RetrainTrigger.objects.filter(project_id=project_id)}
    return [
        rows.get(slug) or RetrainTrigger(project_id=project_id, slug=slug, mode=one.mode, options=dict(one.defaults))
        for slug, one in TRIGGERS.items()
    ]


def latest(*moments: datetime | None) -> datetime | None:
    """The last of those that there are."""
    return max((one for one in moments if one is not None), default=None)


def measure_triggers(project: Project, now: datetime) -> list[Measured]:
    """Where each trigger of the project stands; no document is read."""
    learned = last_learned(project.pk)
    counted: dict[datetime | None, int] = {}
    found = []
    for row in triggers_of(project.pk):
        evidence = _evidence(project, row, learned, now)
        if row.slug == "reviewed":
            since = latest(learned.until, row.aside_at)
            if since not in counted:
                counted[since] = reviewed_since(project.pk, since)
            evidence = Evidence(now, since, reviewed=counted[since])
        found.append(Measured(row, TRIGGERS[row.slug].measure(evidence, row.options)))
    return found


def _evidence(project: Project, row: RetrainTrigger, learned: Learned, now: datetime) -> Evidence:
    if row.slug == "schedule":
        return Evidence(now, latest(learned.started, row.aside_at, row.changed_at))
    since = latest(learned.started, row.aside_at)
    # Of another model's guesses nothing is known about this one's.
    seen = row.observed if row.observed.get("source_id") == project.active_source_id else {}
    spent = bool(seen) and since is not None and datetime.fromisoformat(seen["at"]) <= since
    return Evidence(now, since, observed=seen, spent=spent)


def shown_counts(
    rows: Iterable[tuple[datetime, Mapping[str, Any]]], thresholds: Thresholds, since: datetime | None
) -> dict[str, int]:
    """Shown objects under ``accept`` (low) and from it up (high): in all, and in guesses later than ``since``."""
    counts = {"low": 0, "high": 0, "fresh_low": 0, "fresh_high": 0}
    for made_at, document in rows:
        fresh = since is None or made_at > since
        for entry in document["objects"]:
            show, accept = thresholds.of(entry["class_id"])
            if entry["score"] >= show:
                side = "high" if entry["score"] >= accept else "low"
                counts[side] += 1
                counts[f"fresh_{side}"] += fresh
    return counts


def guesses_of_run(run: Run, source_id: int) -> Iterable[tuple[datetime, Mapping[str, Any]]]:
    """(made at, document) of what a predict run predicted or routed."""
    rows = Prediction.objects.filter(source_id=source_id)
    if run.params.get("dataset_id"):
        rows = rows.filter(item__dataset_id=run.params["dataset_id"])
    if run.params.get("scope") == "new":
        rows = rows.filter(created_at__gte=run.created_at).exclude(item__state=ItemState.REVIEWED, item__split="val")
    else:
        rows = rows.filter(item__state__in=(ItemState.NEW, ItemState.QUEUED, ItemState.AUTO_ACCEPTED))
    return rows.values_list("created_at", "document").iterator(chunk_size=500)


def triggers_told(project: Project) -> dict[str, Any]:
    """The triggers as the API shows them."""
    now = timezone.now()
    measured = measure_triggers(project, now)
    learned = last_learned(project.pk)
    started = {one.row.outcome.get("run_id") for one in measured} - {None}
    states = dict(Run.objects.filter(pk__in=started).values_list("pk", "state"))
    return {
        "revision": project.revision,
        "proposal": {"due": False, "triggers": []} | project.retrain,
        "under_way": under_way(project.pk),
        "reviewed": reviewed_since(project.pk, learned.until),
        "needed": MIN_REVIEWED,
        "triggers": [_told(one, states, learned) for one in measured],
    }


def _told(one: Measured, states: Mapping[int, str], learned: Learned) -> dict[str, Any]:
    row, state = one.row, one.state
    run_id = row.outcome.get("run_id")
    aside = row.aside_at if latest(learned.started, row.aside_at) == row.aside_at else None  # a training counts anew
    return {
        "slug": row.slug,
        "mode": row.mode,
        "options": row.options,
        "due": state.due,
        "value": state.value,
        "limit": state.limit,
        "detail": state.detail,
        "seen_at": row.observed.get("at"),
        "standing_since": row.standing_since,
        "aside_at": aside,
        "fired_at": row.fired_at,
        "outcome": {**row.outcome, "run_state": states.get(run_id)} if row.outcome else None,
    }
