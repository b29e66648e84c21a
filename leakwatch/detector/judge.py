"""Judging: whether a match in a segment means anything there, how sure that is, and why, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from leakwatch.detector.chance import Odds
from leakwatch.detector.finds import Find
from leakwatch.identifiers.kinds import KINDS
from leakwatch.model import Boundary, Confidence, Match, Segment, Variant

WEAK_ABOVE = 1e-6
"""A match whose chance is greater is `weak`, unless it is the whole value of a key that names its type."""

STRONG_ABOVE = 1e-9
"""A match whose chance is greater is `strong`, not `certain`, unless a key names its type."""


_LAST_NAME = re.compile(r"[.:\[\]]+")


def judge(match: Match, segment: Segment, odds: Odds) -> Find | None:
    """Return what `match` means in `segment`; None where a variant that needs a naming key has none."""
    variant = match.variant
    key = key_of(segment)
    named = bool(key) and names(variant.kind, key)
    whole = is_whole(segment) and segment.data.strip() == variant.needle
    if variant.whole and not (whole and named):
        return None
    chain, undone = variant.chain, 0
    if segment.chain[-1:] == ("hex",) and variant.boundary is Boundary.NONE and _spelled_in_hex(variant):
        # The hex text of raw bytes is the identifier as it is usually written, whatever its separators and case; and
        # inside a longer run of hex it is none.
        if match.start or match.end < len(segment.data):
            return None
        chain, undone = (chain[:-1] if chain[-1:] == ("raw-bytes",) else chain), 1
    chance = odds.chance(variant, segment)
    if variant.whole:
        confidence = Confidence.STRONG
    elif named and whole:
        confidence = Confidence.CERTAIN if chance <= WEAK_ABOVE else Confidence.STRONG
    else:
        confidence = by_chance(chance)
    reason = explain(variant, key if whole or named else "", named=named, whole=whole, chance=chance)
    return Find(
        segment, match.start, match.end, variant.identifier, variant.kind, chain, variant.form,
        confidence, chance, reason, undone,
    )  # fmt: skip


def _spelled_in_hex(variant: Variant) -> bool:
    """Say whether a binary variant is usually written in hex: raw bytes of a hex identifier, a digest as it is."""
    return variant.chain[-1:] == ("raw-bytes",) or "raw" in variant.form


def by_chance(chance: float) -> Confidence:
    """Return the confidence of a match that nothing but its own improbability supports."""
    if chance > WEAK_ABOVE:
        return Confidence.WEAK
    return Confidence.STRONG if chance > STRONG_ABOVE else Confidence.CERTAIN


def explain(variant: Variant, key: str, *, named: bool, whole: bool, chance: float) -> str:
    """Say in words what was found, where it stands, and how likely that is by chance."""
    what = " of ".join(variant.chain) + " of the value" if variant.chain else "the value itself"
    form = f" ({variant.form})" if variant.form else ""
    if named:
        place = f"{'the whole value of' if whole else 'within'} the key {key!r}, which names the type"
    elif whole:
        place = f"the whole value of {f'the key {key!r}' if key else 'a field'}"
    else:
        place = "within other text"
    if variant.whole:
        return f"{what}{form}, {place}; too short or common to count anywhere else"
    return f"{what}{form}, {place}; by chance {chance:.0e}"


def is_whole(segment: Segment) -> bool:
    """Say whether the segment is one whole value: of a container, or of a named part such as a query parameter."""
    return segment.whole or (segment.parent is None and ":" in segment.part.location)


def key_of(segment: Segment) -> str:
    """Return the innermost name that the segment stands under: its own, else the part's (`header:X-Did`)."""
    if segment.key:
        return segment.key
    if segment.path:
        return ""
    name = segment.part.location.partition(":")[2]
    return _LAST_NAME.split(name)[-1] if "json:" in segment.part.location else name


@lru_cache(maxsize=4096)
def names(kind: str, key: str) -> bool:
    """Say whether `key` is one of the names that apps give to identifiers of type `kind`."""
    known = _keys().get(kind, frozenset())
    if _plain(key) in known:
        return True
    last = re.split(r"[.\[\]/:$]+", key.rstrip("]"))[-1]
    return _plain(last) in known


def _plain(key: str) -> str:
    return re.sub(r"[\s_\-.\[\]]+", "", key).lower()


@lru_cache(maxsize=1)
def _keys() -> Mapping[str, frozenset[str]]:
    return {kind.type: frozenset(kind.keys) for kind in KINDS.values()}
