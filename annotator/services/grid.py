"""Many pictures of one predicted class at once: handed out and handed in, each under the rules of a single one."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotator.core.errors import Conflict, LeaseLost, NotFound, StaleRevision, Unprocessable, WinnowError
from annotator.models import AuditEvent, Item, LabelClass, Postponement, Prediction, Project, QueueEntry, User
from annotator.models.items import ItemState
from annotator.selectors.grid import of_class, require_grid, waiting_for
from annotator.selectors.predictions import current_prediction
from annotator.services import annotations as truth
from annotator.services import queue, suggestions

# The most pictures of one batch.
MOST = 48


@dataclass(frozen=True)
class Wanted:
    """Which pictures a grid asks for; both scores are inclusive."""

    class_id: int
    min_score: float = 0.0
    max_score: float = 1.0
    most: int = MOST
    exclude: Sequence[int] = ()


@dataclass(frozen=True)
class Decision:
    """What a person made of one picture: its class (``submit``), or one of the ways to pass it on."""

    item_id: int
    kind: str
    lease_token: uuid.UUID
    revision: int = 0
    class_id: int | None = None
    prediction_id: int | None = None
    reason: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one decision: done, conflict, lease_lost or refused."""

    item_id: int
    outcome: str
    state: str | None = None
    revision: int | None = None
    problem: dict[str, Any] | None = None


@transaction.atomic
def lease_grid(*, actor: User, project: Project, wanted: Wanted) -> list[tuple[QueueEntry, int]]:
    """Hand out up to ``wanted.most`` pictures of one predicted class, in the queue's order.

    Each entry comes with the id of its guess. Raises Unprocessable for a class that the project does not have or use.
    """
    require_grid(project)
    if not LabelClass.objects.filter(pk=wanted.class_id, project=project, archived=False).exists():
        raise Unprocessable("this project has no such class in use", code="unknown_class", field="class_id")
    waiting = waiting_for(project=project, user=actor).exclude(item_id__in=list(wanted.exclude))
    waiting = of_class(waiting, wanted.class_id, min_score=wanted.min_score, max_score=wanted.max_score)
    waiting, most = waiting.select_related("item"), min(wanted.most, MOST)
    entries = queue.lease_many(actor=actor, waiting=waiting, most=most)
    entries.sort(key=lambda entry: (-entry.priority, entry.pk))
    return [(entry, _guess_of(entry)) for entry in entries]


def _guess_of(entry: QueueEntry) -> int:
    assert entry.guess_id is not None  # a class without a guess is in no row
    return entry.guess_id


@transaction.atomic
def reopen_grid(*, actor: User, project: Project, item_ids: Iterable[int]) -> list[tuple[QueueEntry, int]]:
    """Open pictures that were handed in before once more; each entry comes with the id of its guess.

    Left out are those that somebody else works on now, and those without a guess.
    """
    require_grid(project)
    opened = []
    for item in Item.objects.filter(project=project, pk__in=list(item_ids)).select_related("project").order_by("pk"):
        guess = current_prediction(item)
        if guess is None or not guess.document["objects"]:
            continue
        try:
            opened.append((queue.lease_item(actor=actor, item=item), guess.pk))
        except Conflict:
            continue
    return opened


def hand_in(*, actor: User, project: Project, key: uuid.UUID, decisions: Sequence[Decision]) -> list[Outcome]:
    """Carry out each decision by the service of a single one, in a transaction of its own; answers one by one.

    What one decision runs into does not hold up the others. The same key sent again does nothing twice and answers
    what the first sending came to, also when that broke off in the middle.
    """
    return _one_by_one(project, decisions, lambda decision, guess: _carry_out(actor, key, decision, guess))


def suggest(*, actor: User, project: Project, decisions: Sequence[Decision]) -> list[Outcome]:
    """Keep each class as a suggestion to whoever has the picture now; for what came too late for its lease.

    Only submits can be suggested. Sent again it replaces what this person suggested before.
    """
    return _one_by_one(project, decisions, lambda decision, guess: _suggest(actor, decision, guess))


def _suggest(actor: User, decision: Decision, guess: Prediction | None) -> Outcome:
    if decision.kind != "submit":
        raise Unprocessable("only a class can be suggested, not a skip or a report", field="kind")
    document = _document(decision, guess)
    suggestions.add_suggestion(
        actor=actor, item_id=decision.item_id, document=document, base_revision=decision.revision
    )
    return Outcome(decision.item_id, "done")


