"""Filters over the leak record, as conditions of a query on `v_leaks`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, column, func, or_, table

from leakwatch.errors import QueryError
from leakwatch.model import RECORD_FIELDS, Confidence, Party
from leakwatch.store import plain
from leakwatch.store.expressions import check_field, typed

V_LEAKS = table("v_leaks", *(column(name) for name in RECORD_FIELDS))
SURE = (Confidence.CERTAIN.value, Confidence.STRONG.value)
"""The confidences that listings and verdicts count unless asked otherwise."""

Filters = Mapping[str, Sequence[str]]
"""Field of the record -> values, one of which must hold (`*` is any text); `since` and `until` are times."""

BEFORE_CONSENT: ColumnElement[bool] = and_(V_LEAKS.c.phase == "before_consent", V_LEAKS.c.boundary.is_(False))
_WORST_PARTIES = (Party.THIRD, Party.UNKNOWN, Party.SAME_COMPANY, Party.INFRASTRUCTURE, Party.FIRST)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def filtered(query: Select[Any], filters: Filters) -> Select[Any]:
    """Add the conditions; raises QueryError for a field that is none, or a value that its field cannot hold."""
    for name, values in filters.items():
        if not values:
            continue
        if name == "since":
            query = query.where(V_LEAKS.c.time >= moment(values[-1]))
        elif name == "until":
            query = query.where(V_LEAKS.c.time < moment(values[-1]))
        else:
            query = query.where(or_(*(_holds(check_field(name), value) for value in values)))
    return query


def _holds(name: str, value: str) -> ColumnElement[bool]:
    field: ColumnElement[Any] = V_LEAKS.c[name]
    if name == "chain":
        return field.contains(plain.dumps(value), autoescape=True)
    if "*" in value:
        pattern = value.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_").replace("*", "%")
        return func.lower(field).like(pattern.lower(), escape="\\")
    if name in {"company", "sdk_name", "parent"}:
        return func.lower(field) == value.lower()
    wanted = typed(name, value)
    return field.is_(wanted) if isinstance(wanted, bool) else field == wanted


def worst_first() -> tuple[ColumnElement[Any], ...]:
    """The order of summaries: what the phone sent, before consent, to third parties, most certain, first."""
    places = {party.value: place for place, party in enumerate(_WORST_PARTIES)}
    return (
        case((V_LEAKS.c.direction == "request", 0), else_=1),
        case((BEFORE_CONSENT, 0), else_=1),
        case(places, value=V_LEAKS.c.party, else_=len(places)),
        case({"certain": 0, "strong": 1}, value=V_LEAKS.c.confidence, else_=2),
    )


def moment(text: str, now: datetime | None = None) -> str:
    """A time as records write it, from ISO 8601 (UTC where it names no zone) or an age: `90s`, `10m`, `2h`, `3d`."""
    number, unit = text[:-1], _UNITS.get(text[-1:])
    try:
        if unit and number.replace(".", "", 1).isdecimal():
            when = (now or datetime.now(UTC)) - timedelta(**{unit: float(number)})
        else:
            when = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise QueryError(f"time {text!r} cannot be read; write 2026-11-21T19:30 (UTC) or an age such as 10m") from None
    return plain.iso((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
