"""Pages of the explorer in an order that an index serves: a deep page costs what the first does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from annotator.core.errors import Unprocessable
from annotator.models import Item
from annotator.selectors.filters import ItemFilter
from annotator.selectors.items import ROW_FIELDS, with_urls

QUEUE_FIELDS = ("queue_entry__reason", "queue_entry__done", "dataset_id")
NO_VALUE = "none"


@dataclass(frozen=True)
class Order:
    """One way to sort: by ``column`` first (None: by id alone), items without a value of it last."""

    column: str | None
    descending: bool = False


# By name, size or date of review nothing is sorted: no index serves that, and a page would sort the whole project.
ORDERS: dict[str, Order] = {
    "oldest": Order(None),
    "newest": Order(None, descending=True),
    "score": Order("confidence"),
    "uncertainty": Order("uncertainty", descending=True),
}


def item_page(
    *, project_id: int, wanted: ItemFilter, after: str = "", limit: int = 100, order: str = "oldest"
) -> tuple[list[dict[str, Any]], str | int | None]:
    """A page of items and the key where the next one starts. Raises Unprocessable for a key of another order."""
    items = wanted.apply(Item.objects.filter(project_id=project_id))
    chosen = ORDERS[order]
    rows = _by_id(items, chosen, after, limit) if chosen.column is None else _by_value(items, chosen, after, limit)
    page = [_row(row) for row in rows]
    if len(page) <= limit:
        return page, None
    return page[:limit], _key(page[limit - 1], chosen)


def _by_id(items: QuerySet[Item], order: Order, after: str, limit: int) -> list[dict[str, Any]]:
    if after:
        last = _whole(after)
        items = items.filter(pk__lt=last) if order.descending else items.filter(pk__gt=last)
    return list(items.order_by("-pk" if order.descending else "pk").values(*ROW_FIELDS, *QUEUE_FIELDS)[: limit + 1])


def _by_value(items: QuerySet[Item], order: Order, after: str, limit: int) -> list[dict[str, Any]]:
    """Those with a value in its order, then those without one by id: two walks along one index."""
    assert order.column is not None
    column, (value, last) = order.column, _read_key(after)
    rows: list[dict[str, Any]] = []
    if not after or value is not None:
        valued = items.filter(**{f"{column}__isnull": False})
        if value is not None:
            beyond = "lt" if order.descending else "gt"
            # The first condition is where the index is entered, the second leaves out what was on the page before.
            behind = Q(**{f"{column}__{beyond}": value}) | Q(pk__gt=last)
            valued = valued.filter(behind, **{f"{column}__{beyond}e": value})
        by = F(column).desc(nulls_last=True) if order.descending else F(column).asc()
        rows = list(valued.order_by(by, "pk").values(*ROW_FIELDS, *QUEUE_FIELDS)[: limit + 1])
    if len(rows) <= limit:
        rest = items.filter(**{f"{column}__isnull": True}, pk__gt=last if value is None else 0)
        rows += rest.order_by("pk").values(*ROW_FIELDS, *QUEUE_FIELDS)[: limit + 1 - len(rows)]
    return rows


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """With why it waits, None when it does not."""
    reason, done = row.pop("queue_entry__reason"), row.pop("queue_entry__done")
    return with_urls(row) | {"reason": None if done else reason}


def _key(row: dict[str, Any], order: Order) -> str | int:
    if order.column is None:
        return int(row["id"])
    value = row[order.column]
    return f"{NO_VALUE if value is None else repr(value)}_{row['id']}"


def _read_key(after: str) -> tuple[float | None, int]:
    if not after:
        return None, 0
    value, _, last = after.rpartition("_")
    try:
        return (None if value == NO_VALUE else float(value)), _whole(last)
    except ValueError as error:
        raise _wrong_key() from error


def _whole(value: str) -> int:
    if not (value.isascii() and value.isdecimal() and len(value) <= 19 and int(value) < 2**63):
        raise _wrong_key()
    return int(value)


def _wrong_key() -> Unprocessable:
    return Unprocessable("after must be what the page before gave as next, in the same order", field="after")
