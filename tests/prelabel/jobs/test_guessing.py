"""The project's way of looking at pictures is kept with its trace, and a predict run keeps to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotator.core.errors import Unprocessable
from annotator.models import AuditEvent, Prediction, QueueEntry, RunEvent
from prelabel.jobs import order_queue, predict
from prelabel.models import Embedding
from prelabel.selectors.guessing import guessing_of, guessing_row
from prelabel.services.guessing import GuessingChoice, choose_guessing
from prelabel.services.ordering import Choice, choose_order
from tests.conftest import make_project
from tests.prelabel.conftest import deploy_colours


@pytest.fixture
def alice(cast: Any) -> Any:
    return cast.alice


def objects(item: Any) -> list[dict[str, Any]]:
    return Prediction.objects.get(item=item).document["objects"]


def test_the_choice_is_kept_checked_and_audited(project: Any, alice: Any) -> None:
    assert guessing_row(project.pk)["tiles"] == "off"
    choose_guessing(actor=alice, project=project, choice=GuessingChoice("size", 512, 0.1, "views"))
    again = guessing_of(project.pk)
    assert (again.tiles, again.tile_size, again.tile_overlap, again.committee) == ("size", 512, 0.1, "views")
    event = AuditEvent.objects.get(verb="project.choose_guessing")
    assert event.before is None and event.after["tile_size"] == 512 and event.actor == alice
    choose_guessing(actor=alice, project=project, choice=GuessingChoice("size", 512, 0.1, "views"))
    assert AuditEvent.objects.filter(verb="project.choose_guessing").count() == 1
    for wrong, field in (
        (GuessingChoice(tiles="many"), "tiles"), (GuessingChoice(committee="all"), "committee"),
        (GuessingChoice("size", 8), "tile_size"), (GuessingChoice("size", 640, 0.9), "tile_overlap"),
    ):  # fmt: skip
        with pytest.raises(Unprocessable) as refused:
            choose_guessing(actor=alice, project=project, choice=wrong)
        assert refused.value.details["field"] == field


def test_masks_are_neither_tiled_nor_fused(cast: Any, alice: Any) -> None:
    masks = make_project(cast, "semantic_segmentation", ("sky", "road"))
    with pytest.raises(Unprocessable):
        choose_guessing(actor=alice, project=masks, choice=GuessingChoice(tiles="auto"))
    with pytest.raises(Unprocessable):
        choose_guessing(actor=alice, project=masks, choice=GuessingChoice(committee="views"))


def test_a_run_looks_at_tiles_too(
    project: Any, alice: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    """The toy sees one car in whatever it is shown: one in the picture of 128 x 64, and one in each of three tiles."""
    before = picture(project, "before", (150, 0, 1))
    do_run(project, "predict", predict.run)
    choose_guessing(actor=alice, project=project, choice=GuessingChoice("size", 64, 0.5))
    after = picture(project, "after", (150, 0, 2))
    do_run(project, "predict", predict.run)
    assert len(objects(before)) == 1  # what was guessed stays
    boxes = [one["bbox"] for one in objects(after)]
    assert len(boxes) >= 3
    assert [8.0 + 64, 8.0, 24.0 + 64, 24.0] in boxes


def test_a_run_fuses_views_and_stores_what_each_one_saw(
    project: Any, alice: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    choose_guessing(actor=alice, project=project, choice=GuessingChoice(committee="views"))
    item = picture(project, "one", (200, 0, 1))
    _, run = do_run(project, "predict", predict.run)
    assert RunEvent.objects.filter(run=run, message__contains="mirrored").exists()
    votes = Embedding.objects.get(item=item).votes
    assert len(votes) == 3 and votes[0][0][:2] == [0, pytest.approx(200 / 255, abs=1e-3)]
    # The toy's car is always left above: mirrored it lies elsewhere, so that each place was seen by few.
    assert max(one["score"] for one in objects(item)) < 0.6


def test_a_run_fuses_the_last_variants(
    project: Any, alice: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any], tmp_path: Path
) -> None:
    choose_guessing(actor=alice, project=project, choice=GuessingChoice(committee="variants"))
    picture(project, "first", (200, 0, 1))
    _, run = do_run(project, "predict", predict.run)
    assert RunEvent.objects.filter(run=run, message__contains="guesses alone").exists()
    deploy_colours(project, tmp_path / "again", name="second")
    assert len(guessing_row(project.pk)["members"]) == 2
    item = picture(project, "second", (100, 0, 1))
    do_run(project, "predict", predict.run, scope="new")
    assert [one["score"] for one in objects(item)] == [pytest.approx(100 / 255, abs=1e-4)]
    assert len(Embedding.objects.get(item=item).votes) == 2


def test_views_vote_where_one_model_alone_has_guessed_and_ordering_needs_no_model(
    project: Any, alice: Any, deployment: Any, picture: Callable[..., Any], do_run: Callable[..., Any]
) -> None:
    choose_order(actor=alice, project=project, choice=Choice("committee", 10))
    waiting = [picture(project, name, colour) for name, colour in {"sure": (150, 0, 1), "bare": (10, 0, 1)}.items()]
    do_run(project, "predict", predict.run)
    assert [one["score"] for one in objects(waiting[0])] == [pytest.approx(150 / 255, abs=1e-4)]  # unfused
    result, _ = do_run(project, "order_queue", order_queue.run)
    assert result["without"] == [] and result["chosen"] == 2
    why = QueueEntry.objects.get(item=waiting[0]).why
    assert why["code"] == "disagree_views" and why["views"] == 3 and why["share"] > 0
    assert QueueEntry.objects.get(item=waiting[1]).why["share"] == 0.0
