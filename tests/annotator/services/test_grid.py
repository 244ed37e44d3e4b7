"""The grid's batches: nobody gets what another has, and each picture is written as a single submit writes it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotator.core.errors import Unprocessable
from annotator.models import (
    Annotation,
    AuditEvent,
    Draft,
    Item,
    LabelClass,
    Member,
    Postponement,
    QueueEntry,
    Suggestion,
    User,
)
from annotator.selectors.grid import classes_waiting
from annotator.services import annotations, grid, items, projects, queue
from annotator.services.annotations import Submission
from annotator.services.grid import Decision, Wanted
from prelabel.services.routing import reroute_project
from tests.annotator.services.grids import (
    class_ids,
    decide,
    fill_closet,
    guess_class,
    hand_in,
    in_threads,
    lease_hats,
    names,
)

pytestmark = pytest.mark.django_db
THREADS = 6


@pytest.fixture
def closet(classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]) -> Any:
    return fill_closet(classification_project, make_item, make_prediction)


# Handing out


def test_a_batch_is_of_one_class_in_the_queues_order(cast: Any, closet: Any) -> None:
    leased = lease_hats(cast.bob, closet, most=3)
    assert names(leased) == ["picture-4.png", "picture-3.png", "picture-2.png"]
    assert {entry.lease_user_id for entry, _ in leased} == {cast.bob.pk}
    assert len({entry.lease_token for entry, _ in leased}) == 3


def test_scores_bound_a_batch_on_both_sides_and_the_bounds_belong_to_it(cast: Any, closet: Any) -> None:
    assert names(lease_hats(cast.bob, closet, min_score=0.6, max_score=0.8)) == [
        "picture-3.png",
        "picture-2.png",
        "picture-1.png",
    ]


def test_a_batch_holds_48_at_most_whatever_is_asked(
    cast: Any, classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    hat = class_ids(classification_project)[0]
    for number in range(50):
        guess_class(make_prediction, make_item(classification_project, number), hat, 0.5)
    assert len(lease_hats(cast.bob, classification_project, most=500)) == 48


def test_the_active_sources_guess_counts_before_a_newer_one(
    cast: Any, classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    hat, shoes, _ = class_ids(classification_project)
    item = make_item(classification_project, 1)
    active = guess_class(make_prediction, item, hat, 0.8, source="active")
    guess_class(make_prediction, item, shoes, 0.8, source="newer")
    assert lease_hats(cast.bob, classification_project) == []  # without an active source the newest counts
    projects.use_source(actor=cast.alice, project_id=classification_project.pk, source=active.source)
    reroute_project(actor=None, project_id=classification_project.pk)
    assert [guess_id for _, guess_id in lease_hats(cast.bob, classification_project)] == [active.pk]


def test_what_bob_holds_is_not_given_to_carol_and_comes_to_bob_again(cast: Any, closet: Any) -> None:
    bobs = lease_hats(cast.bob, closet, most=3)
    assert names(lease_hats(cast.carol, closet)) == ["picture-1.png", "picture-0.png"]
    again = lease_hats(cast.bob, closet, most=3)
    assert [entry.lease_token for entry, _ in again] == [entry.lease_token for entry, _ in bobs]


def test_the_batch_after_this_one_leaves_out_what_is_named(cast: Any, closet: Any) -> None:
    first = lease_hats(cast.bob, closet, most=3)
    ahead = lease_hats(cast.bob, closet, most=3, exclude=[entry.item_id for entry, _ in first])
    assert names(ahead) == ["picture-1.png", "picture-0.png"]


def test_an_expired_lease_goes_to_the_next_person_under_a_new_token(cast: Any, closet: Any) -> None:
    bobs = lease_hats(cast.bob, closet, most=1)[0][0]
    QueueEntry.objects.filter(pk=bobs.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    carols = lease_hats(cast.carol, closet, most=1)[0][0]
    assert carols.item_id == bobs.item_id and carols.lease_token != bobs.lease_token


@pytest.mark.parametrize("why", ["draft", "put off", "suggestion", "answered", "no longer in use"])
def test_what_needs_a_look_of_its_own_is_left_to_the_single_mode(cast: Any, closet: Any, why: str) -> None:
    hat = class_ids(closet)[0]
    first = Item.objects.get(project=closet, name="picture-4.png")
    if why == "draft":
        Draft.objects.create(item=first, user=cast.bob, document={"objects": []}, base_revision=0)
    elif why == "put off":
        entry = queue.lease_item(actor=cast.bob, item=first)
        queue.postpone_entry(entry=entry, actor=cast.bob)
    elif why == "suggestion":
        Suggestion.objects.create(item=first, author=cast.carol, author_name="Carol", document={}, base_revision=0)
    elif why == "answered":
        Item.objects.filter(pk=first.pk).update(state="reviewed")
        items.return_items(actor=cast.alice, project=closet, item_ids=[first.pk])
    else:
        LabelClass.objects.filter(pk=hat).update(archived=True)
    counted = classes_waiting(project=closet, user=cast.bob)
    assert {row["class_id"]: row["items"] for row in counted["classes"]}.get(hat, 0) == (
        0 if why == "no longer in use" else 4
    )
    assert counted["single"] == (6 if why == "no longer in use" else 2)
    if why != "no longer in use":
        assert "picture-4.png" not in names(lease_hats(cast.bob, closet))


def test_the_counts_are_of_what_this_person_can_get(cast: Any, closet: Any) -> None:
    hat, shoes, _ = class_ids(closet)
    lease_hats(cast.bob, closet, most=2)
    bobs = classes_waiting(project=closet, user=cast.bob)
    carols = classes_waiting(project=closet, user=cast.carol)
    assert bobs["classes"] == [{"class_id": hat, "items": 5}, {"class_id": shoes, "items": 1}]
    assert carols["classes"] == [{"class_id": hat, "items": 3}, {"class_id": shoes, "items": 1}]
    assert (bobs["single"], carols["single"]) == (1, 1)


def test_a_class_of_another_project_is_refused(cast: Any, closet: Any, labels: dict[str, int]) -> None:
    with pytest.raises(Unprocessable, match="no such class") as refusal:
        grid.lease_grid(actor=cast.bob, project=closet, wanted=Wanted(labels["car"]))
    assert refusal.value.code == "unknown_class"


def test_a_project_of_boxes_has_no_grid(cast: Any, project: Any, labels: dict[str, int]) -> None:
    with pytest.raises(Unprocessable, match="object_detection"):
        grid.lease_grid(actor=cast.bob, project=project, wanted=Wanted(labels["car"]))


@pytest.mark.django_db(transaction=True)
def test_people_who_draw_batches_at_once_never_get_the_same_picture(
    cast: Any, classification_project: Any, make_item: Callable[..., Any], make_prediction: Callable[..., Any]
) -> None:
    hat = class_ids(classification_project)[0]
    for number in range(THREADS * 8 + 3):
        guess_class(make_prediction, make_item(classification_project, number), hat, 0.5)
    people = [User.objects.create(email=f"p{number}@example.org") for number in range(THREADS)]
    Member.objects.bulk_create(Member(project=classification_project, user=one, role="annotator") for one in people)

    def draw(person: User) -> list[int]:
        first = [entry.item_id for entry, _ in lease_hats(person, classification_project, most=4)]
        more = lease_hats(person, classification_project, most=4, exclude=first)
        return first + [entry.item_id for entry, _ in more]

    drawn = [item_id for mine in in_threads(people, draw) for item_id in mine]

    assert len(drawn) == len(set(drawn)) == THREADS * 8


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_sent_twice_at_once_is_written_once(cast: Any, closet: Any) -> None:
    hat = class_ids(closet)[0]
    decisions = [decide(one, hat) for one in lease_hats(cast.bob, closet)]
    key = uuid.uuid4()

    made = in_threads([cast.bob] * 4, lambda person: hand_in(person, closet, *decisions, key=key))

    assert made == [["done"] * 5] * 4
    assert Annotation.objects.filter(item__project=closet).count() == 5
    assert AuditEvent.objects.filter(verb="annotation.submit").count() == 5


# Handing in


def test_a_picture_of_a_batch_is_written_as_a_single_submit_writes_it(cast: Any, closet: Any) -> None:
    hat, _, shirt = class_ids(closet)
    kept, wrong, alone, alone_wrong, _ = lease_hats(cast.bob, closet)
    assert hand_in(cast.bob, closet, decide(kept, hat), decide(wrong, shirt)) == ["done", "done"]
    for (entry, guess_id), class_id, origin in ((alone, hat, "accepted"), (alone_wrong, shirt, "edited")):
        assert entry.lease_token is not None
        one = {"id": "p1", "class_id": class_id, "origin": origin, "prediction_id": "p1"}
        submission = Submission({"objects": [one]}, 0, entry.lease_token, uuid.uuid4(), prediction_id=guess_id)
        annotations.submit_annotation(actor=cast.bob, item_id=entry.item_id, submission=submission)

    for batch, single in ((kept, alone), (wrong, alone_wrong)):
        left, right = trace(batch[0].item_id), trace(single[0].item_id)
        assert left == right


def trace(item_id: int) -> dict[str, Any]:
    """All that a submit leaves behind, without what differs from item to item."""
    item = Item.objects.get(pk=item_id)
    annotation = Annotation.objects.get(item=item)
    event = AuditEvent.objects.get(verb="annotation.submit", target_id=str(item_id))
    entry = QueueEntry.objects.get(item=item)
    return {
        "item": (item.state, item.revision, item.class_counts),
        "annotation": (annotation.document, annotation.origin, annotation.author_id, annotation.changes),
        "guess": annotation.source_prediction and annotation.source_prediction.item_id == item_id,
        "counts": annotation.class_counts,
        "keyed": annotation.idempotency_key is not None,
        "event": (event.actor_id, event.before, event.after),
        "entry": (entry.done, entry.lease_user_id, entry.lease_token, entry.lease_until),
    }


def test_one_that_changed_or_was_lost_does_not_hold_up_the_others(cast: Any, closet: Any) -> None:
    hat = class_ids(closet)[0]
    first, changed, lost, last, _ = lease_hats(cast.bob, closet)
    Item.objects.filter(pk=changed[0].item_id).update(revision=3)
    QueueEntry.objects.filter(pk=lost[0].pk).update(lease_user=cast.carol, lease_token=uuid.uuid4())

    made = grid.hand_in(
        actor=cast.bob,
        project=closet,
        key=uuid.uuid4(),
        decisions=[decide(one, hat) for one in (first, changed, lost, last)],
    )

    assert [one.outcome for one in made] == ["done", "conflict", "lease_lost", "done"]
    assert made[1].problem is not None and made[1].problem["code"] == "stale_revision"
    assert made[1].problem["details"]["current"]["revision"] == 3
    assert set(Annotation.objects.values_list("item_id", flat=True)) == {first[0].item_id, last[0].item_id}


def test_a_batch_that_broke_off_is_completed_by_sending_it_again(cast: Any, closet: Any) -> None:
    hat = class_ids(closet)[0]
    leased, key = lease_hats(cast.bob, closet), uuid.uuid4()
    assert hand_in(cast.bob, closet, *(decide(one, hat) for one in leased[:2]), key=key) == ["done"] * 2
    again = grid.hand_in(actor=cast.bob, project=closet, key=key, decisions=[decide(one, hat) for one in leased])
    assert [(one.outcome, one.revision) for one in again] == [("done", 1)] * 5
    assert Annotation.objects.count() == 5


def test_a_key_means_nothing_in_other_hands(cast: Any, closet: Any) -> None:
    hat = class_ids(closet)[0]
    decisions = [decide(one, hat) for one in lease_hats(cast.bob, closet, most=2)]
    key = uuid.uuid4()
    hand_in(cast.bob, closet, *decisions, key=key)
    assert hand_in(cast.carol, closet, *decisions, key=key) == ["lease_lost"] * 2


@pytest.mark.parametrize(("kind", "state"), [("skip", "skipped"), ("report", "problem"), ("postpone", "queued")])
def test_passing_on_is_done_once_and_answered_twice(cast: Any, closet: Any, kind: str, state: str) -> None:
    leased, key = lease_hats(cast.bob, closet, most=1)[0], uuid.uuid4()
    decision = decide(leased, kind=kind)
    events = AuditEvent.objects.filter(verb=f"item.{kind}", target_id=str(decision.item_id))

    assert hand_in(cast.bob, closet, decision, key=key) == ["done"]
    assert hand_in(cast.bob, closet, decision, key=key) == ["done"]

    assert Item.objects.get(pk=decision.item_id).state == state
    assert events.count() == 1
    assert hand_in(cast.carol, closet, decision, key=key) == ["lease_lost"]


def test_what_goes_back_to_the_queue_is_carols_at_once_and_bobs_in_the_single_mode(cast: Any, closet: Any) -> None:
    leased = lease_hats(cast.bob, closet, most=1)[0]
    hand_in(cast.bob, closet, decide(leased, kind="postpone"))
    assert Postponement.objects.filter(user=cast.bob, entry=leased[0]).exists()
    assert leased[0].item.name in names(lease_hats(cast.carol, closet))
    assert leased[0].item.name not in names(lease_hats(cast.bob, closet))


@pytest.mark.parametrize("wrong", ["item", "class", "guess"])
def test_what_belongs_to_another_project_or_picture_is_refused_for_itself(
    cast: Any, closet: Any, wrong: str, project: Any, labels: dict[str, int], make_item: Callable[..., Any]
) -> None:
    hat = class_ids(closet)[0]
    good, bad, other = lease_hats(cast.bob, closet, most=3)
    token = bad[0].lease_token
    assert token is not None
    foreign = queue.lease_item(actor=cast.bob, item=make_item(project, 99))
    assert foreign.lease_token is not None
    decision = {
        "item": Decision(foreign.item_id, "skip", foreign.lease_token),
        "class": decide(bad, labels["car"]),
        "guess": Decision(bad[0].item_id, "submit", token, 0, hat, other[1]),
    }[wrong]

    assert hand_in(cast.bob, closet, decision, decide(good, hat)) == ["refused", "done"]

    assert Annotation.objects.count() == 1
    assert Item.objects.get(pk=foreign.item_id).state == "queued"


def test_a_picture_named_twice_is_refused_whole(cast: Any, closet: Any) -> None:
    hat, _, shirt = class_ids(closet)
    leased = lease_hats(cast.bob, closet, most=1)[0]
    with pytest.raises(Unprocessable, match="twice"):
        hand_in(cast.bob, closet, decide(leased, hat), decide(leased, shirt))
    assert not Annotation.objects.exists()


# Too late


def test_a_class_that_came_too_late_is_a_suggestion_to_whoever_has_the_picture(cast: Any, closet: Any) -> None:
    _, shoes, _ = class_ids(closet)
    lost, passed = lease_hats(cast.bob, closet, most=2)
    QueueEntry.objects.filter(pk=lost[0].pk).update(lease_user=cast.carol, lease_token=uuid.uuid4())
    decisions = [decide(lost, shoes), decide(passed, kind="skip")]

    for _ in range(2):
        made = grid.suggest(actor=cast.bob, project=closet, decisions=decisions)
        assert [one.outcome for one in made] == ["done", "refused"]

    kept = Suggestion.objects.get()
    assert (kept.item_id, kept.author, kept.document["objects"][0]["class_id"]) == (lost[0].item_id, cast.bob, shoes)
    assert not Annotation.objects.exists()
    # It wants a look of its own.
    assert lost[0].item.name not in names(lease_hats(cast.carol, closet))


# Opening again


def test_a_batch_opened_again_makes_the_next_revision_of_what_is_changed(cast: Any, closet: Any) -> None:
    hat, _, shirt = class_ids(closet)
    leased = lease_hats(cast.bob, closet, most=2)
    hand_in(cast.bob, closet, *(decide(one, hat) for one in leased))
    ids = [entry.item_id for entry, _ in leased]

    opened = grid.reopen_grid(actor=cast.bob, project=closet, item_ids=ids)
    assert {entry.item_id for entry, _ in opened} == set(ids)
    assert hand_in(cast.bob, closet, decide(opened[0], shirt)) == ["done"]

    changed = Item.objects.get(pk=opened[0][0].item_id)
    assert (changed.revision, changed.class_counts) == (2, {str(shirt): 1})
    assert Item.objects.get(pk=opened[1][0].item_id).revision == 1


def test_opening_again_leaves_out_what_others_work_on_and_other_projects(
    cast: Any, closet: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    hat = class_ids(closet)[0]
    leased = lease_hats(cast.bob, closet, most=2)
    hand_in(cast.bob, closet, *(decide(one, hat) for one in leased))
    ids = [entry.item_id for entry, _ in leased]
    queue.lease_item(actor=cast.carol, item=Item.objects.get(pk=ids[0]))
    foreign = make_item(project, 99).pk
    opened = grid.reopen_grid(actor=cast.bob, project=closet, item_ids=[*ids, foreign])
    assert [entry.item_id for entry, _ in opened] == [ids[1]]


# Many leases at once


def test_renewing_says_which_leases_are_lost_and_prolongs_the_others(cast: Any, closet: Any, settings: Any) -> None:
    kept, lost = (entry for entry, _ in lease_hats(cast.bob, closet, most=2))
    QueueEntry.objects.filter(pk=lost.pk).update(lease_user=cast.carol, lease_token=uuid.uuid4())
    settings.WORK_LEASE_S = 10_000
    leases = {kept.item_id: kept.lease_token, lost.item_id: lost.lease_token}

    assert queue.renew_many(actor=cast.bob, project_id=closet.pk, leases=leases) == [lost.item_id]

    assert QueueEntry.objects.get(pk=kept.pk).lease_until > timezone.now() + timedelta(seconds=9_000)
    # A token of one's own under another item's name is worth nothing.
    crossed = {lost.item_id: kept.lease_token}
    assert queue.renew_many(actor=cast.bob, project_id=closet.pk, leases=crossed) == [lost.item_id]


def test_releasing_gives_back_ones_own_leases_only(cast: Any, closet: Any) -> None:
    bobs = [entry.lease_token for entry, _ in lease_hats(cast.bob, closet, most=2)]
    carols = [entry.lease_token for entry, _ in lease_hats(cast.carol, closet, most=2)]
    assert queue.release_many(actor=cast.bob, project_id=closet.pk, tokens=[*bobs, *carols]) == 2
    assert QueueEntry.objects.filter(lease_user=cast.carol).count() == 2
