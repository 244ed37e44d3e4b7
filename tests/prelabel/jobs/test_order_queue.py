"""The queue is put in order from what is stored, says why, and can be ordered anew without a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.models import AuditEvent, Item, Prediction, PredictionSource, QueueEntry
from annotator.services import items, queue
from annotator.services.queue import Waiting
from prelabel.core.embedding import pack
from prelabel.jobs import order_queue, predict
from prelabel.models import Embedding, QueueOrder
from prelabel.selectors.ordering import learning_curve, queue_told
from tests.prelabel.conftest import deploy_colours

Picture = Callable[..., Any]
Do = Callable[..., Any]


def _order(project: Any) -> list[str]:
    waiting = QueueEntry.objects.filter(project=project, done=False).order_by("-priority", "id")
    return list(waiting.values_list("item__name", flat=True))


def _whys(project: Any) -> dict[str, Any]:
    return dict(QueueEntry.objects.filter(project=project, done=False).values_list("item__name", "why"))


def _doubtful(project: Any, picture: Picture, count: int = 9) -> None:
    for index in range(count):
        picture(project, f"p{index}", (90 + 15 * index, 0, index))


def test_another_order_needs_no_model_and_asking_again_moves_nothing(
    project: Any, deployment: Any, picture: Picture, do_run: Do, monkeypatch: pytest.MonkeyPatch
) -> None:
    _doubtful(project, picture)
    do_run(project, "predict", predict.run)
    predictions = list(Prediction.objects.order_by("pk").values())
    QueueOrder.objects.update_or_create(project=project, defaults={"strategy": "least_confident"})
    first, _ = do_run(project, "order_queue", order_queue.run)
    # Scores 90 / 255 and up: the lower, the sooner.
    assert _order(project) == [f"p{index}" for index in range(9)]
    assert first["moved"] > 0
    again, _ = do_run(project, "order_queue", order_queue.run)
    assert again["moved"] == 0
    QueueOrder.objects.update(strategy="entropy")
    do_run(project, "order_queue", order_queue.run)
    assert _order(project)[0] == "p2"  # 120 / 255 is nearest to one half
    assert list(Prediction.objects.order_by("pk").values()) == predictions
    event = AuditEvent.objects.filter(verb="queue.order").latest("pk")
    assert event.after["strategy"] == "entropy" and event.after["waiting"] == 9


def test_every_entry_says_why_it_has_its_place(project: Any, deployment: Any, picture: Picture, do_run: Do) -> None:
    _doubtful(project, picture, 4)
    picture(project, "nothing", (5, 0, 200))
    picture(project, "dark", (70, 0, 1))
    picture(project, "measured", (150, 0, 90), split="val")
    picture(project, "held out", (250, 0, 91), split="test")
    QueueOrder.objects.create(project=project, strategy="margin", budget=3)
    do_run(project, "predict", predict.run)
    whys = _whys(project)
    assert whys["measured"] == {"code": "measures", "split": "val"}
    assert whys["held out"] == {"code": "measures", "split": "test"}
    assert whys["p2"] == {"code": "unsure", "margin": 0.059}  # |2 · 120/255 - 1|
    assert whys["nothing"] == {"code": "nothing_seen"}
    assert whys["dark"] == {"code": "unsure", "score": 0.275}, "beyond the budget its own doubt counts"
    told = queue_told(project.pk)
    assert [one["name"] for one in told["next"]] == _order(project)
    assert told["next"][0]["why"] == whys[told["next"][0]["name"]]
    assert told["order"]["last"]["chosen"] == 3


def test_what_the_lead_sent_back_and_spot_checks_keep_their_places(
    project: Any, deployment: Any, picture: Picture, do_run: Do, cast: Any
) -> None:
    _doubtful(project, picture, 5)
    checked = picture(project, "checked", (250, 0, 1))
    do_run(project, "predict", predict.run)
    queue.enqueue_items(project_id=project.pk, waiting=[Waiting(checked.pk, "spot_check", 0.7)])
    items.return_items(actor=cast.alice, project=project, item_ids=[Item.objects.get(name="p0").pk])
    do_run(project, "order_queue", order_queue.run)
    assert _order(project)[0] == "p0"
    assert QueueEntry.objects.get(item=checked).priority == 0.7


def test_a_place_is_not_given_to_what_waits_for_another_reason_by_now(
    project: Any, deployment: Any, picture: Picture, do_run: Do, cast: Any
) -> None:
    _doubtful(project, picture, 1)
    do_run(project, "predict", predict.run)
    item = Item.objects.get()
    items.return_items(actor=cast.alice, project=project, item_ids=[item.pk])
    assert queue.place_entries(project_id=project.pk, places=[Waiting(item.pk, "uncertain", 0.1)]) == 0
    assert QueueEntry.objects.get().priority == queue.RETURNED_PRIORITY


def test_what_is_unlike_all_that_is_reviewed_is_asked_first(
    project: Any, deployment: Any, picture: Picture, do_run: Do
) -> None:
    _doubtful(project, picture, 3)
    reviewed = picture(project, "reviewed", (100, 0, 77), state="reviewed")
    do_run(project, "predict", predict.run)
    vectors = {"p0": (1.0, 0.0), "p1": (0.96, 0.28), "p2": (-0.6, 0.8), "reviewed": (1.0, 0.0)}
    for name, vector in vectors.items():
        import numpy as np

        row = Embedding.objects.get(item__name=name, variant=deployment.variant)
        row.vector = pack(np.array(vector, np.float32))
        row.save()
    QueueOrder.objects.update_or_create(project=project, defaults={"strategy": "diverse"})
    result, _ = do_run(project, "order_queue", order_queue.run)
    assert result["without"] == []
    assert _order(project) == ["p2", "p1", "p0"]
    assert _whys(project)["p2"] == {"code": "unlike", "distance": 1.789}  # √(1.6² + .8²)
    assert Embedding.objects.filter(item=reviewed).exists(), "what a training learns from is described too"


def test_a_committee_is_the_last_models_that_looked(
    project: Any, deployment: Any, picture: Picture, do_run: Do, tmp_path: Path
) -> None:
    _doubtful(project, picture, 3)
    do_run(project, "predict", predict.run)
    QueueOrder.objects.update_or_create(project=project, defaults={"strategy": "committee"})
    result, run = do_run(project, "order_queue", order_queue.run)
    assert result["without"] == ["members"]
    assert run.events.filter(message__contains="without members").exists()
    other = PredictionSource.objects.create(project=project, kind="model", name="other")
    for item in Item.objects.all():
        same = Prediction.objects.get(item=item, source=deployment.source).document
        document = {"objects": []} if item.name == "p1" else same
        Prediction.objects.create(item=item, source=other, document=document)
    result, _ = do_run(project, "order_queue", order_queue.run)
    assert (_order(project)[0], result["without"]) == ("p1", [])
    assert _whys(project)["p1"] == {"code": "disagree", "models": 2, "share": 1.0}


def test_a_new_model_describes_anew_and_the_one_before_the_last_is_forgotten(
    project: Any, deployment: Any, picture: Picture, do_run: Do, tmp_path: Path
) -> None:
    _doubtful(project, picture, 2)
    do_run(project, "predict", predict.run)
    variants = [deployment.variant_id]
    for name in ("second", "third"):
        variants.append(deploy_colours(project, tmp_path / name, name=name).variant_id)
        do_run(project, "predict", predict.run)
    assert set(Embedding.objects.values_list("variant_id", flat=True)) == set(variants[1:])
    assert Embedding.objects.count() == 4


def test_a_queue_without_any_model_is_ordered_too(project: Any, picture: Picture, do_run: Do) -> None:
    made = [picture(project, f"p{index}", (9, 9, index), state="queued") for index in range(4)]
    waiting = [Waiting(one.pk, "no_prediction", 0.5) for one in made]
    queue.enqueue_items(project_id=project.pk, waiting=waiting)
    result, _ = do_run(project, "order_queue", order_queue.run)
    assert result["without"] == ["predictions", "embeddings"]
    assert sorted(_order(project)) == [f"p{index}" for index in range(4)]
    assert set(map(str, _whys(project).values())) == {"None"}


def test_the_learning_curve_is_of_the_models_trained_here(project: Any, deployment: Any) -> None:
    assert learning_curve(project.pk) == []
    assert queue_told(project.pk)["flat"] is None
