"""Writing columns of many rows in one short statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Model

BATCH = 1000


def update_rows(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Write these fields of saved rows of one model, found by primary key; signals and ``auto_now`` stay out.

    ``bulk_update`` builds a CASE with a branch for each row and field: 1 ms of CPU a row, more than all else that a
    predict run stores of a picture. Arrays joined by UPDATE ... FROM cost a fiftieth.
    """
    for start in range(0, len(rows), BATCH):
        _update(rows[start : start + BATCH], fields)


def _update(rows: Sequence[Model], fields: Sequence[str]) -> None:
    meta = rows[0]._meta
    by_name = {field.name: field for field in meta.concrete_fields}
    columns = [field for field in meta.concrete_fields if field.primary_key] + [by_name[name] for name in fields]
    arrays: list[list[Any]] = [
        [column.get_db_prep_save(getattr(row, column.attname), connection) for row in rows] for column in columns
    ]
    quote = connection.ops.quote_name
    names = [quote(str(column.column)) for column in columns]
    # rel_db_type: the plain type behind a serial key.
    types = [columns[0].rel_db_type(connection), *(column.db_type(connection) for column in columns[1:])]
    given = ", ".join(f"%s::{kind}[]" for kind in types)
    sets = ", ".join(f"{name} = given.{name}" for name in names[1:])
    table = quote(meta.db_table)
    sql = (
        f"UPDATE {table} SET {sets} FROM unnest({given}) AS given({', '.join(names)}) "  # noqa: S608  names of columns
        f"WHERE {table}.{names[0]} = given.{names[0]}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, arrays)
