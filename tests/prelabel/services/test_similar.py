"""What looks alike gets its class from a person at once, and loses it again at one call."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from annotator.core.errors import Unprocessable
from annotator.models import Annotation, AuditEvent, LabelClass, Prediction, QueueEntry, Run, Suggestion
from annotator.selectors.suggestions import open_suggestions
from annotator.services import queue, suggestions
from annotator.services.annotations import Submission, submit_annotation
from prelabel.selectors.similar import waiting_alike
from prelabel.selectors.triggers import reviewed_since
from prelabel.services.similar import Naming, find_similar, label_similar, undo_similar

Made = Callable[..., Any]

BOXES = [[2.0, 2.0, 20.0, 20.0], [30.0, 4.0, 60.0, 40.0]]


@pytest.fixture
def pictures(classification_project: Any, make_item: Made, make_prediction: Made) -> list[Any]:
    """Three waiting pictures, each guessed to be a hat."""
    hat = LabelClass.objects.get(project=classification_project, name="hat")
    items = [make_item(classification_project, number) for number in range(3)]
    for item in items:
        guess = make_prediction(item, (0.6, hat.pk, BOXES[0]))
        guess.document["objects"][0].pop("bbox")
        guess.save()
    queue.note_guesses(project_id=classification_project.pk, item_ids=[item.pk for item in items])
    return items


@pytest.fixture
def streets(project: Any, labels: dict[str, int], make_item: Made, make_prediction: Made) -> list[Any]:
    """Two waiting pictures with a car and a person each."""
    items = [make_item(project, number) for number in range(2)]
    for item in items:
        make_prediction(item, (0.6, labels["car"], BOXES[0]), (0.5, labels["person"], BOXES[1]))
    return items


def _naming(items: list[Any], class_id: int, *names: str) -> Naming:
    return Naming(uuid.uuid4(), class_id, [(item.pk, name) for item in items for name in names or ("p1",)])


def _state(item: Any) -> tuple[str, dict[str, int], bool]:
    item.refresh_from_db()
    return item.state, item.class_counts, not QueueEntry.objects.get(item=item).done


def test_pictures_are_submitted_by_the_person_and_taken_back_as_one(
    classification_project: Any, pictures: list[Any], cast: Any
) -> None:
    project, shoes = classification_project, LabelClass.objects.get(project=classification_project, name="shoes").pk
    naming = _naming(pictures, shoes)
    outcomes = label_similar(actor=cast.bob, project=project, naming=naming)
    assert [one.done for one in outcomes] == [True] * 3
    assert {_state(item)[0] for item in pictures} == {"reviewed"}
    truth = Annotation.objects.filter(item__in=pictures)
    assert {(one.author, one.origin, one.document["objects"][0]["class_id"]) for one in truth} == {
        (cast.bob, "human", shoes)
    }
    assert truth[0].changes["relabelled"] == 1
    label_similar(actor=cast.bob, project=project, naming=naming)
    assert Annotation.objects.count() == 3, "the same key does nothing twice"
    assert AuditEvent.objects.filter(verb="similar.label").count() == 3

    # carol corrects one of them meanwhile: that one stays.
    entry = queue.lease_item(actor=cast.carol, item=pictures[0])
    mine = {"id": "p1", "class_id": shoes, "origin": "accepted", "prediction_id": "p1"}
    submission = Submission({"objects": [mine]}, 1, entry.lease_token)
    submit_annotation(actor=cast.carol, item_id=pictures[0].pk, submission=submission)
    taken = {one.item_id: one for one in undo_similar(actor=cast.bob, project=project, key=naming.key)}
    assert not taken[pictures[0].pk].done and taken[pictures[0].pk].problem["code"] == "changed_since"
    assert _state(pictures[0])[0] == "reviewed"
    assert [_state(item) for item in pictures[1:]] == [("queued", {}, True)] * 2
    assert reviewed_since(project.pk, None) == 1, "what was taken back is nothing to train on"
    again = undo_similar(actor=cast.bob, project=project, key=naming.key)
    assert [one.done for one in again] == [one.done for one in taken.values()]
    # And it can be done anew, under another key.
    assert label_similar(actor=cast.bob, project=project, naming=_naming(pictures[1:], shoes))[0].done
    assert _state(pictures[1])[0] == "reviewed"


def test_what_somebody_decided_or_has_open_is_left_alone(
    classification_project: Any, pictures: list[Any], cast: Any
) -> None:
    hat = LabelClass.objects.get(project=classification_project, name="hat").pk
    queue.lease_item(actor=cast.carol, item=pictures[0])
    Prediction.objects.filter(item=pictures[1]).update(document={"objects": [{"id": "new", "class_id": hat}]})
    outcomes = label_similar(actor=cast.bob, project=classification_project, naming=_naming(pictures, hat))
    assert [one.problem and one.problem["code"] for one in outcomes] == ["not_waiting", "guess_replaced", None]
    assert [_state(item)[0] for item in pictures] == ["queued", "queued", "reviewed"]
    assert QueueEntry.objects.get(item=pictures[1]).lease_user is None, "nothing of a refusal stays"


def test_what_measures_is_looked_at_one_by_one(classification_project: Any, pictures: list[Any]) -> None:
    type(pictures[0]).objects.filter(pk=pictures[0].pk).update(split="test")
    assert set(waiting_alike(classification_project).values_list("item_id", flat=True)) == {
        pictures[1].pk,
        pictures[2].pk,
    }


def test_objects_become_a_suggestion_that_the_reviewer_sees_decided(
    project: Any, labels: dict[str, int], streets: list[Any], cast: Any
) -> None:
    naming = _naming(streets, labels["person"], "p1")
    assert all(one.done for one in label_similar(actor=cast.bob, project=project, naming=naming))
    assert Annotation.objects.count() == 0, "nobody has confirmed the picture yet"
    assert [_state(item) for item in streets] == [("queued", {}, True)] * 2
    shown = open_suggestions(streets[0])[0]
    assert shown["author"] == "Bob"
    assert shown["document"] == {
        "objects": [
            {"id": "p1", "bbox": BOXES[0], "class_id": labels["person"], "origin": "edited", "prediction_id": "p1"}
        ],
        "review": {"rejected": []},
    }
    # A second search adds to it; undone, the first is what stays.
    second = _naming(streets[:1], labels["person"], "p2")
    label_similar(actor=cast.bob, project=project, naming=second)
    document = open_suggestions(streets[0])[0]["document"]
    assert [(one["id"], one["origin"]) for one in document["objects"]] == [("p1", "edited"), ("p2", "accepted")]
    undo_similar(actor=cast.bob, project=project, key=second.key)
    assert open_suggestions(streets[0])[0]["document"] == shown["document"]

    # What was taken up since stays so, the rest goes.
    suggestions.close_suggestion(actor=cast.carol, suggestion_id=shown["id"], outcome="taken")
    taken = {one.item_id: one.done for one in undo_similar(actor=cast.bob, project=project, key=naming.key)}
    assert taken == {streets[0].pk: False, streets[1].pk: True}
    assert Suggestion.objects.get(item=streets[1]).state == "dismissed"
    verbs = AuditEvent.objects.filter(project=project, actor=cast.bob).values_list("verb", flat=True)
    assert list(verbs).count("similar.label") == 3 and list(verbs).count("similar.undo") == 2


def test_a_key_means_nothing_in_other_hands(
    project: Any, labels: dict[str, int], streets: list[Any], cast: Any
) -> None:
    naming = _naming(streets, labels["car"], "p1")
    label_similar(actor=cast.bob, project=project, naming=naming)
    assert undo_similar(actor=cast.carol, project=project, key=naming.key) == []
    assert len(open_suggestions(streets[0])) == 1


def test_a_search_is_started_for_what_can_be_compared(
    project: Any, classification_project: Any, pictures: list[Any], streets: list[Any], deployment: Any, cast: Any
) -> None:
    street = streets[0]
    street.project = project
    for item, bbox, code in [
        (street, None, "unprocessable"),
        (street, [70.0, 60.0, 90.0, 80.0], "invalid_document"),
        (pictures[0], None, "no_model"),
        (pictures[0], BOXES[0], "unprocessable"),
    ]:
        with pytest.raises(Unprocessable) as refused:
            find_similar(actor=cast.bob, item=item, bbox=bbox, limit=10)
        assert refused.value.code == code
    first = find_similar(actor=cast.bob, item=street, bbox=[-4.0, 2.0, 20.0, 20.0], limit=10)
    assert first.params == {"item_id": street.pk, "bbox": [0.0, 2.0, 20.0, 20.0], "limit": 10}
    other = find_similar(actor=cast.carol, item=street, bbox=BOXES[0], limit=10)
    find_similar(actor=cast.bob, item=street, bbox=BOXES[1], limit=10)
    # A person's newer search ends their older one, and nobody else's.
    assert Run.objects.get(pk=first.pk).state == "cancelled"
    assert Run.objects.get(pk=other.pk).state == "queued"


def test_a_class_that_is_not_in_use_is_refused(
    project: Any, labels: dict[str, int], streets: list[Any], cast: Any
) -> None:
    LabelClass.objects.filter(pk=labels["car"]).update(archived=True)
    with pytest.raises(Unprocessable) as refused:
        label_similar(actor=cast.bob, project=project, naming=_naming(streets, labels["car"]))
    assert refused.value.code == "unknown_class"
