"""Work that came too late for its lease: kept, shown to the next person, never the truth by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotator.core.errors import Conflict, InvalidDocument, NotAllowed, Unprocessable
from annotator.models import Annotation, AuditEvent, Draft, QueueEntry, Suggestion
from annotator.selectors.suggestions import open_suggestions
from annotator.services import queue, suggestions
from tests.annotator.documents import one_box

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(project: Any, make_item: Callable[..., Any]) -> Any:
    return make_item(project)


def suggest(actor: Any, item: Any, document: dict[str, Any], base_revision: int = 0) -> Suggestion:
    return suggestions.add_suggestion(actor=actor, item_id=item.pk, document=document, base_revision=base_revision)


def test_a_suggestion_needs_no_lease_and_changes_no_truth(cast: Any, item: Any, labels: dict[str, int]) -> None:
    queue.lease_item(actor=cast.carol, item=item)
    made = suggest(cast.bob, item, one_box(labels["car"]) | {"review": {"rejected": ["p7"]}})

    assert (made.author, made.author_name, made.state) == (cast.bob, cast.bob.name or cast.bob.email, "open")
    assert made.document["review"] == {"rejected": ["p7"]}
    assert not Annotation.objects.filter(item=item).exists() and not Draft.objects.exists()
    assert QueueEntry.objects.get(item=item).lease_user == cast.carol
    event = AuditEvent.objects.get(verb="suggestion.add", target_id=str(item.pk))
    assert (event.actor, event.after["objects"]) == (cast.bob, 1)


def test_a_newer_suggestion_of_a_person_replaces_the_open_one(cast: Any, item: Any, labels: dict[str, int]) -> None:
    suggest(cast.bob, item, one_box(labels["car"]))
    suggest(cast.bob, item, one_box(labels["person"]))
    suggest(cast.carol, item, one_box(labels["car"]))
    shown = open_suggestions(item)
    assert [one["document"]["objects"][0]["class_id"] for one in shown] == [labels["person"], labels["car"]]


def test_an_item_that_was_done_waits_again_so_that_somebody_sees_it(
    cast: Any, item: Any, labels: dict[str, int]
) -> None:
    QueueEntry.objects.filter(item=item).update(done=True)
    suggest(cast.bob, item, one_box(labels["car"]))
    entry = QueueEntry.objects.get(item=item)
    assert (entry.done, entry.reason) == (False, "returned")


def test_a_document_that_no_submit_would_take_is_no_suggestion(cast: Any, item: Any, labels: dict[str, int]) -> None:
    with pytest.raises(InvalidDocument):
        suggest(cast.bob, item, one_box(10**9))
    with pytest.raises(InvalidDocument):
        suggest(cast.bob, item, one_box(labels["car"]) | {"review": {"rejected": [7]}})
    with pytest.raises(Unprocessable):
        suggest(cast.bob, item, one_box(labels["car"]), base_revision=1)
    assert not Suggestion.objects.exists()


def test_what_became_of_it_is_said_once_and_the_row_stays(cast: Any, item: Any, labels: dict[str, int]) -> None:
    made = suggest(cast.bob, item, one_box(labels["car"]))
    suggestions.close_suggestion(actor=cast.alice, suggestion_id=made.pk, outcome="taken")
    suggestions.close_suggestion(actor=cast.carol, suggestion_id=made.pk, outcome="taken")
    with pytest.raises(Conflict):
        suggestions.close_suggestion(actor=cast.carol, suggestion_id=made.pk, outcome="dismissed")

    made.refresh_from_db()
    assert (made.state, made.closed_by) == ("taken", cast.alice)
    assert open_suggestions(item) == []
    assert AuditEvent.objects.filter(verb="suggestion.close", target_id=str(item.pk)).count() == 1


def test_whoever_closed_it_may_take_that_back(cast: Any, item: Any, labels: dict[str, int]) -> None:
    made = suggest(cast.bob, item, one_box(labels["car"]))
    suggestions.close_suggestion(actor=cast.carol, suggestion_id=made.pk, outcome="dismissed")
    QueueEntry.objects.filter(item=item).update(done=True)
    with pytest.raises(NotAllowed):
        suggestions.reopen_suggestion(actor=cast.alice, suggestion_id=made.pk)
    suggestions.reopen_suggestion(actor=cast.carol, suggestion_id=made.pk)
    suggestions.reopen_suggestion(actor=cast.carol, suggestion_id=made.pk)

    made.refresh_from_db()
    assert (made.state, made.closed_by, made.closed_at) == ("open", None, None)
    assert not QueueEntry.objects.get(item=item).done
    event = AuditEvent.objects.get(verb="suggestion.reopen", target_id=str(item.pk))
    assert (event.before["state"], event.after["state"]) == ("dismissed", "open")


def test_an_older_suggestion_does_not_come_back_beside_a_newer_one(
    cast: Any, item: Any, labels: dict[str, int]
) -> None:
    made = suggest(cast.bob, item, one_box(labels["car"]))
    suggestions.close_suggestion(actor=cast.carol, suggestion_id=made.pk, outcome="taken")
    suggest(cast.bob, item, one_box(labels["person"]))
    with pytest.raises(Conflict):
        suggestions.reopen_suggestion(actor=cast.carol, suggestion_id=made.pk)
    assert [one["document"]["objects"][0]["class_id"] for one in open_suggestions(item)] == [labels["person"]]
