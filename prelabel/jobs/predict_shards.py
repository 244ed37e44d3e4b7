"""The part of a predict run that any number of workers do together: shard after shard, read, guess and store."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from django.db.models import QuerySet

from annotator.core.errors import BadPicture, LeaseLost, NotFound
from annotator.jobs import sharing
from annotator.jobs.context import RunContext
from annotator.models import Item, Project, RunShard
from annotator.selectors.shards import shard_tally
from prelabel.core.documents import ClassMap, prediction_document
from prelabel.core.predictor import Predictor
from prelabel.jobs.features import Looked, look_at
from prelabel.jobs.turns import short_turns
from prelabel.models import Deployment
from prelabel.services.embeddings import Features
from prelabel.services.predictions import Guessed, ShardGuesses, store_shard

SIZE = 64  # items in a shard and in a transaction: a killed worker loses two shards at most, some seconds of work


@dataclass(frozen=True)
class Work:
    """What every worker at a run needs: which model by which classes, and what it has not guessed yet."""

    deployment: Deployment
    classes: ClassMap
    missing: QuerySet[Item]
    before: int  # items that were guessed before the run was cut


@dataclass(frozen=True)
class _Begun:
    shard: RunShard
    pending: list[tuple[Item, Future[Looked]]]


def do_shards(context: RunContext, work: Work, load: Callable[[], Predictor], threads: int) -> bool:
    """Do shards until none is left (a holder: until all are done); False when another model was deployed meanwhile.

    The pictures of the next shard are looked at while this one is stored.
    """
    predictor = load()
    # One thread more than streams: it decodes while all networks are busy. With it, 200 pictures took 12 % less time.
    with ThreadPoolExecutor(threads + 1, thread_name_prefix="predict") as pool, short_turns():

        def begin() -> _Begun | None:
            shard = sharing.claim(context)
            if shard is None:
                return None
            items = work.missing.filter(pk__range=(shard.first, shard.last)).order_by("pk")
            return _Begun(shard, [(item, pool.submit(look_at, predictor, item.blob)) for item in items])

        try:
            ahead = begin()
            while still_active(work.deployment):
                if ahead is not None:
                    begun, found = ahead, _gather(context, work, ahead)
                    ahead = begin()
                    _store(context, work, begun.shard, found)
                elif sharing.others_at_work(context):
                    _tell(context, work)
                    ahead = begin()
                else:
                    return True
            return False
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def still_active(deployment: Deployment) -> bool:
    """Whether the project still listens to this deployment."""
    active = Project.objects.values_list("active_source_id", flat=True).get(pk=deployment.project_id)
    return active == deployment.source_id


def _tell(context: RunContext, work: Work) -> None:
    """Progress of all workers together."""
    tally = shard_tally(context.run_id)
    context.progress(work.before + tally.done, work.before + tally.units, stage="predict")


def _gather(context: RunContext, work: Work, begun: _Begun) -> ShardGuesses:
    """Documents and features of the items that could be read, the reason of each other one."""
    guessed: list[Guessed] = []
    features: dict[int, Features] = {}
    unread: list[tuple[Item, str]] = []
    tally = shard_tally(context.run_id)
    done, total = work.before + tally.done, work.before + tally.units
    for index, (item, future) in enumerate(begun.pending):
        try:
            looked = future.result()
        except (BadPicture, NotFound) as error:
            unread.append((item, error.message))
        else:
            document = prediction_document(looked.guesses, work.classes, width=item.width, height=item.height)
            guessed.append(Guessed(item, document))
            features[item.pk] = looked.features
        context.progress(done + index, total, stage="predict")
    return ShardGuesses(guessed, features, unread)


def _store(context: RunContext, work: Work, shard: RunShard, found: ShardGuesses) -> None:
    try:
        stayed = store_shard(deployment=work.deployment, shard=shard, found=found)
    except LeaseLost:
        # This process was held up for longer than a lease; who took the shard does it, here the next one follows.
        context.log(f"{context.worker} lost items {shard.first} to {shard.last} to another worker")
        return
    for item, reason in found.unread:
        context.log(f"{item.name} cannot be read: {reason}", item_id=item.pk)
    for item in stayed:
        context.log(f"{item.name} was decided by a person meanwhile and stays", item_id=item.pk)
    _tell(context, work)
