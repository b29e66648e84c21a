"""The only read side: the command line, the live view, reports and the page ask here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import case, distinct, func, select

from leakwatch.errors import QueryError
from leakwatch.store import plain, tables
from leakwatch.store.coverage import Coverage, coverage
from leakwatch.store.database import Store
from leakwatch.store.expressions import check_field
from leakwatch.store.filters import BEFORE_CONSENT, SURE, V_LEAKS, Filters, filtered, moment, worst_first
from leakwatch.store.links import links, links_across
from leakwatch.store.reading import rows, view

__all__ = [
    "SURE",
    "Coverage",
    "Filters",
    "capture_facts",
    "captures",
    "coverage",
    "groups",
    "leak",
    "leaks",
    "leaks_of_exchange",
    "links",
    "links_across",
    "moment",
    "resolve_capture",
    "reviews",
    "view",
]


def leaks(
    store: Store, filters: Filters | None = None, *, limit: int | None = None, worst: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield leak records as dicts, `chain` as a list, in order of time or (`worst`) the worst first.

    The worst were sent before consent, then to third parties, then are certain. Raises QueryError for a wrong filter.
    """
    place = (V_LEAKS.c.time, V_LEAKS.c.index, V_LEAKS.c.direction, V_LEAKS.c.offset, V_LEAKS.c.leak)
    order = (*(worst_first() if worst else ()), *place)
    return rows(store, filtered(select(V_LEAKS), filters or {}).order_by(*order).limit(limit))


def groups(
    store: Store, by: Sequence[str], filters: Filters | None = None, *, limit: int | None = None
) -> Iterator[dict[str, Any]]:
    """Yield one row for each combination of the fields `by`, the biggest first, with counts and first and last time."""
    columns = [V_LEAKS.c[check_field(name)] for name in dict.fromkeys(by)]
    counts = [
        func.count().label("leaks"),
        func.count(distinct(V_LEAKS.c.identifier)).label("identifiers"),
        func.count(distinct(V_LEAKS.c.host)).label("hosts"),
        func.count(case((BEFORE_CONSENT, 1))).label("before_consent"),
        func.min(V_LEAKS.c.time).label("first"),
        func.max(V_LEAKS.c.time).label("last"),
    ]
    query = filtered(select(*columns, *counts), filters or {}).group_by(*columns)
    return rows(store, query.order_by(func.count().desc(), *columns).limit(limit))


def leak(store: Store, prefix: str) -> dict[str, Any]:
    """The one leak whose id begins with `prefix`; raises QueryError if there is none, or more than one."""
    query = select(V_LEAKS).where(V_LEAKS.c.leak.startswith(prefix, autoescape=True)).order_by(V_LEAKS.c.leak)
    found = list(rows(store, query.limit(2))) if prefix else []
    if not found:
        raise QueryError(f"there is no leak {prefix!r}; `leakwatch leaks` lists those that are stored")
    if len(found) > 1 and found[0]["leak"] != prefix:
        raise QueryError(f"leak {prefix!r} is not one: {found[0]['leak']}, {found[1]['leak']} …; give more of the id")
    return found[0]


def leaks_of_exchange(store: Store, capture: str, exchange: str) -> list[dict[str, Any]]:
    """Every leak of one flow, in the order of where it lies in the message."""
    query = select(V_LEAKS).where(V_LEAKS.c.capture == capture, V_LEAKS.c.exchange == exchange)
    return list(rows(store, query.order_by(V_LEAKS.c.direction, V_LEAKS.c.offset, V_LEAKS.c.leak)))


def reviews(store: Store, leak: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield every judgement of one leak or of all, oldest first; of each leak the last one holds."""
    known = tables.review.c
    query = select(known.leak, known.verdict, known.who, known.time, known.note).order_by(known.at, known.leak)
    return rows(store, query.where(known.leak == leak) if leak else query)


def capture_facts(store: Store, capture: str) -> dict[str, Any]:
    """The facts of a capture that have no column of their own (`journal_key` …)."""
    known = tables.capture.c
    found = next(rows(store, select(known.facts).where(known.capture == capture)), None)
    return plain.loads(found["facts"]) if found else {}


def captures(store: Store) -> Iterator[dict[str, Any]]:
    """Yield every capture with its facts and counts, oldest first."""
    return view(store, "v_captures", order=("started", "capture"))


def resolve_capture(store: Store, name: str | None) -> str:
    """A capture's full id from an unambiguous beginning, or of the newest where `name` is empty; else QueryError."""
    known = tables.capture.c
    query = select(known.capture).order_by(known.started.desc(), known.capture.desc())
    if name:
        query = query.where(known.capture.startswith(name, autoescape=True))
    found = [str(row["capture"]) for row in rows(store, query)]
    if not found and name:
        raise QueryError(f"there is no capture {name!r}; `leakwatch captures` lists them")
    if not found:
        raise QueryError("no capture is stored yet; make one with `leakwatch proxy` or `leakwatch scan --db`")
    if name and len(found) > 1 and name not in found:
        raise QueryError(f"capture {name!r} is not one: {found[0]}, {found[1]} …; give more of the id")
    return name if name and name in found else found[0]
