"""Rows out of the database as dicts with Python's own types."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Select, column, select, table

from leakwatch.store.database import Store
from leakwatch.store.expressions import FLAGS

_PAGE = 1000
_FLAG_COLUMNS = FLAGS | {"tls", "baseline", "fresh_install"}


def rows(store: Store, query: Select[Any]) -> Iterator[dict[str, Any]]:
    """Run a query and yield its rows, page by page."""
    with store.reading() as connection:
        for found in connection.execution_options(yield_per=_PAGE).execute(query).mappings():
            yield _tidy(dict(found))


def view(store: Store, name: str, capture: str | None = None, order: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
    """Yield the rows of a documented view (`v_recipients`, `v_sets` …), of one capture or of all."""
    query: Select[Any] = select(column("*", is_literal=True)).select_from(table(name))
    if capture:
        query = query.where(column("capture") == capture)
    return rows(store, query.order_by(*(column(place) for place in order)))


def _tidy(row: dict[str, Any]) -> dict[str, Any]:
    """SQLite knows neither booleans nor JSON: give both their own types."""
    if "chain" in row:
        row["chain"] = json.loads(row["chain"])
    for name in _FLAG_COLUMNS & row.keys():
        row[name] = bool(row[name])
    return row
