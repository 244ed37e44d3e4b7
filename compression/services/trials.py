"""Writes what a search tries, as the run's own book-keeping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from annotator.services.runs import storable
from compression.models import CompressionTrial


def record_trial(*, run_id: int, number: int, plan: list[dict[str, Any]], values: Mapping[str, Any]) -> None:
    """Add or update a trial; ``values`` are columns. The same trial of a resumed search is one row."""
    CompressionTrial.objects.update_or_create(
        run_id=run_id, number=number, defaults={"plan": storable(plan), **{k: storable(v) for k, v in values.items()}}
    )


@transaction.atomic
def mark_front(*, run_id: int, numbers: Iterable[int], variants: Mapping[int, int]) -> None:
    """Say which trials are on the front, and which variant each registered one became."""
    rows = CompressionTrial.objects.filter(run_id=run_id)
    rows.update(on_front=False)
    rows.filter(number__in=list(numbers)).update(on_front=True)
    for number, variant_id in variants.items():
        rows.filter(number=number).update(variant_id=variant_id)


def forget_trials(*, run_id: int) -> None:
    """Before a search is done anew."""
    CompressionTrial.objects.filter(run_id=run_id).delete()
