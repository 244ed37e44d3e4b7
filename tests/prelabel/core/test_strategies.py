"""Queue strategies: what each asks first, worked out by hand, and what holds for all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from annotator.core.errors import Unprocessable
from prelabel.core.confidence import bernoulli_entropy, vector_entropy
from prelabel.core.pool import RULES, Candidate, Pool, Seen
from prelabel.core.strategies import DEFAULT_STRATEGY, STRATEGIES, load_strategy
from prelabel.core.strategies.committee import ballots
from prelabel.core.strategies.coverage import cover
from prelabel.core.strategies.diverse import k_centres

LEFT, RIGHT = (0.0, 0.0, 10.0, 10.0), (50.0, 0.0, 60.0, 10.0)


def classified(key: int, *scores: float, **fields: Any) -> Candidate:
    """A picture whose classes 1, 2, 3 have these scores, best first."""
    top = tuple((index + 1, score) for index, score in enumerate(scores))
    return Candidate(key, (Seen(1, scores[0], top, vector_entropy(scores)),), **fields)


def boxed(key: int, *scores: float, box: tuple[float, float, float, float] = LEFT) -> Candidate:
    """A picture with one box of class 1 for each score."""
    return Candidate(key, tuple(Seen(1, one, ((1, one),), bernoulli_entropy(one), box) for one in scores))


def order(slug: str, pool: Pool, budget: int = 100) -> list[int]:
    return [pick.key for pick in load_strategy(slug).choose(pool, budget)]


def described(count: int = 40) -> Pool:
    """Pictures with unit vectors, all kinds of doubt, and some that are reviewed."""
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(count, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = rng.dirichlet(np.ones(3), size=count)
    rows = [classified(key + 1, *sorted(row.tolist(), reverse=True)) for key, row in enumerate(scores)]
    rows = [replace(one, members=(one.objects, rows[0].objects), flags=("dark",) * (one.key % 5 == 0)) for one in rows]
    return replace(Pool.of(rows, vectors, vectors[:4]), classes=3, reviewed={1: 9, 2: 1}, seed="7")


@pytest.mark.parametrize("slug", STRATEGIES)
def test_every_strategy_keeps_the_contract(slug: str) -> None:
    pool, strategy = described(), load_strategy(slug)
    picks = strategy.choose(pool, 12)
    keys = [pick.key for pick in picks]
    assert len(keys) == len(set(keys)) <= 12
    assert set(keys) <= {one.key for one in pool.candidates}
    assert all(pick.why["code"] for pick in picks)
    assert [pick.key for pick in strategy.choose(pool, 12)] == keys, "the same pool, the same choice"
    assert strategy.choose(pool, 0) == []
    assert strategy.choose(Pool.of(()), 5) == []
    assert len(strategy.choose(pool, 1000)) <= len(pool.candidates)
    if slug != "mix":
        scores = [pick.score for pick in picks]
        assert scores == sorted(scores, reverse=True), "higher = ask sooner"


@pytest.mark.parametrize("slug", ["least_confident", "margin", "entropy", "model_change"])
def test_the_less_certain_is_asked_first_by_every_doubt(slug: str) -> None:
    pool = replace(Pool.of([classified(1, 0.9, 0.1), classified(2, 0.5, 0.5), classified(3, 0.7, 0.3)]), classes=2)
    assert order(slug, pool) == [2, 3, 1]
    boxes = replace(Pool.of([boxed(1, 0.95), boxed(2, 0.5), boxed(3, 0.8)]), boxes=True)
    assert order(slug, boxes) == [2, 3, 1]


def test_doubts_have_their_textbook_values() -> None:
    pool = replace(Pool.of([classified(1, 0.6, 0.3, 0.1)]), classes=3)

    def score(slug: str, pool: Pool = pool) -> float:
        return load_strategy(slug).choose(pool, 1)[0].score

    assert score("least_confident") == pytest.approx(0.4)
    assert score("margin") == pytest.approx(0.7)
    assert score("entropy") == pytest.approx(0.8979 / math.log(3), abs=1e-4)  # -.6 ln .6 - .3 ln .3 - .1 ln .1
    # Σ p² = .46; .6 √(1.46 - 1.2) + .3 √(1.46 - .6) + .1 √(1.46 - .2)
    assert score("model_change") == pytest.approx(0.6 * 0.50990 + 0.3 * 0.92736 + 0.1 * 1.12250, abs=1e-4)
    assert score("model_change", replace(pool, lengths=np.array([2.0], np.float32))) == pytest.approx(1.39278, abs=1e-4)
    box = replace(Pool.of([boxed(1, 0.8)]), boxes=True)
    assert score("margin", box) == pytest.approx(1 - 0.6)  # .8 against .2 for "nothing there"
    assert score("model_change", box) == pytest.approx(0.32)


def test_objects_are_brought_together_by_the_stated_rule() -> None:
    pool = replace(Pool.of([boxed(1, 0.5), boxed(2, 0.6, 0.6, 0.6), boxed(3, 0.5, 0.99)]), boxes=True)
    by_rule = {rule: order("least_confident", replace(pool, rule=rule)) for rule in RULES}
    assert by_rule["max"] == [1, 3, 2]  # .5, .4, .5: equal ones by key
    assert by_rule["sum"] == [2, 3, 1]  # .5, 1.2, .51
    assert by_rule["mean"] == [1, 2, 3]  # .5, .4, .255


def test_a_picture_that_no_model_has_seen_has_no_doubt() -> None:
    pool = Pool.of([Candidate(1, predicted=False), Candidate(2, hidden=(Seen(0, 0.2),)), classified(3, 0.9)])
    for slug in ("least_confident", "margin", "entropy", "model_change"):
        assert 1 not in order(slug, pool)
    assert sorted(order("random", pool)) == [1, 2, 3]
    assert load_strategy("margin").choose(pool, 1)[0].why == {"code": "nothing_seen"}


def test_centres_are_the_farthest_from_all_before_them() -> None:
    line = np.array([[0.0], [1.0], [4.0], [10.0], [11.0]], np.float32)
    # Known at 0: 11 is farthest; then 4 is 4 from 0; then 10, 1 away from 11, is as far as 1 is from 0: the first.
    assert k_centres(line, np.array([[0.0]], np.float32), 4) == [(4, 11.0), (2, 4.0), (1, 1.0), (3, 1.0)]
    # With nothing known the picture nearest to the mean (5.2) begins.
    assert [row for row, _ in k_centres(line, line[:0], 3)] == [2, 4, 0]
    assert k_centres(line[:0], line, 3) == []


def test_a_core_set_stands_for_the_doubtful_and_not_for_the_odd() -> None:
    # Likeness to the first four: three alike, one between, one by itself; the last is known.
    vectors = np.array([[1, 0], [1, 0], [1, 0], [0.8, 0.6], [-1, 0]], np.float32)
    weights = np.array([1, 1, 1, 1, 1], np.float32)
    first, second = cover(vectors, vectors, vectors[:0], weights, 2)
    assert first == (0, pytest.approx(3.8), pytest.approx(0.8))
    assert second == (4, pytest.approx(1.0), pytest.approx(0.2))
    # The odd one is sure by now: the one between is worth more, by what of it is not covered yet.
    weights[4] = 0.1
    assert cover(vectors, vectors, vectors[:0], weights, 2)[1] == (3, pytest.approx(0.2), pytest.approx(0.2))
    assert cover(vectors, vectors, vectors[:1], weights, 1)[0][0] == 3
    assert cover(vectors[:0], vectors[:0], vectors, weights[:0], 3) == []


def test_a_greedy_choice_covers_at_most_twice_as_badly_as_the_best() -> None:
    """Gonzalez 1985: the largest distance to a centre is within a factor of two of the optimum."""
    from itertools import combinations

    points = np.random.default_rng(5).normal(size=(12, 2)).astype(np.float32)
    between = np.linalg.norm(points[:, None] - points[None], axis=2)
    best = min(between[:, list(centres)].min(axis=1).max() for centres in combinations(range(12), 3))
    found = [row for row, _ in k_centres(points, points[:0], 3)]
    assert between[:, found].min(axis=1).max() <= 2 * best


def test_members_vote_on_the_same_object_where_their_boxes_overlap() -> None:
    car, bus = Seen(1, 0.9, bbox=LEFT), Seen(2, 0.9, bbox=(1.0, 0.0, 11.0, 10.0))
    other = Seen(1, 0.9, bbox=RIGHT)
    assert ballots([(car,), (bus, other)]) == [[1, 2], [None, 1]]
    assert ballots([(Seen(1, 0.5),), (Seen(1, 0.9),), (Seen(3, 0.9),)]) == [[1, 1, 3]]


def test_disagreement_is_the_entropy_of_the_votes() -> None:
    def by(*classes: int) -> Candidate:
        return Candidate(len(classes) * 10 + classes[-1], members=tuple((Seen(one, 0.9),) for one in classes))

    pool = Pool.of([by(1, 1, 1), by(1, 1, 2), by(1, 3), Candidate(9, members=((Seen(1, 0.9),),))])
    picks = load_strategy("committee").choose(pool, 9)
    assert [(pick.key, round(pick.score, 4)) for pick in picks] == [
        (23, 1.0),  # two members, two classes
        (32, round(0.63651 / math.log(3), 4)),  # -2/3 ln 2/3 - 1/3 ln 1/3
        (31, 0.0),
    ]
    assert picks[1].why == {"code": "disagree", "models": 3, "share": 0.579}


def test_edge_cases_are_rare_classes_odd_sizes_poor_pictures_and_distant_ones() -> None:
    usual = [classified(key, 0.9, width=640, height=480 + key) for key in range(1, 21)]
    rare = replace(classified(30, 0.9, width=640, height=480), objects=(Seen(2, 0.9, ((2, 0.9),)),))
    tiny = classified(31, 0.9, width=16, height=12)
    dark = classified(32, 0.9, width=640, height=480, flags=("dark", "flat"))
    vectors = np.zeros((23, 2), np.float32)
    vectors[:, 0] = 1.0
    vectors[:20, 1] = np.linspace(0.0, 0.02, 20)
    vectors[5] = (-1.0, 0.0)
    pool = replace(Pool.of([*usual, rare, tiny, dark], vectors, vectors[:1]), reviewed={1: 99}, classes=2)
    picks = {pick.key: pick.why for pick in load_strategy("edge_cases").choose(pool, 50)}
    assert picks == {
        30: {"code": "rare_class", "class_id": 2},
        31: {"code": "odd_size"},
        32: {"code": "flag", "flag": "dark"},
        6: {"code": "far"},
    }


def test_of_two_pictures_with_a_rare_class_the_one_with_more_of_it_comes_first_shown_or_not() -> None:
    def holds(key: int, shown: Sequence[float], hidden: Sequence[float] = ()) -> Candidate:
        common = tuple(Seen(1, 0.9, ((1, 0.9),)) for _ in range(5))
        return Candidate(
            key,
            (*common, *(Seen(2, one, ((2, one),)) for one in shown)),
            tuple(Seen(2, one, ((2, one),)) for one in hidden),
        )

    rows = [holds(1, [0.6]), holds(2, [0.6, 0.6, 0.6]), holds(3, []), holds(4, [], [0.2, 0.2]), holds(5, [], [0.1])]
    pool = replace(Pool.of(rows), reviewed={1: 90, 2: 4}, classes=2, boxes=True)
    picks = load_strategy("edge_cases").choose(pool, 50)
    assert [pick.key for pick in picks] == [2, 1, 4, 5], "nothing of it was seen in picture 3"
    assert all(pick.why == {"code": "rare_class", "class_id": 2} for pick in picks)
    assert all(0.0 < pick.score < 1.0 for pick in picks)


def test_the_mix_is_a_third_of_each_in_turn_and_nothing_twice() -> None:
    pool = described()
    picks = load_strategy("mix").choose(pool, 11)
    codes = [pick.why["code"] for pick in picks]
    unsure, edge = load_strategy("margin").choose(pool, 5), {"rare_class", "odd_size", "flag", "far"}
    assert (codes.count("unsure"), codes.count("stands_for")) == (5, 3)
    assert sum(code in edge for code in codes) == 3
    assert codes[:2] == ["unsure", "stands_for"] and codes[2] in edge
    assert [pick.key for pick in picks if pick.why["code"] == "unsure"] == [pick.key for pick in unsure]
    assert len({pick.key for pick in picks}) == 11


def test_what_a_part_of_the_mix_cannot_fill_is_asked_by_doubt() -> None:
    pool = Pool.of([classified(key, 0.5 + key / 100, 0.5 - key / 100) for key in range(1, 21)])
    assert order("mix", pool, 9) == list(range(1, 10)), "no vectors, no edge cases: all nine are the least sure"


def test_the_diverse_third_knows_what_the_others_took() -> None:
    rows = [classified(1, 0.34, 0.33, 0.33), classified(2, 0.9), classified(3, 0.9), classified(4, 0.9)]
    vectors = np.array([[1.0, 0.0], [0.999, 0.04], [0.0, 1.0], [-1.0, 0.0]], np.float32)
    pool = replace(Pool.of(rows, vectors, np.array([[0.0, 1.0]], np.float32)), classes=3)
    by_code = {pick.why["code"]: pick.key for pick in load_strategy("mix").choose(pool, 3) if pick.key != 1}
    assert by_code["stands_for"] == 4, "picture 2 is like picture 1, which is asked about already"


def test_chance_keeps_the_places_of_those_that_stay() -> None:
    pool = replace(Pool.of([Candidate(key) for key in range(50)]), seed="1")
    whole = order("random", pool)
    assert order("random", pool.after({3, 7})) == [key for key in whole if key not in (3, 7)]
    assert order("random", replace(pool, seed="2")) != whole


def test_an_unknown_strategy_is_refused_with_the_known_ones() -> None:
    assert DEFAULT_STRATEGY == "mix"
    with pytest.raises(Unprocessable, match=r"no strategy 'best'.*mix, least_confident"):
        load_strategy("best")
