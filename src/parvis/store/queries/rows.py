"""What the queries share: pages, and the insert that adds to a row that is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Select, Table, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import psycopg

from ..records import keepable

PAGE = 100
"""How many records a list gives at once when nobody says."""


def page(wanted: Select[Any], table: Table, after: str | None, limit: int) -> Select[Any]:
    """Rows oldest first, those after the one with id ``after``; none when there is no such id."""
    order = (table.c.created_at, table.c.id)
    if after is not None:
        last = table.alias()
        start = select(last.c.created_at, last.c.id).where(last.c.id == (after if keepable(after) else ""))
        wanted = wanted.where(tuple_(*order) > start.scalar_subquery())
    return wanted.order_by(*order).limit(limit)


def upsert(connection: Connection, table: Table) -> Any:
    """``INSERT`` that can say ``ON CONFLICT``, which the two databases have alike and SQLAlchemy apart."""
    made: Insert = (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(table)
    return made


@lru_cache
def _insert(table: Table, dialect: str) -> tuple[str, tuple[str, ...] | None]:
    """The text of an ``INSERT`` of all columns, and their names where the driver takes rows as mappings."""
    spoken = (sqlite if dialect == "sqlite" else psycopg).dialect()
    names = tuple(column.name for column in table.columns)
    return str(insert(table).compile(dialect=spoken)), None if dialect == "sqlite" else names


def insert_many(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, each with all columns in their order: by the driver itself, a third of the time that SQLAlchemy
    takes for many."""
    if rows:
        text, names = _insert(table, connection.dialect.name)
        given: Any = rows if names is None else [dict(zip(names, row, strict=True)) for row in rows]
        connection.exec_driver_sql(text, given)


def add_to(connection: Connection, table: Table, rows: Iterable[dict[str, Any]], *sums: str) -> None:
    """Insert rows; where one is there already, add its columns ``sums`` to it."""
    rows = list(rows)
    if rows:
        insert = upsert(connection, table)
        added = {name: table.c[name] + insert.excluded[name] for name in sums}
        connection.execute(insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=added), rows)


def texts(value: str | None) -> tuple[str, ...] | None:
    """A JSON list of texts, or NULL."""
    return None if value is None else tuple(json.loads(value))


def listed(value: tuple[str, ...] | None) -> str | None:
    """The other way round."""
    return None if value is None else json.dumps(value)
