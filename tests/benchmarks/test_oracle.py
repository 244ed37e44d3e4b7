"""Edits, counted by hand on paper first."""

import pytest

from annotator.core.tasktypes import TASK_TYPES
from benchmarks.oracle import Effort, Hits, Thing, answer, compare, effort_of, hits_of, shown_of

CAR, PERSON = 1, 2


def guess(name: str, bbox: tuple[float, float, float, float], score: float, class_id: int = CAR) -> dict:
    return {"id": name, "bbox": list(bbox), "class_id": class_id, "score": score}


def effort(shown: list[dict], truths: list[Thing], accept: float = 0.9) -> Effort:
    return effort_of(compare(shown, truths), accept)


def test_a_perfect_certain_guess_costs_nothing() -> None:
    assert effort([guess("p1", (0, 0, 10, 10), 0.95)], [Thing((0, 0, 10, 10), CAR)]) == Effort(from_nothing=1)


def test_a_perfect_doubtful_guess_costs_one_key_and_no_edit() -> None:
    found = effort([guess("p1", (0, 0, 10, 10), 0.5)], [Thing((0, 0, 10, 10), CAR)])
    assert (found.edits, found.accepts) == (0, 1)


def test_the_accept_threshold_is_inclusive() -> None:
    assert effort([guess("p1", (0, 0, 10, 10), 0.9)], [Thing((0, 0, 10, 10), CAR)], accept=0.9).accepts == 0


def test_a_missing_object_is_one_draw() -> None:
    found = effort([], [Thing((0, 0, 10, 10), CAR), Thing((20, 0, 30, 10), PERSON)])
    assert (found.draws, found.edits, found.from_nothing) == (2, 2, 2)


def test_an_extra_shown_object_is_one_delete_even_if_certain() -> None:
    found = effort([guess("p1", (0, 0, 10, 10), 0.99)], [])
    assert (found.deletes, found.edits, found.from_nothing) == (1, 1, 0)


def test_a_wrong_class_is_one_relabel() -> None:
    found = effort([guess("p1", (0, 0, 10, 10), 0.5, PERSON)], [Thing((0, 0, 10, 10), CAR)])
    assert (found.relabels, found.edits, found.accepts) == (1, 1, 0)


def test_a_loose_box_is_one_adjust() -> None:
    # 10 x 10 against 10 x 6 inside it: IoU 60 / 100 = 0.6, between 0.5 and 0.75.
    found = effort([guess("p1", (0, 0, 10, 6), 0.5)], [Thing((0, 0, 10, 10), CAR)])
    assert (found.adjusts, found.edits, found.accepts) == (1, 1, 0)


def test_an_iou_of_exactly_three_quarters_is_left_as_it_is() -> None:
    # 10 x 7.5 inside 10 x 10: IoU 0.75.
    assert effort([guess("p1", (0, 0, 10, 7.5), 0.5)], [Thing((0, 0, 10, 10), CAR)]).adjusts == 0


def test_an_iou_of_exactly_one_half_is_a_match() -> None:
    # 10 x 5 inside 10 x 10: IoU 0.5: one adjust, not a delete and a draw.
    found = effort([guess("p1", (0, 0, 10, 5), 0.5)], [Thing((0, 0, 10, 10), CAR)])
    assert (found.adjusts, found.edits) == (1, 1)


def test_under_one_half_it_is_a_delete_and_a_draw() -> None:
    found = effort([guess("p1", (0, 0, 10, 4.9), 0.5)], [Thing((0, 0, 10, 10), CAR)])
    assert (found.draws, found.deletes, found.edits) == (1, 1, 2)


def test_a_loose_box_of_the_wrong_class_is_two_edits() -> None:
    found = effort([guess("p1", (0, 0, 10, 6), 0.5, PERSON)], [Thing((0, 0, 10, 10), CAR)])
    assert (found.relabels, found.adjusts, found.edits) == (1, 1, 2)


def test_of_two_guesses_on_one_object_the_better_scored_is_matched_and_the_other_deleted() -> None:
    shown = shown_of([guess("low", (0, 0, 10, 10), 0.4), guess("high", (0, 0, 10, 9), 0.8)], show=0.25)
    comparison = compare(shown, [Thing((0, 0, 10, 10), CAR)])
    assert [pair.guess["id"] for pair in comparison.pairs] == ["high"]
    assert [one["id"] for one in comparison.extra] == ["low"]


def test_objects_under_the_show_threshold_are_not_shown_and_not_deleted() -> None:
    shown = shown_of([guess("p1", (0, 0, 10, 10), 0.2499), guess("p2", (0, 0, 10, 10), 0.25)], show=0.25)
    assert [one["id"] for one in shown] == ["p2"]


def test_efforts_add_up() -> None:
    one = Effort(draws=1, deletes=2, relabels=3, adjusts=4, accepts=5, from_nothing=6)
    assert one + one == Effort(draws=2, deletes=4, relabels=6, adjusts=8, accepts=10, from_nothing=12)
    assert (one + one).edits == 20


def test_the_answer_is_what_the_counted_actions_leave() -> None:
    shown = [
        guess("good", (0, 0, 10, 8), 0.9),  # IoU 0.8: kept, with its own box
        guess("loose", (20, 0, 30, 6), 0.8),  # IoU 0.6: adjusted
        guess("class", (40, 0, 50, 10), 0.7, PERSON),  # relabelled
        guess("extra", (60, 0, 70, 10), 0.6),  # deleted
    ]
    truths = [Thing((x, 0, x + 10, 10), CAR) for x in (0, 20, 40)] + [Thing((0, 30, 10, 40), PERSON)]
    document = answer(compare(shown, truths))
    found = {one["id"]: (tuple(one["bbox"]), one["class_id"], one["origin"]) for one in document["objects"]}
    assert found == {
        "good": ((0, 0, 10, 8), CAR, "accepted"),
        "loose": ((20, 0, 30, 10), CAR, "edited"),
        "class": ((40, 0, 50, 10), CAR, "edited"),
        "m-1": ((0, 30, 10, 40), PERSON, "manual"),
    }


def test_the_product_counts_the_same_changes() -> None:
    shown = [
        guess("good", (0, 0, 10, 8), 0.9),
        guess("loose", (20, 0, 30, 6), 0.8),
        guess("extra", (60, 0, 70, 10), 0.6),
    ]
    comparison = compare(shown, [Thing((0, 0, 10, 10), CAR), Thing((20, 0, 30, 10), CAR), Thing((0, 30, 9, 39), CAR)])
    changes = TASK_TYPES["object_detection"].diff({"objects": shown}, answer(comparison))
    counted = {key: changes[key] for key in ("accepted", "edited", "relabelled", "deleted", "added")}
    assert counted == {"accepted": 1, "edited": 1, "relabelled": 0, "deleted": 1, "added": 1}


def test_hits_need_the_class_and_half_the_box() -> None:
    objects = [
        guess("right", (0, 0, 10, 10), 0.9),
        guess("class", (20, 0, 30, 10), 0.9, PERSON),
        guess("place", (40, 0, 50, 4), 0.9),
    ]
    found = hits_of(objects, [Thing((x, 0, x + 10, 10), CAR) for x in (0, 20, 40, 60)])
    assert found == Hits(right=1, accepted=3, true=4)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(1 / 4)


def test_without_accepted_objects_there_is_no_precision() -> None:
    assert Hits().precision is None
    assert Hits().recall is None
