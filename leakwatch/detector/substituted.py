"""Values of requests that are base64 of an unknown alphabet: recovered from the identifiers in them, then opened."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterable

from leakwatch.decoders.base64text import unwrap
from leakwatch.decoders.text import readable
from leakwatch.detector.finds import Find, lineage
from leakwatch.detector.judge import by_chance, is_whole
from leakwatch.matching.alphabet import Recovered, Substitution
from leakwatch.model import Part, Segment

_VALUE = re.compile(rb"[A-Za-z0-9+/_.*~!@$()-]{40,32768}={0,3}\Z")
_MOST = 20
_SYMBOLS = 24
"""Fewer different symbols are hex, base32 or words."""

Inspect = Callable[[Part], list[Find]]


def substituted_finds(
    segments: Iterable[Segment], known: Iterable[Find], substitution: Substitution, inspect: Inspect
) -> list[Find]:
    """Return the identifiers in values whose alphabet could be recovered.

    Values in which something is `known` to stand were opened already.
    """
    own = [segment for find in known for segment in (find.segment, *find.context)]
    opened = {id(segment) for one in own for segment in lineage(one)}
    finds: list[Find] = []
    count = 0
    for segment in segments:
        if count >= _MOST:
            break
        if id(segment) in opened or not _may_be(segment):
            continue
        count += 1
        recovered = substitution.search(segment.data)
        if recovered and not _is_usual(segment.data):
            finds += _opened(segment, recovered, inspect)
    return finds


def _may_be(segment: Segment) -> bool:
    return (is_whole(segment) or segment.parent is None) and is_substitutable(segment.data)


def is_substitutable(data: bytes) -> bool:
    """Say whether a value could be base64 in whatever alphabet."""
    return _VALUE.match(data) is not None and len(set(data)) >= _SYMBOLS


def _is_usual(data: bytes) -> bool:
    """Say whether a value is text in the usual alphabet: a neighbour's number has nearly the pattern of one's own."""
    plain = unwrap(data.strip())
    return plain is not None and readable(plain)


def _opened(segment: Segment, recovered: Recovered, inspect: Inspect) -> list[Find]:
    """Return what stands in the value: opened where every symbol is known, else what recovered the alphabet."""
    reason = f"base64 under an alphabet of its own, {len(recovered.alphabet)} symbols of it recovered"
    chance = max(found.chance for found in recovered.found)
    flat = [
        Find(
            segment, found.start, found.end, found.variant.identifier, found.variant.kind, ("base64",),
            found.variant.form, by_chance(found.chance), found.chance, f"{reason}; by chance {found.chance:.0e}",
        )
        for found in recovered.found
    ]  # fmt: skip
    text = recovered.text[: len(recovered.text) // 4 * 4] if len(recovered.text) % 4 == 1 else recovered.text
    if not recovered.complete:
        return flat
    try:
        data = binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return flat
    inner = inspect(Part(segment.location, data, segment.offset, segment.length, (*segment.chain, "base64")))
    for find in inner:
        find.context += (segment,)
        find.chance = max(find.chance, chance)
        find.reason = f"{reason}, then {find.reason}"
    return inner or flat
