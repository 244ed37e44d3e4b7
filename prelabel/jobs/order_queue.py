"""Puts the queue in the order of the project's strategy, from what is stored: no model runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from annotator.jobs.context import RunContext
from annotator.models import LabelClass, Project, User
from annotator.models.queue import QueueReason
from annotator.services.queue import Waiting
from prelabel.core.documents import map_classes
from prelabel.core.embedding import unpack
from prelabel.core.pool import Candidate, Floats, Pool, Seen
from prelabel.core.routing import Thresholds
from prelabel.core.strategies import load_strategy, strategy_info
from prelabel.models import Deployment, QueueOrder
from prelabel.selectors import ordering as read
from prelabel.selectors.ordering import WaitingRow
from prelabel.selectors.registry import active_deployment
from prelabel.services.ordering import apply_order
from prelabel.services.routing import own_doubt, thresholds_of

ShownAndHidden = tuple[tuple[Seen, ...], tuple[Seen, ...]]  # objects of a guess


def run(context: RunContext) -> dict[str, Any]:
    """Order what waits. The same queue and choice give the same order, so a try after a crash starts anew."""
    context.progress(0, 1, stage="order")
    result = put_in_order(context)
    context.progress(1, 1, stage="order")
    return result


def put_in_order(context: RunContext) -> dict[str, Any]:
    """Choose ``budget`` pictures of the training part by the strategy; the others of it follow by their own doubt.

    What measures (val, test) is spread over the queue by chance: chosen by doubt, it would measure doubtful pictures
    only. Spot checks and what a lead sent back keep their places.
    """
    project = Project.objects.get(pk=context.project_id)
    order = read.order_of(project.pk)
    rows = read.waiting_rows(project.pk)
    to_learn = [row for row in rows if row.split == "train"]
    pool, without = _pool(project, order, to_learn)
    picks = load_strategy(order.strategy).choose(pool, min(order.budget, len(to_learn)))
    by_item = {row.item_id: row for row in to_learn}
    chosen = {pick.key: pick.why for pick in picks}
    rest = sorted((row for row in to_learn if row.item_id not in chosen), key=_by_doubt)
    ranked = [(by_item[key], why) for key, why in chosen.items()] + [(row, _own(row)) for row in rest]
    places = [
        Waiting(row.item_id, row.reason, 1.0 - place / len(ranked), why) for place, (row, why) in enumerate(ranked)
    ]
    places += [_by_chance(row) for row in rows if row.split != "train"]
    summary = {"strategy": order.strategy, "chosen": len(picks), "waiting": len(rows), "without": without}
    actor = User.objects.filter(pk=context.actor_id or 0).first()
    moved = apply_order(actor=actor, project=project, places=places, summary=summary)
    for thing in without:
        context.log(f"the order had to do without {thing}")
    context.log(f"{len(picks)} of {len(rows)} chosen by {order.strategy}; {moved} have another place now")
    return summary | {"moved": moved}


def _by_doubt(row: WaitingRow) -> tuple[float, int]:
    return (-(row.uncertainty if row.uncertainty is not None else -1.0), row.item_id)


def _own(row: WaitingRow) -> dict[str, Any] | None:
    return None if row.reason == QueueReason.NO_PREDICTION else own_doubt(row.confidence)


def _by_chance(row: WaitingRow) -> Waiting:
    share = int.from_bytes(hashlib.sha256(f"measure:{row.blob}".encode()).digest()[:4], "big") / 2**32
    return Waiting(row.item_id, row.reason, share, {"code": "measures", "split": row.split})


def _pool(project: Project, order: QueueOrder, rows: Sequence[WaitingRow]) -> tuple[Pool, list[str]]:
    """The pool, and what the strategy wants that there is not."""
    needs = {need for slug in _slugs(order.strategy) for need in strategy_info(slug).needs}
    thresholds = thresholds_of(project)
    sources = read.member_sources(project) if "members" in needs else [project.active_source_id]
    seen = [_documents(project, source, thresholds) for source in sources if source is not None]
    candidates = [_candidate(row, seen) for row in rows]
    deployment = active_deployment(project.pk)
    if deployment is not None and "members" in needs:
        candidates = _with_votes(candidates, project, deployment, thresholds)
    pool = Pool.of(candidates)
    if deployment is not None and rows:
        pool = _with_features(pool, project, deployment)
    without = [
        name
        for name, missing in (
            ("predictions", not any(one.predicted for one in candidates)),
            ("embeddings", not pool.described.any()),
            ("members", not any(len(one.members) > 1 for one in candidates)),
        )
        if name in needs and missing and rows
    ]
    return replace(
        pool,
        reviewed=read.reviewed_objects(project.pk),
        classes=max(2, LabelClass.objects.filter(project=project, archived=False).count()),
        boxes=project.task_type == "object_detection",
        show=project.show_threshold,
        rule=order.rule,
        seed=str(project.pk),
    ), without


def _slugs(slug: str) -> Iterator[str]:
    yield slug
    for part in strategy_info(slug).parts:
        yield from _slugs(part)


def _documents(project: Project, source_id: int, thresholds: Thresholds) -> dict[int, ShownAndHidden]:
    return {item_id: _seen(document, thresholds) for item_id, document in read.documents_of(project, source_id)}


def _seen(document: dict[str, Any], thresholds: Thresholds) -> ShownAndHidden:
    shown: list[Seen] = []
    hidden: list[Seen] = []
    for one in document["objects"]:
        score, box = float(one["score"]), one.get("bbox")
        top = tuple((int(class_id), float(value)) for class_id, value in one.get("top3") or ())
        seen = Seen(one["class_id"], score, top, float(one.get("entropy") or 0.0), tuple(box) if box else None)
        (shown if score >= thresholds.of(one["class_id"])[0] else hidden).append(seen)
    return tuple(shown), tuple(hidden)


def _candidate(row: WaitingRow, seen: Sequence[dict[int, ShownAndHidden]]) -> Candidate:
    own = seen[0].get(row.item_id) if seen else None
    members = tuple(one[row.item_id][0] for one in seen if row.item_id in one)
    objects, hidden = own or ((), ())
    return Candidate(row.item_id, objects, hidden, row.width, row.height, members=members, predicted=own is not None)


def _with_votes(
    candidates: Sequence[Candidate], project: Project, deployment: Deployment, thresholds: Thresholds
) -> list[Candidate]:
    """Views vote where no second model has looked."""
    labels = LabelClass.objects.filter(project=project, archived=False).values_list("name", "pk")
    ids = map_classes(deployment.variant.manifest["classes"], dict(labels)).ids
    votes = dict(read.votes_of_waiting(project.pk, deployment.variant_id))

    def seen(member: list[Any]) -> tuple[Seen, ...]:
        known = [(ids[index], score, box) for index, score, box in member if index in ids]
        shown = [one for one in known if one[1] >= thresholds.of(one[0])[0]]
        return tuple(Seen(class_id, score, bbox=tuple(box) if box else None) for class_id, score, box in shown)

    return [
        replace(one, members=tuple(map(seen, votes[one.key])), views=True)
        if len(one.members) < 2 and one.key in votes
        else one
        for one in candidates
    ]


def _with_features(pool: Pool, project: Project, deployment: Deployment) -> Pool:
    """The pool with vectors and flags of the deployed variant; vectors of another length than most are left out."""
    place = {one.key: index for index, one in enumerate(pool.candidates)}
    candidates, lengths = list(pool.candidates), np.zeros(len(place), np.float32)
    vectors: dict[int, Floats] = {}
    for item_id, vector, length, flags in read.features_of_waiting(project.pk, deployment.variant_id):
        if (index := place.get(item_id)) is not None:
            candidates[index] = replace(candidates[index], flags=tuple(flags))
            vectors[index], lengths[index] = unpack(vector), length
    dims = max((len(one) for one in vectors.values()), default=0)
    matrix = np.zeros((len(place), dims), np.float32)
    for index, row in vectors.items():
        if len(row) == dims:
            matrix[index] = row
    known = [unpack(vector) for vector in read.features_of_reviewed(project.pk, deployment.variant_id)]
    known = [row for row in known if len(row) == dims and dims]
    stacked = np.stack(known) if known else np.zeros((0, dims), np.float32)
    return replace(pool, candidates=tuple(candidates), vectors=matrix, lengths=lengths, known=stacked)
