"""Whoever works in the browser waits for nothing that a predict run holds while it stores."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction

from annotator import dispatch
from annotator.models import Item, Prediction
from annotator.services import runs, shards
from prelabel.services.embeddings import Features
from prelabel.services.predictions import Guessed, ShardGuesses, store_shard
from tests.annotator.api.routes import address, api_routes
from tests.world import BOX, add_items

pytestmark = pytest.mark.django_db(transaction=True)
# A query that waits this long for a lock fails: everything that the test looks at is held far longer.
PATIENCE = "3s"


@contextmanager
def a_shard_being_stored(world: Any, items: list[Item]) -> Iterator[None]:
    """Another connection has stored a shard of these items, all its rows locked, and has not committed yet."""
    run = runs.create_run(actor=None, project=world.project, kind="predict", params={})
    held = runs.claim_run(run_id=run.pk, worker="holder:1")
    assert held is not None and held.lease_token is not None
    shards.cut_shards(run_id=run.pk, lease_token=held.lease_token, ids=[one.pk for one in items], size=64)
    shard = shards.claim_shard(run_id=run.pk, worker="holder:1", lease_token=held.lease_token)
    assert shard is not None
    guess = {"id": "p1", "bbox": BOX, "class_id": world.label.pk, "score": 0.5}
    found = ShardGuesses(
        [Guessed(item, {"objects": [guess]}) for item in items[1:]],
        {item.pk: Features(b"", 0.0) for item in items[1:]},
        [(items[0], "it cannot be read")],
    )
    stored, looked = threading.Event(), threading.Event()

    def store() -> None:
        try:
            with transaction.atomic():
                store_shard(deployment=world.deployment, shard=shard, found=found)
                stored.set()
                looked.wait(120)
        finally:
            connection.close()

    worker = threading.Thread(target=store)
    worker.start()
    try:
        assert stored.wait(30), "the shard could not be stored"
        yield
    finally:
        looked.set()
        worker.join()


def test_pages_open_and_people_go_on_while_a_predict_run_stores(
    world: Any, cast: Any, client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "ring", lambda *args: None)
    fresh = add_items(world.project, 6, start=50, state="new")
    lead, annotator = client_of(cast.alice), client_of(cast.bob)
    where = f"/api/projects/{world.project.pk}/"
    with a_shard_being_stored(world, fresh):
        assert not Prediction.objects.filter(item__in=fresh).exists(), "it is not committed yet"
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{PATIENCE}'")
        for route in api_routes():
            method, _, path = route.partition(" ")
            if method == "GET":
                assert lead.get(address(path, world.ids())).status_code < 500, route
        taken = annotator.post(where + "next/", {}, format="json")
        assert taken.status_code == 200, taken.content
        answer = annotator.post(
            f"/api/items/{taken.json()['item']['id']}/submit/",
            {"lease_token": taken.json()["lease"]["token"], "document": {"objects": []}},
            format="json",
            HTTP_IF_MATCH=str(taken.json()["item"]["revision"]),
            HTTP_IDEMPOTENCY_KEY=str(uuid.uuid4()),
        )
        assert answer.status_code == 200, answer.content
        saved = lead.patch(where, {"show_threshold": 0.3}, format="json", HTTP_IF_MATCH=str(_revision(lead, where)))
        assert saved.status_code == 200, saved.content
    assert Prediction.objects.filter(item__in=fresh).count() == 5


def _revision(client: Any, where: str) -> int:
    return int(client.get(where).json()["revision"])
