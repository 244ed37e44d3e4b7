"""Label all like this: what looks alike is searched by a run, named by a person, and can be taken back as one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from annotator.core.document import box as check_box
from annotator.core.errors import Conflict, NotFound, Unprocessable, WinnowError
from annotator.models import AuditEvent, Item, LabelClass, Project, Run, Suggestion, User
from annotator.models.runs import FINISHED
from annotator.selectors.predictions import current_prediction
from annotator.services import annotations as truth
from annotator.services import audit, grid, queue, runs, suggestions
from prelabel.selectors.registry import active_deployment
from prelabel.selectors.similar import KIND, PICTURES, TASK_TYPES, waiting_alike

MOST_FOUND = 500
MOST_AT_ONCE = 100  # objects of one request: some seconds
LABEL, UNDO = "similar.label", "similar.undo"


@dataclass(frozen=True)
class Outcome:
    """What became of one item: done, or the problem that left it as it was."""

    item_id: int
    done: bool
    problem: dict[str, Any] | None = None


@dataclass(frozen=True)
class Naming:
    """What a person says of an item's objects (ids of its guess): they are of this class. One key for all at once."""

    key: uuid.UUID
    class_id: int
    objects: Sequence[tuple[int, str]]


@transaction.atomic
def find_similar(*, actor: User, item: Item, bbox: Sequence[float] | None, limit: int) -> Run:
    """Start the search for what waits and looks like a box of the item (None: like the whole picture).

    A person's earlier search that is not finished ends: its answer is not asked for any more. Raises Unprocessable,
    InvalidDocument.
    """
    project = item.project
    if project.task_type not in TASK_TYPES:
        raise Unprocessable("nothing here is one object that others could look like", code="no_similar")
    if (bbox is None) != (project.task_type == PICTURES):
        raise Unprocessable("name the object's box in a project of boxes, and none in one of pictures", field="bbox")
    if active_deployment(project.pk) is None:
        raise Unprocessable("no model is deployed, and likeness is what one sees; deploy one first", code="no_model")
    box = None if bbox is None else check_box(list(bbox), "bbox", item.width, item.height)
    for earlier in Run.objects.filter(project=project, kind=KIND, created_by=actor).exclude(state__in=FINISHED):
        runs.request_cancel(actor=actor, run=earlier)
    params = {"item_id": item.pk, "bbox": box, "limit": min(limit, MOST_FOUND)}
    return runs.create_run(actor=actor, project=project, kind=KIND, params=params)


def label_similar(*, actor: User, project: Project, naming: Naming) -> list[Outcome]:
    """Give objects a class, each item in a transaction of its own; answers item by item.

    A waiting picture is submitted as from the grid: the person decided it. The objects of a detector become the
    person's suggestion: whoever reviews the picture sees them decided, and the rest of it is still to be looked at.
    Sending again does nothing twice. Raises Unprocessable for a class that is not in use.
    """
    if not LabelClass.objects.filter(pk=naming.class_id, project=project, archived=False).exists():
        raise Unprocessable("this project has no such class in use", code="unknown_class", field="class_id")
    by_item: dict[int, list[str]] = {}
    for item_id, name in naming.objects:
        by_item.setdefault(item_id, []).append(name)
    known = {
        (int(event.target_id), *event.after["objects"])
        for event in _events(actor, project, naming.key, LABEL)
        if event.after["class_id"] == naming.class_id
    }
    label = _label_picture if project.task_type == PICTURES else _label_objects
    outcomes = []
    for item_id, names in by_item.items():
        try:
            if (item_id, *names) not in known:
                label(actor, project, naming, item_id, names)
            outcomes.append(Outcome(item_id, True))
        except WinnowError as error:
            outcomes.append(_refusal(item_id, error))
    return outcomes


def undo_similar(*, actor: User, project: Project, key: uuid.UUID) -> list[Outcome]:
    """Take back what this person labelled under the key, the last first, but for what somebody changed since."""
    done = {event.after["event"] for event in _events(actor, project, key, UNDO)}
    outcomes = []
    for event in reversed(_events(actor, project, key, LABEL)):
        item_id = int(event.target_id)
        try:
            if event.pk not in done:
                _take_back(actor, project, event)
            outcomes.append(Outcome(item_id, True))
        except WinnowError as error:
            outcomes.append(_refusal(item_id, error))
    return outcomes


def _events(actor: User, project: Project, key: uuid.UUID, verb: str) -> list[Any]:
    found = AuditEvent.objects.filter(project=project, actor=actor, verb=verb, after__key=str(key))
    return list(found.order_by("pk"))


