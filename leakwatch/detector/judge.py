"""Judging: whether a match in a segment means anything there, how sure that is, and why, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from leakwatch.detector.chance import Odds
from leakwatch.detector.context import is_of_another_text, is_of_another_value, is_part_of_longer
from leakwatch.detector.finds import Find
from leakwatch.identifiers.kinds import KINDS
from leakwatch.model import Boundary, Confidence, Match, Segment, Variant

WEAK_ABOVE = 1e-6
"""A match whose chance is greater is `weak`, unless it is the whole value of a key that names its type."""

STRONG_ABOVE = 1e-9
"""A match whose chance is greater is `strong`, not `certain`, unless a key names its type."""


_TEXT_LAYERS = (("gbk",), ("utf-16le",), ("utf-16be",))
_NUMBERS = frozenset({"uint64", "fixed64", "varint", "bcd"})
_HEX_NUMBERS = frozenset({"gsf_id", "ecid", "android_id"})
"""Identifiers that are numbers and usually written in base 16."""

_HASHED = re.compile(r"(?:md5|sha1|sha256|sha|crc32|crc|adler32|hash|digest)\Z")

_LAST_NAME = re.compile(r"[.:\[\]]+")


def judge(match: Match, segment: Segment, odds: Odds) -> Find | None:
    """Return what `match` means in `segment`; None where a variant that needs a naming key has none."""
    variant = match.variant
    key = key_of(segment)
    named = bool(key) and names(variant.kind, key)
    whole = is_whole(segment) and segment.data.strip() == variant.needle
    if variant.whole and not (whole and named):
        return None
    if is_part_of_longer(match, segment.data) or (variant.source and is_of_another_text(match, segment.data)):
        return None
    if variant.inner and is_of_another_value(match, segment.data):
        return None
    read = _read(match, segment)
    if read is None:
        return None
    chain, undone = read
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


def _read(match: Match, segment: Segment) -> tuple[tuple[str, ...], int] | None:
    """Return the find's share of the chain and how many of the segment's layers it undoes; None where it means nothing.

    The hex text of raw bytes is the identifier as it is usually written, whatever its separators and case; the hex text
    of a number is its digits in base 16. Inside a longer run of hex they are none, and bytes that can be read as
    Chinese are no raw bytes there.
    """
    variant = match.variant
    last = variant.chain[-1] if variant.chain else ""
    spelled = variant.boundary is Boundary.NONE and (
        last == "raw-bytes" or "raw" in variant.form or (last == "bcd" and "swapped" not in variant.form)
    )
    if segment.chain[-1:] in _TEXT_LAYERS:
        return None if spelled or last in _NUMBERS else (variant.chain, 0)
    if segment.chain[-1:] != ("hex",) or not (spelled or last == "uint64"):
        return variant.chain, 0
    if match.start or match.end < len(segment.data):
        return None
    if last == "uint64" and variant.kind not in _HEX_NUMBERS:
        return (*variant.chain[:-1], "base16-int"), 1
    return (variant.chain[:-1] if last in ("raw-bytes", "bcd", "uint64") else variant.chain), 1


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
    last = _plain(re.split(r"[.\[\]/:$]+", key.rstrip("]"))[-1])
    bare = _HASHED.sub("", last)  # `imei_md5`
    return last in known or bare in known or (last[:1] == "x" and last[1:] in known)  # `X-Location`


def _plain(key: str) -> str:
    return re.sub(r"[\s_\-.\[\]]+", "", key).lower()


@lru_cache(maxsize=1)
def _keys() -> Mapping[str, frozenset[str]]:
    return {kind.type: frozenset(kind.keys) for kind in KINDS.values()}
