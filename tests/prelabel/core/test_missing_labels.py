"""Which pictures are taken for incompletely labelled, and which are not."""

from __future__ import annotations

from prelabel.core.calibration import Outcome
from prelabel.core.missing_labels import LeftOut, find_left_out

CELL, OTHER = 0, 1


def _usual(n: int, first: int = 0) -> list[Outcome]:
    """Pictures with four right guesses of the class at .9 and two wrong ones at .4."""
    return [
        Outcome(picture, CELL, score, right)
        for picture in range(first, first + n)
        for score, right in ((0.9, True), (0.9, True), (0.9, True), (0.9, True), (0.4, False), (0.4, False))
    ]


def _empty(picture: int, *scores: float) -> list[Outcome]:
    return [Outcome(picture, CELL, score, False) for score in scores]


def test_a_picture_without_a_class_that_all_others_have_is_left_out_where_the_model_is_sure_of_several() -> None:
    outcomes = _usual(19) + _empty(19, 0.95, 0.92, 0.9, 0.3)
    assert find_left_out(outcomes, [{CELL}] * 19 + [set()]) == [LeftOut(19, CELL, 3)]


def test_too_few_or_too_doubtful_guesses_say_nothing() -> None:
    marked = [{CELL}] * 19 + [set()]
    assert find_left_out(_usual(19) + _empty(19, 0.95, 0.92), marked) == []
    # At .4 and above 4 of 6 guesses are right elsewhere: not mostly.
    assert find_left_out(_usual(19) + _empty(19, 0.4, 0.4, 0.4, 0.4), marked) == []


def test_a_class_that_is_often_absent_is_believed_to_be_absent() -> None:
    outcomes = _usual(17) + [one for picture in (17, 18, 19) for one in _empty(picture, 0.95, 0.95, 0.95)]
    assert find_left_out(outcomes, [{CELL}] * 17 + [{OTHER}] * 3) == []


def test_fewer_than_twenty_pictures_have_nothing_usual() -> None:
    assert find_left_out(_usual(18) + _empty(18, 0.95, 0.95, 0.95), [{CELL}] * 18 + [set()]) == []