def _refusal(item_id: int, error: WinnowError) -> Outcome:
    return Outcome(item_id, False, {"code": error.code, "message": error.message, "details": error.details})


def _waiting_item(project: Project, item_id: int) -> Item:
    """The item, locked. Raises NotFound, Conflict when it waits no more."""
    if not Item.objects.filter(pk=item_id, project=project).exists():
        raise NotFound("there is no such item in this project")
    item = queue.locked_item(item_id)
    if not waiting_alike(project).filter(item=item).exists():
        raise Conflict("somebody decided this picture or has it open; it was left alone", code="not_waiting")
    return item


def _guesses(item: Item, names: list[str]) -> tuple[int, list[dict[str, Any]]]:
    """The current guess, and of its objects those of these ids. Raises Conflict where another model guessed since."""
    guess = current_prediction(item)
    known = {one["id"]: one for one in guess.document["objects"]} if guess else {}
    if guess is None or not known.keys() >= set(names):
        raise Conflict("this picture was guessed anew since it was found; search again", code="guess_replaced")
    return guess.pk, [known[name] for name in dict.fromkeys(names)]


@transaction.atomic
def _label_picture(actor: User, project: Project, naming: Naming, item_id: int, names: list[str]) -> None:
    item = _waiting_item(project, item_id)
    guess_id, _ = _guesses(item, names)
    entry = queue.lease_item(actor=actor, item=item)
    assert entry.lease_token is not None
    decision = grid.Decision(item_id, "submit", entry.lease_token, item.revision, naming.class_id, guess_id)
    outcome = grid.hand_in(actor=actor, project=project, key=naming.key, decisions=[decision])[0]
    if outcome.problem is not None:
        raise Conflict(outcome.problem["message"], code=outcome.problem["code"])
    after = {"key": str(naming.key), "objects": names, "class_id": naming.class_id, "revision": outcome.revision}
    audit.record(actor=actor, verb=LABEL, target=item, project_id=project.pk, after=after)


@transaction.atomic
def _label_objects(actor: User, project: Project, naming: Naming, item_id: int, names: list[str]) -> None:
    item = _waiting_item(project, item_id)
    _, guesses = _guesses(item, names)
    before = Suggestion.objects.filter(item=item, author=actor, state=Suggestion.State.OPEN).first()
    said = before.document if before else {"objects": []}
    kept = [one for one in said["objects"] if one["id"] not in names]
    rejected = [one for one in said.get("review", {}).get("rejected", []) if one not in names]
    # "review" makes it a draft: what it does not name was left alone, not deleted.
    document = {"objects": kept + [_named(one, naming.class_id) for one in guesses], "review": {"rejected": rejected}}
    made = suggestions.add_suggestion(actor=actor, item_id=item.pk, document=document, base_revision=item.revision)
    after = {"key": str(naming.key), "objects": names, "class_id": naming.class_id, "suggestion": made.pk}
    audit.record(
        actor=actor, verb=LABEL, target=item, project_id=project.pk,
        before={"document": before.document if before else None}, after=after | {"document": made.document},
    )  # fmt: skip


def _named(guess: dict[str, Any], class_id: int) -> dict[str, Any]:
    origin = "accepted" if guess["class_id"] == class_id else "edited"
    row = {"id": guess["id"], "class_id": class_id, "origin": origin, "prediction_id": guess["id"]}
    return row | {"bbox": guess["bbox"]}


@transaction.atomic
def _take_back(actor: User, project: Project, event: AuditEvent) -> None:
    item, did = queue.locked_item(int(event.target_id)), event.after or {}
    if "suggestion" in did:
        _restore(actor, did["suggestion"], did["document"], (event.before or {})["document"])
    else:
        truth.take_back_annotation(actor=actor, item_id=item.pk, revision=did["revision"])
    after = {"key": did["key"], "event": event.pk}
    audit.record(actor=actor, verb=UNDO, target=item, project_id=project.pk, after=after)


def _restore(actor: User, suggestion_id: int, mine: dict[str, Any], before: dict[str, Any] | None) -> None:
    found = Suggestion.objects.select_for_update().filter(pk=suggestion_id).first()
    if found is None or found.state != Suggestion.State.OPEN or found.document != mine:
        raise Conflict("this suggestion was taken up or changed since", code="changed_since")
    if before is None:
        suggestions.close_suggestion(actor=actor, suggestion_id=found.pk, outcome=Suggestion.State.DISMISSED)
    else:
        found.document = before
        found.save(update_fields=["document"])
