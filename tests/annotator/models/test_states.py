"""The tables of moves: items and runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from annotator.core.errors import Conflict
from annotator.models import items, runs
from annotator.models.items import ItemState
from annotator.models.runs import RunState
from annotator.services import queue


def test_every_state_has_its_row() -> None:
    assert set(items.ALLOWED) == set(ItemState.values)
    assert set(runs.ALLOWED) == set(RunState.values)


def test_every_target_is_a_state() -> None:
    assert set().union(*items.ALLOWED.values()) <= set(ItemState.values)
    assert set().union(*runs.ALLOWED.values()) <= set(RunState.values)


def test_what_a_person_reviewed_is_never_taken_back_by_the_machine() -> None:
    assert not items.ALLOWED[ItemState.REVIEWED] & {"new", "queued", "auto_accepted"}


def test_only_a_person_moves_what_was_skipped_or_reported() -> None:
    for state in (ItemState.SKIPPED, ItemState.PROBLEM):
        assert not items.ALLOWED[state] & {"new", "auto_accepted"}


def test_a_run_that_succeeded_is_over() -> None:
    assert runs.ALLOWED[RunState.SUCCEEDED] == frozenset()


@pytest.mark.django_db
@pytest.mark.parametrize("source", ItemState.values)
def test_a_state_changes_by_the_table_alone(project: Any, make_item: Callable[..., Any], source: str) -> None:
    for number, target in enumerate(ItemState.values):
        item = make_item(project, number, state=source)
        if target in items.ALLOWED[source]:
            queue.change_state(item=item, state=target)
            assert item.state == target
        else:
            with pytest.raises(Conflict):
                queue.change_state(item=item, state=target)
