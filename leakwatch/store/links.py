"""Who could link: recipients that hold several identifiers of a capture, or one value from several apps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import select

from leakwatch.identifiers.kinds import KINDS
from leakwatch.store import tables
from leakwatch.store.database import Store
from leakwatch.store.filters import V_LEAKS, filtered
from leakwatch.store.reading import rows, view

RESETTABLE = frozenset({"gaid", "idfa", "oaid", "vaid", "aaid", "caid", "idfv", "android_id", "gsf_id"})
"""Identifiers of device or installation that its user, a new installation or a factory reset changes."""
Row = dict[str, Any]
_PLACE = ("capture", "app", "recipient")


def links(store: Store, capture: str | None = None) -> Iterator[Row]:
    """Yield who received two identifiers or more in a capture (None: in each), those that bridge first.

    `bridges`: a resettable one and a permanent one reached the same recipient, which can so undo every reset.
    `together`: in how many requests such a pair (else any pair) travelled side by side; 0: only in different ones.
    """
    pairs = view(store, "v_links", capture, order=(*_PLACE, "identifier", "with_identifier"))
    found = [_joined(list(group)) for _, group in groupby(pairs, key=lambda row: tuple(row[n] for n in _PLACE))]
    yield from sorted(found, key=lambda row: (row["capture"], not row["bridges"], -row["together"], row["recipient"]))


def _joined(pairs: list[Row]) -> Row:
    """One row of a recipient's pairs; each pair stands in the view twice, once from either side."""
    kinds: dict[str, str] = {row["identifier"]: row["kind"] for row in pairs}
    bridging = [row for row in pairs if row["kind"] in RESETTABLE and is_permanent(row["with_kind"])]
    first = pairs[0]
    return {
        **{name: first[name] for name in (*_PLACE, "company", "parent", "country", "party")},
        "identifiers": sorted(kinds),
        "resettable": sorted(name for name, kind in kinds.items() if kind in RESETTABLE),
        "permanent": sorted(name for name, kind in kinds.items() if is_permanent(kind)),
        "bridges": bool(bridging),
        "together": max(row["together"] for row in bridging or pairs),
        "first": min(row["first"] for row in pairs),
        "last": max(row["last"] for row in pairs),
    }


def is_permanent(kind: str) -> bool:
    """Tell whether neither the user nor a factory reset can change identifiers of this type."""
    known = KINDS.get(kind)
    return known is not None and known.permanent


def links_across(store: Store) -> Iterator[Row]:
    """Yield the companies that received the same value from different apps, with those apps and captures.

    Such a company can join the same person across these apps. Equal values are told by their HMAC.
    """
    for row in view(store, "v_links_across", order=("company", "kind", "value_hmac")):
        hmac = row.pop("value_hmac")
        known = tables.identifier.c
        query = (
            select(V_LEAKS.c.app, V_LEAKS.c.capture)
            .distinct()
            .join(tables.identifier, (known.capture == V_LEAKS.c.capture) & (known.identifier == V_LEAKS.c.identifier))
            .where(known.value_hmac == hmac)
        )
        wanted = {"company": [row["company"]], "direction": ["request"], "confidence": ["certain", "strong"]}
        places = list(rows(store, filtered(query, wanted)))
        yield {
            **row,
            "permanent": is_permanent(row["kind"]),
            "apps": sorted({place["app"] for place in places if place["app"]}),
            "captures": sorted({place["capture"] for place in places}),
        }
