"""Leases: two people never work on the same item, and nobody's work is refused without need."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from annotator.core.errors import Conflict, LeaseLost
from annotator.models import Item, Member, Postponement, QueueEntry, User
from annotator.services import queue
from annotator.services.queue import Waiting

pytestmark = pytest.mark.django_db
THREADS, DRAWS = 8, 5


def expire(item: Any) -> None:
    """As if the person had gone for lunch."""
    QueueEntry.objects.filter(item=item).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_next_gives_the_highest_priority_first(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    items = [make_item(project, number) for number in range(3)]
    QueueEntry.objects.filter(item=items[1]).update(priority=0.9)
    QueueEntry.objects.filter(item=items[2]).update(priority=0.5)

    order = []
    for _ in range(3):
        entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
        assert entry is not None
        order.append(entry.item_id)
        queue.finish_entry(entry=entry)

    assert order == [items[1].pk, items[2].pk, items[0].pk]


def test_a_person_gets_the_own_live_lease_again(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    for number in range(2):
        make_item(project, number)

    first = queue.lease_next(actor=cast.bob, project_id=project.pk)
    again = queue.lease_next(actor=cast.bob, project_id=project.pk)

    assert first is not None and again is not None
    assert (again.item_id, again.lease_token) == (first.item_id, first.lease_token)


def test_an_excluded_own_lease_is_passed_over_for_the_next_item(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    for number in range(2):
        make_item(project, number)
    first = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert first is not None

    ahead = queue.lease_next(actor=cast.bob, project_id=project.pk, exclude=[first.item_id])

    assert ahead is not None and ahead.item_id != first.item_id


def test_near_the_end_of_a_queue_what_is_fetched_ahead_leaves_one_for_each_other_member(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    Member.objects.filter(project=project).exclude(user__in=[cast.alice, cast.bob]).delete()
    for number in range(4):
        make_item(project, number)

    def held_by(person: Any) -> int:
        """As the page asks: one to work on, then three ahead."""
        first = queue.lease_next(actor=person, project_id=project.pk)
        assert first is not None
        held = [first.item_id]
        for _ in range(3):
            entry = queue.lease_next(actor=person, project_id=project.pk, exclude=held, ahead=True)
            held += [entry.item_id] if entry else []
        return len(held)

    assert (held_by(cast.bob), held_by(cast.alice)) == (3, 1)


def test_who_is_alone_or_has_left_is_kept_nothing(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    Member.objects.filter(project=project).exclude(user__in=[cast.carol, cast.bob]).delete()
    make_item(project)
    ask = {"actor": cast.bob, "project_id": project.pk, "ahead": True}
    assert queue.lease_next(**ask) is None
    cast.carol.is_active = False
    cast.carol.save()
    first = queue.lease_next(**ask)
    again = queue.lease_next(**ask)  # what one holds comes again whatever is left
    assert first is not None and again is not None and again.lease_token == first.lease_token


def test_what_bob_has_open_is_not_given_to_carol(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    make_item(project)
    assert queue.lease_next(actor=cast.bob, project_id=project.pk) is not None
    assert queue.lease_next(actor=cast.carol, project_id=project.pk) is None


def test_an_expired_lease_is_given_to_the_next_person_under_a_new_token(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    item = make_item(project)
    bobs = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert bobs is not None
    expire(item)

    carols = queue.lease_next(actor=cast.carol, project_id=project.pk)

    assert carols is not None and carols.item_id == item.pk
    assert carols.lease_token != bobs.lease_token
    with pytest.raises(LeaseLost):
        queue.hold_lease(actor=cast.bob, item=item, token=bobs.lease_token)


def test_an_expired_lease_that_nobody_took_still_holds(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    item = make_item(project)
    entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert entry is not None
    expire(item)

    assert queue.hold_lease(actor=cast.bob, item=item, token=entry.lease_token).pk == entry.pk


def test_a_token_is_worth_nothing_in_other_hands(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    item = make_item(project)
    entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert entry is not None
    with pytest.raises(LeaseLost):
        queue.hold_lease(actor=cast.carol, item=item, token=entry.lease_token)
    with pytest.raises(LeaseLost):
        queue.hold_lease(actor=cast.bob, item=item, token=uuid.uuid4())


def test_a_renewed_lease_lasts_longer(cast: Any, project: Any, make_item: Callable[..., Any], settings: Any) -> None:
    item = make_item(project)
    entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert entry is not None and entry.lease_token is not None
    settings.WORK_LEASE_S = 10_000

    renewed = queue.renew_work_lease(actor=cast.bob, item=item, token=entry.lease_token)

    assert renewed.lease_until > timezone.now() + timedelta(seconds=9_000)


def test_a_released_item_goes_to_the_next_person(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    item = make_item(project)
    entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert entry is not None and entry.lease_token is not None

    queue.release_lease(actor=cast.bob, item=item, token=entry.lease_token)

    assert queue.lease_next(actor=cast.carol, project_id=project.pk) is not None


def test_releasing_what_is_gone_is_no_error(cast: Any, project: Any, make_item: Callable[..., Any]) -> None:
    item = make_item(project)
    queue.lease_next(actor=cast.carol, project_id=project.pk)

    queue.release_lease(actor=cast.bob, item=item, token=uuid.uuid4())

    assert QueueEntry.objects.get(item=item).lease_user_id == cast.carol.pk


def test_opening_an_item_that_somebody_works_on_is_refused(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    item = make_item(project)
    queue.lease_next(actor=cast.bob, project_id=project.pk)
    with pytest.raises(Conflict) as refusal:
        queue.lease_item(actor=cast.carol, item=item)
    assert refusal.value.code == "leased_by_other"


def test_opening_a_reviewed_item_does_not_put_it_in_the_queue(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    item = make_item(project, state="reviewed")

    queue.lease_item(actor=cast.bob, item=item)

    assert queue.lease_next(actor=cast.carol, project_id=project.pk) is None


def test_a_second_enqueueing_moves_the_entry_and_keeps_the_lease(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    item = make_item(project)
    entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
    assert entry is not None

    queue.enqueue_items(project_id=project.pk, waiting=[Waiting(item.pk, "uncertain", 0.7)])

    after = QueueEntry.objects.get(item=item)
    assert (after.pk, after.reason, after.priority) == (entry.pk, "uncertain", 0.7)
    assert after.lease_token == entry.lease_token


def test_move_items_leaves_alone_what_the_table_does_not_allow(project: Any, make_item: Callable[..., Any]) -> None:
    queued, reviewed = make_item(project, 1), make_item(project, 2, state="reviewed")

    moved = queue.move_items(item_ids=[queued.pk, reviewed.pk], state="auto_accepted")

    assert moved == 1
    assert Item.objects.get(pk=reviewed.pk).state == "reviewed"


def test_what_waits_again_is_no_problem_any_more(project: Any, make_item: Callable[..., Any]) -> None:
    pinned = {"id": "p1", "class_id": 1, "bbox": [0, 0, 4, 4]}
    item = make_item(project, 1, state="problem", problem="blurred", problem_region=pinned)

    queue.move_items(item_ids=[item.pk], state="queued")

    item.refresh_from_db()
    assert (item.state, item.problem, item.problem_region) == ("queued", "", None)


@pytest.mark.django_db(transaction=True)
def test_eight_people_drawing_at_once_never_get_the_same_item(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    for number in range(THREADS * DRAWS + 3):
        make_item(project, number)
    people = [User.objects.create(email=f"p{number}@example.org") for number in range(THREADS)]
    Member.objects.bulk_create(Member(project=project, user=one, role="annotator") for one in people)
    start, drawn, lock = threading.Barrier(THREADS), [], threading.Lock()

    def draw(person: User) -> None:
        try:
            start.wait()
            mine: list[int] = []
            for _ in range(DRAWS):
                entry = queue.lease_next(actor=person, project_id=project.pk, exclude=mine)
                assert entry is not None
                mine.append(entry.item_id)
            with lock:
                drawn.extend(mine)
        finally:
            connection.close()

    threads = [threading.Thread(target=draw, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(drawn) == len(set(drawn)) == THREADS * DRAWS


def put_off(actor: Any, project: Any) -> int:
    """The person takes the next item and puts it off; returns which it was."""
    entry = queue.lease_next(actor=actor, project_id=project.pk)
    assert entry is not None
    queue.postpone_entry(entry=entry, actor=actor)
    return entry.item_id


def test_what_a_person_put_off_comes_after_all_others_the_longest_put_off_first(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    items = [make_item(project, number) for number in range(3)]
    assert [put_off(cast.bob, project) for _ in range(2)] == [items[0].pk, items[1].pk]
    put_off(cast.carol, project)  # the first; her putting off must not count for bob

    order = []
    for _ in range(3):
        entry = queue.lease_next(actor=cast.bob, project_id=project.pk)
        assert entry is not None
        order.append(entry.item_id)
        queue.finish_entry(entry=entry)

    assert order == [items[2].pk, items[0].pk, items[1].pk]
    assert not Postponement.objects.exists()
    assert queue.lease_next(actor=cast.bob, project_id=project.pk) is None


def test_putting_off_twice_moves_an_item_behind_the_others(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    first, second = make_item(project, 1), make_item(project, 2)
    assert [put_off(cast.bob, project) for _ in range(4)] == [first.pk, second.pk, first.pk, second.pk]


def test_a_person_can_open_what_they_put_off_and_finished_work_cannot_be_put_off(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    item, reviewed = make_item(project, 1), make_item(project, 2, state="reviewed")
    put_off(cast.bob, project)
    assert queue.lease_item(actor=cast.bob, item=item).lease_user_id == cast.bob.pk

    queue.postpone_entry(entry=queue.lease_item(actor=cast.bob, item=reviewed), actor=cast.bob)

    assert not Postponement.objects.filter(entry__item=reviewed).exists()


def test_what_is_taken_out_of_the_queue_is_not_put_off_any_more(
    cast: Any, project: Any, make_item: Callable[..., Any]
) -> None:
    item = make_item(project)
    put_off(cast.bob, project)
    queue.dequeue_items(item_ids=[item.pk])
    assert not Postponement.objects.exists()