def _one_by_one(
    project: Project, decisions: Sequence[Decision], act: Callable[[Decision, Prediction | None], Outcome]
) -> list[Outcome]:
    require_grid(project)
    ids = [decision.item_id for decision in decisions]
    if len(set(ids)) != len(ids):
        raise Unprocessable("items names a picture twice; send one decision for each", field="items")
    known = set(Item.objects.filter(project=project, pk__in=ids).values_list("pk", flat=True))
    guess_ids = [decision.prediction_id for decision in decisions if decision.prediction_id is not None]
    guesses = {one.pk: one for one in Prediction.objects.filter(pk__in=guess_ids, item__in=known)}
    outcomes = []
    for decision in decisions:
        try:
            if decision.item_id not in known:
                raise NotFound("there is no such item in this project")
            outcomes.append(act(decision, guesses.get(decision.prediction_id or 0)))
        except WinnowError as error:
            outcomes.append(_refusal(decision, error))
    return outcomes


def _carry_out(actor: User, key: uuid.UUID, decision: Decision, guess: Prediction | None) -> Outcome:
    if decision.kind == "submit":
        submission = truth.Submission(
            document=_document(decision, guess),
            seen_revision=decision.revision,
            lease_token=decision.lease_token,
            # The person is part of it, so that a key means nothing in other hands.
            idempotency_key=uuid.uuid5(key, f"{actor.pk}:{decision.item_id}"),
            duration_ms=decision.duration_ms,
            prediction_id=decision.prediction_id,
        )
        made = truth.submit_annotation(actor=actor, item_id=decision.item_id, submission=submission)
        return Outcome(decision.item_id, "done", ItemState.REVIEWED, made.revision)
    try:
        item = _pass_on(actor, decision)
    except LeaseLost:
        before = _passed_on_before(actor, decision)
        if before is None:
            raise
        item = before
    return Outcome(decision.item_id, "done", item.state, item.revision)


def _document(decision: Decision, guess: Prediction | None) -> dict[str, Any]:
    """The annotation that the single mode would send: the guess with this class."""
    if guess is None or guess.item_id != decision.item_id or not guess.document["objects"]:
        raise Unprocessable("prediction_id names no guess on this item; send the one you saw", field="prediction_id")
    seen = guess.document["objects"][0]
    origin = "accepted" if decision.class_id == seen["class_id"] else "edited"
    return {
        "objects": [{"id": seen["id"], "class_id": decision.class_id, "origin": origin, "prediction_id": seen["id"]}]
    }


def _pass_on(actor: User, decision: Decision) -> Item:
    item_id, token = decision.item_id, decision.lease_token
    if decision.kind == "skip":
        return truth.skip_item(actor=actor, item_id=item_id, lease_token=token, reason=decision.reason)
    if decision.kind == "report":
        return truth.report_item(actor=actor, item_id=item_id, lease_token=token, reason=decision.reason)
    return truth.postpone_item(
        actor=actor, item_id=item_id, lease_token=token, document=None, seen_revision=decision.revision
    )


# What passing an item on leaves behind: its state, and the verb in the trail.
_PASSED = {"skip": (ItemState.SKIPPED, "item.skip"), "report": (ItemState.PROBLEM, "item.report")}


def _passed_on_before(actor: User, decision: Decision) -> Item | None:
    """The item, if this person did just that to it already: a lease ends with it, and the first answer may be lost."""
    item = Item.objects.get(pk=decision.item_id)
    if decision.kind == "postpone":
        put_off = Postponement.objects.filter(entry__item=item, user=actor).exclude(entry__lease_user=actor)
        return item if put_off.exists() else None
    state, verb = _PASSED[decision.kind]
    if item.state != state:
        return None
    trail = AuditEvent.objects.filter(project_id=item.project_id, target_type="item", target_id=str(item.pk))
    last = trail.order_by("-pk").values_list("verb", "actor_id").first()
    return item if last == (verb, actor.pk) else None


def _refusal(decision: Decision, error: WinnowError) -> Outcome:
    names = {LeaseLost: "lease_lost", StaleRevision: "conflict", Conflict: "conflict"}
    outcome = next((name for kind, name in names.items() if isinstance(error, kind)), "refused")
    problem = {"code": error.code, "message": error.message, "details": error.details}
    return Outcome(decision.item_id, outcome, problem=problem)
