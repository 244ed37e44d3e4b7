"""When a trigger is a reason to train again: by hand-made numbers, by SciPy's own, and by the calendar."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from annotator.core.errors import Unprocessable
from prelabel.core.routing import Thresholds
from prelabel.core.score_drift import compare, mean_scores
from prelabel.core.trigger import MODES, Evidence
from prelabel.core.triggers import TRIGGERS, check_trigger_options
from prelabel.core.triggers.ratio import ratio_due
from prelabel.core.triggers.schedule import next_date

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def evidence(**fields: Any) -> Evidence:
    return Evidence(**{"now": MONDAY, "since": None, **fields})


@pytest.mark.parametrize("slug", TRIGGERS)
def test_every_trigger_has_defaults_that_fit_its_schema_and_says_nothing_of_nothing(slug: str) -> None:
    trigger = TRIGGERS[slug]
    Draft202012Validator.check_schema(dict(trigger.schema))
    check_trigger_options(slug, trigger.defaults)
    assert trigger.slug == slug
    assert trigger.label and trigger.mode in MODES
    state = trigger.measure(evidence(), trigger.defaults)
    assert state.due is False
    assert trigger.measure(evidence(), trigger.defaults) == state


@pytest.mark.parametrize(
    ("slug", "options", "field"),
    [
        ("ratio", {"ratio": 1.5}, "ratio.ratio"),
        ("reviewed", {"items": 0}, "reviewed.items"),
        ("reviewed", {}, "reviewed"),
        ("drift", {"distance": 0.1, "more": 1}, "drift"),
        ("schedule", {"at": "25:00", "days": 3}, "schedule.at"),
        ("schedule", {"at": "03:00", "days": 3, "weekday": 0}, "schedule"),
        ("moon", {}, "moon"),
    ],
)
def test_options_that_do_not_fit_are_refused_with_their_field(slug: str, options: dict[str, Any], field: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        check_trigger_options(slug, options)
    assert refused.value.details["field"] == field


@pytest.mark.parametrize(
    ("low", "high", "due"),
    [(5, 50, False), (6, 50, True), (50, 0, True), (49, 0, False), (30, 19, False), (0, 99, False)],
)
def test_the_ratio_needs_more_than_a_tenth_and_fifty_objects(low: int, high: int, due: bool) -> None:
    assert ratio_due(low, high, 0.10) is due
    seen = {"low": low, "high": high, "fresh_low": low, "fresh_high": high, "run_id": 3}
    assert TRIGGERS["ratio"].measure(evidence(observed=seen), {"ratio": 0.10}).due is due


def test_the_ratio_shows_the_whole_run_but_only_fresh_guesses_are_a_reason() -> None:
    seen = {"low": 20, "high": 80, "fresh_low": 2, "fresh_high": 40, "run_id": 3}
    state = TRIGGERS["ratio"].measure(evidence(observed=seen), {"ratio": 0.10})
    assert (state.due, state.value, state.limit) == (False, 0.25, 0.10)
    fresh = {**seen, "fresh_low": 20, "fresh_high": 80}
    assert TRIGGERS["ratio"].measure(evidence(observed=fresh), {"ratio": 0.10}).due is True
    assert TRIGGERS["ratio"].measure(evidence(observed=fresh, spent=True), {"ratio": 0.10}).due is False


def test_reviews_are_counted_inclusively() -> None:
    measure = TRIGGERS["reviewed"].measure
    assert [measure(evidence(reviewed=n), {"items": 20}).due for n in (0, 19, 20, 21)] == [False, False, True, True]


def test_the_distance_of_two_samples_is_the_one_worked_out_by_hand() -> None:
    # 128 equal steps on 0..1 against the same moved up by a quarter: at every point in the middle a quarter apart.
    before = [index / 128 for index in range(128)]
    after = [index / 128 + 0.25 for index in range(128)]
    (shift,) = compare({"all": before}, {"all": after})
    assert shift.distance == pytest.approx(0.25)
    assert (shift.class_id, shift.n, shift.reference_n) == (None, 128, 128)
    # P(D >= c/n) for equal n = m: 2 sum (-1)^(k+1) C(2n, n-kc)/C(2n, n), c = 32 (Hodges 1957, eq. 2.3).
    exact = 2 * sum((-1) ** (k + 1) * math.comb(256, 128 - 32 * k) / math.comb(256, 128) for k in range(1, 5))
    assert shift.p == pytest.approx(exact, rel=1e-6)


def test_classes_are_compared_by_themselves_where_there_are_enough_pictures() -> None:
    same = [0.5 + index / 1000 for index in range(100)]
    reference = {"all": same * 2, "7": same, "9": same[:99]}
    newest = {"all": same * 2, "7": [value - 0.3 for value in same], "9": same}
    assert [(one.class_id, one.distance) for one in compare(reference, newest)] == [(None, 0.0), (7, 1.0)]


def drift(*shifts: tuple[int | None, float, float], **more: Any) -> Any:
    rows = [{"class_id": c, "distance": d, "p": p, "n": 500, "reference_n": 900} for c, d, p in shifts]
    return TRIGGERS["drift"].measure(
        evidence(observed={"reference": True, "newest": 500, "shifts": rows}, **more), {"distance": 0.15}
    )


def test_drift_needs_size_and_certainty() -> None:
    assert drift((None, 0.20, 1e-6)).due is True
    assert drift((None, 0.05, 1e-9)).due is False  # surely there, and a trifle
    assert drift((None, 0.20, 0.02)).due is False  # large, and maybe luck
    assert drift((None, 0.20, 1e-6), spent=True).due is False
    assert drift((None, 0.20, 0.004), (7, 0.1, 0.5), (8, 0.1, 0.5)).due is False  # .004 of three looks is .012


def test_drift_names_the_class_that_moved_most() -> None:
    state = drift((None, 0.05, 0.4), (7, 0.31, 1e-8), (8, 0.40, 0.2))
    assert (state.due, state.value, state.detail["class_id"]) == (True, 0.31, 7)
    assert state.detail["p"] == pytest.approx(3e-8)


def test_a_picture_is_one_number_however_many_objects_it_holds() -> None:
    thresholds = Thresholds(0.25, 0.9, {2: (0.5, 0.9)})
    crowd = {"objects": [{"class_id": 1, "score": 0.3}, {"class_id": 1, "score": 0.9}, {"class_id": 2, "score": 0.6}]}
    hidden = {"objects": [{"class_id": 1, "score": 0.2}, {"class_id": 2, "score": 0.4}]}
    assert mean_scores([crowd, hidden], thresholds) == {"1": [0.6], "2": [0.6], "all": [0.6]}


@pytest.mark.parametrize(
    ("after", "options", "expected"),
    [
        ("2026-11-23T10:00", {"weekday": 0, "at": "03:00"}, "2026-11-30T03:00"),
        ("2026-11-23T02:59", {"weekday": 0, "at": "03:00"}, "2026-11-23T03:00"),
        ("2026-11-23T03:00", {"weekday": 0, "at": "03:00"}, "2026-11-30T03:00"),
        ("2026-11-29T23:00", {"weekday": 0, "at": "03:00"}, "2026-11-30T03:00"),
        ("2026-11-23T10:00", {"days": 1, "at": "03:00"}, "2026-11-24T03:00"),
        ("2026-12-30T03:00", {"days": 3, "at": "21:30"}, "2027-01-02T21:30"),
    ],
)
def test_the_next_date_by_the_calendar(after: str, options: dict[str, Any], expected: str) -> None:
    found = next_date(datetime.fromisoformat(after).replace(tzinfo=UTC), options)
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_dates_that_were_missed_are_one_date() -> None:
    options = {"days": 1, "at": "03:00"}
    month_later = MONDAY + timedelta(days=30)
    measure = TRIGGERS["schedule"].measure
    assert measure(evidence(now=month_later, since=MONDAY), options).due is True
    # Whatever came of it begins a new count, from now.
    after = measure(evidence(now=month_later, since=month_later), options)
    assert after.due is False
    assert after.detail["next_at"] == "2026-12-24T03:00:00+00:00"
