"""Many rows are written at once, each with its own values."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.models import QueueEntry
from annotator.models.bulk import update_rows
from tests.world import add_items

pytestmark = pytest.mark.django_db


def test_each_row_gets_its_own_values_and_others_stay(project: Any, django_assert_num_queries: Any) -> None:
    add_items(project, 3)
    QueueEntry.objects.update(priority=0.5, why=None)
    entries = list(QueueEntry.objects.order_by("pk"))
    entries[0].priority, entries[0].why = 0.25, {"code": "unsure", "score": 0.5}
    entries[1].priority, entries[1].why = 0.75, None
    entries[2].priority = 0.9
    with django_assert_num_queries(1):
        update_rows(entries[:2], ["priority", "why"])
    stored = list(QueueEntry.objects.order_by("pk").values_list("priority", "why"))
    assert stored == [(0.25, {"code": "unsure", "score": 0.5}), (0.75, None), (0.5, None)]


def test_text_numbers_and_documents_arrive_as_they_were(project: Any) -> None:
    (item,) = add_items(project, 1)
    item.state, item.revision, item.class_counts = "queued", 7, {"1": 2}
    update_rows([item], ["state", "revision", "class_counts"])
    item.refresh_from_db()
    assert (item.state, item.revision, item.class_counts) == ("queued", 7, {"1": 2})
    update_rows([], ["state"])
