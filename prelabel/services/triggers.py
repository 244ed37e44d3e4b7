"""Reasons to train again become a proposal, or a run: all of a project's triggers are looked at in one place, one at a
time, so that two that fire in the same second start one training."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.core.errors import StaleRevision, Unprocessable
from annotator.models import Item, Project, Run, User
from annotator.models.items import ItemState
from annotator.services import audit, projects, runs, versions
from prelabel.core.trigger import MODES
from prelabel.core.triggers import TRIGGERS, check_trigger_options
from prelabel.models import Deployment, RetrainTrigger, ScoreReference
from prelabel.selectors.registry import active_deployment
from prelabel.selectors.triggers import (
    MIN_REVIEWED,
    Measured,
    last_learned,
    measure_triggers,
    reviewed_since,
    triggers_of,
    under_way,
)

log = logging.getLogger(__name__)
AUTO = RetrainTrigger.Mode.AUTO


@transaction.atomic
def change_triggers(
    *, actor: User, project_id: int, seen_revision: int, changes: Mapping[str, Mapping[str, Any]]
) -> Project:
    """Set mode and options of triggers; ``changes`` slug → {"mode", "options"}. Raises StaleRevision, Unprocessable."""
    project = Project.objects.select_for_update().get(pk=project_id)
    if project.revision != seen_revision:
        raise StaleRevision(
            "the project's settings were changed meanwhile; look at them again",
            current={"revision": project.revision},
        )
    before, after = {}, {}
    for slug, change in changes.items():
        check_trigger_options(slug, change["options"])
        if change["mode"] not in MODES:
            raise Unprocessable(f"{slug}.mode must be one of {', '.join(MODES)}", field=f"{slug}.mode")
        row = _row(project_id, slug)
        old, new = _setting(row), {"mode": change["mode"], "options": dict(change["options"])}
        if old != new:
            before[slug], after[slug] = old, new
            row.mode, row.options, row.changed_at = new["mode"], new["options"], timezone.now()
            row.save()
    if after:
        project.revision += 1
        project.save(update_fields=["revision"])
        audit.record(
            actor=actor, verb="retrain.settings", target=project, project_id=project_id, before=before, after=after
        )
        check_triggers(project_id=project_id)
        project.refresh_from_db()
    return project


@transaction.atomic
def record_observations(
    *, project_id: int, seen: Mapping[str, Mapping[str, Any]], source_id: int, at: datetime
) -> None:
    """Keep what a predict run left for the triggers; ``at`` = before it was counted."""
    Project.objects.select_for_update().get(pk=project_id)
    for slug, observed in seen.items():
        row = _row(project_id, slug)
        row.observed = {**runs.storable(dict(observed)), "source_id": source_id, "at": at.isoformat()}
        row.save()


@transaction.atomic
def keep_reference(
    *, deployment: Deployment, scores: Mapping[str, Sequence[float]], pictures: int, thresholds: Mapping[str, Any]
) -> ScoreReference:
    """Keep the scores that drift is measured against; ``thresholds`` those under which scores were left out.

    Taken again with other thresholds it stays of the same guesses.
    """
    values = {"scores": dict(scores), "pictures": pictures, "thresholds": dict(thresholds)}
    kept, _ = ScoreReference.objects.update_or_create(
        deployment=deployment, defaults=values, create_defaults={**values, "until": timezone.now()}
    )
    return kept


@transaction.atomic
def check_triggers(*, project_id: int, now: datetime | None = None) -> dict[str, Any]:
    """Measure every trigger, propose what is due, and start a retrain where the project says so.

    Returns {"standing": slugs, "started_run_id", "hindrance": why an automatic one was not started, or None}. Writes
    nothing where nothing changed. Calling it at the same moment from two processes starts one.
    """
    project = Project.objects.select_for_update().get(pk=project_id)
    now = now or timezone.now()
    measured = measure_triggers(project, now)
    standing = [one for one in measured if one.stands]
    _fire(project, [one for one in standing if one.row.standing_since is None], now)
    for one in measured:
        if not one.stands and one.row.standing_since is not None:
            _settle(one.row, {"code": "over"})
    started, hindrance = None, None
    automatic = [one for one in standing if one.row.mode == AUTO]
    if automatic:
        started, hindrance = _start(project, [one.row.slug for one in standing])
    if started is not None:
        for one in standing:
            _settle(one.row, {"code": "started", "run_id": started.pk})
        standing = []
    elif hindrance is not None:
        lapsed = [one for one in automatic if TRIGGERS[one.row.slug].lapses]
        _hinder(automatic, hindrance, now)
        standing = [one for one in standing if one not in lapsed]
    _propose(None, project, [one.row.slug for one in standing])
    return {
        "standing": [one.row.slug for one in standing],
        "started_run_id": started.pk if started else None,
        "hindrance": hindrance,
    }


def check_all() -> None:
    """Look at the triggers of every project; one that fails keeps none of the others."""
    for project_id in Project.objects.order_by("pk").values_list("pk", flat=True):
        try:
            check_triggers(project_id=project_id)
        except Exception:
            log.exception("retrain triggers of project %s", project_id)


@transaction.atomic
def put_aside(*, actor: User, project_id: int, slugs: Sequence[str]) -> Project:
    """Take back what these triggers propose; they come back only for evidence that is newer than now."""
    project = Project.objects.select_for_update().get(pk=project_id)
    rows = triggers_of(project_id)
    aside = [row for row in rows if row.slug in slugs and row.standing_since is not None]
    for row in aside:
        row.aside_at = timezone.now()
        _settle(row, {"code": "put_aside", "by": actor.name or actor.email})
    rest = [row.slug for row in rows if row.standing_since is not None]
    _propose(actor, project, rest)
    return project


@transaction.atomic
def note_start(*, actor: User | None, project: Project, run: Run) -> None:
    """A person started the retrain that was proposed, or another: what stood is settled by it."""
    locked = Project.objects.select_for_update().get(pk=project.pk)
    for row in triggers_of(project.pk):
        if row.standing_since is not None:
            _settle(row, {"code": "started", "run_id": run.pk, "by": (actor.name or actor.email) if actor else None})
    _propose(actor, locked, [])


def _row(project_id: int, slug: str) -> RetrainTrigger:
    return next(row for row in triggers_of(project_id) if row.slug == slug)


def _setting(row: RetrainTrigger) -> dict[str, Any]:
    return {"mode": row.mode, "options": row.options}


def _fire(project: Project, fresh: Sequence[Measured], now: datetime) -> None:
    for one in fresh:
        row, state = one.row, one.state
        row.standing_since = row.fired_at = now
        row.outcome = {"code": "proposed"}
        row.save()
        after = {"trigger": row.slug, "mode": row.mode, "value": state.value, "limit": state.limit, **state.detail}
        audit.record(actor=None, verb="retrain.fire", target=project, project_id=project.pk, after=runs.storable(after))


def _settle(row: RetrainTrigger, outcome: dict[str, Any]) -> None:
    row.standing_since, row.outcome = None, outcome
    row.save()


def _hinder(automatic: Sequence[Measured], hindrance: dict[str, Any], now: datetime) -> None:
    """What lapses waits for its next date; the rest stands, to be started as soon as nothing is in the way."""
    for one in automatic:
        if TRIGGERS[one.row.slug].lapses:
            one.row.aside_at = now
            _settle(one.row, {**hindrance, "code": "lapsed"})
        elif one.row.outcome != (waits := {**hindrance, "code": "waits"}):
            one.row.outcome = waits
            one.row.save()


def _propose(actor: User | None, project: Project, slugs: Sequence[str]) -> None:
    proposal = {"due": True, "triggers": list(slugs)} if slugs else {}
    if proposal != project.retrain:
        projects.propose_retrain(actor=actor, project_id=project.pk, proposal=proposal)
        project.retrain = proposal


def _start(project: Project, slugs: Sequence[str]) -> tuple[Run | None, dict[str, Any] | None]:
    """The run, or what is in its way: {"why", …}."""
    busy = under_way(project.pk)
    if busy is not None:
        return None, {"why": "under_way", "other_run_id": busy}
    have = reviewed_since(project.pk, last_learned(project.pk).until)
    if have < MIN_REVIEWED:
        return None, {"why": "few_reviews", "have": have, "need": MIN_REVIEWED}
    if not Item.objects.filter(project=project, split="train", state=ItemState.REVIEWED).exists():
        return None, {"why": "no_train_items"}
    version = versions.freeze_version(actor=None, project=project, note="frozen by a retrain trigger")
    deployment = active_deployment(project.pk)
    trained = deployment.variant.version if deployment else None
    params = {
        "version_id": version.pk,
        "base": str(trained.pk) if trained and trained.training_files else None,
        "preset": "normal",
        "deploy_if_passed": False,  # what is deployed stays an admin's decision
        "triggers": list(slugs),
    }
    return runs.create_run(actor=None, project=project, kind="retrain", params=params), None
