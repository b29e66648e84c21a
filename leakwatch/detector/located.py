"""Positions among the segments of a message: in one text, or in two values of one container."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leakwatch.detector.finds import Find
from leakwatch.detector.judge import by_chance, is_whole, key_of, names
from leakwatch.matching.coordinates import Half, Locator, Position, apart, positions, siblings
from leakwatch.model import Confidence, Segment

_LONGEST_VALUE = 48
_MOST = 5_000

_LAST_TWO = re.compile(r"\.[^.:\[\]]*\.([^.:\[\]]*)\Z")
_LAST = re.compile(r"(?:[.:][^.:\[\]]*|\[[^\[\]]*\])\Z")


class Located:
    """Collects the coordinates of one part or head while its segments pass, then says which make a position."""

    def __init__(self, locator: Locator) -> None:
        self._locator = locator
        self._values: dict[str, list[Half]] = {}
        self._segments: list[Segment] = []

    def take(self, segment: Segment, starts: Iterable[int]) -> list[Find]:
        """Take a segment in which hints were found; return the positions that stand in its text."""
        halves = self._locator.halves(segment.data, starts, len(self._segments))
        if not halves:
            return []
        found = positions(halves, segment.data)
        if not found and len(self._segments) < _MOST and _is_value(segment, halves[0]):
            self._segments.append(segment)
            self._values.setdefault(_container(segment), []).extend(halves)
        return [_find(pair, segment, segment, len(halves)) for pair in found]

    def finish(self) -> list[Find]:
        """Return the positions made by two values of one container."""
        finds = []
        for halves in (*self._values.values(), *self._wrapped()):
            for pair in siblings(halves, lambda a, b: _apart(self._segments[a.source], self._segments[b.source])):
                one, other = (self._segments[half.source] for half in (pair.latitude, pair.longitude))
                finds.append(_find(pair, one, other, len(halves)))
        return finds

    def _wrapped(self) -> Iterator[list[Half]]:
        """Yield the halves of `{"lat": {"v": …}, "lon": {"v": …}}`: the same name in two parts of one container."""
        groups: dict[tuple[str, str], list[Half]] = {}
        for halves in self._values.values():
            location = self._segments[halves[0].source].location
            if len({half.latitude for half in halves}) == 1 and (names := _LAST_TWO.search(location)):
                groups.setdefault((location[: names.start()], names[1]), []).extend(halves)
        yield from (halves for halves in groups.values() if len({half.latitude for half in halves}) == 2)


def _apart(one: Segment, other: Segment) -> bool:
    """Say whether two values of one text stand in two of its records, which have no numbers in their paths."""
    first, second = sorted((one, other), key=lambda segment: segment.start)
    if first.parent is None or first.parent is not second.parent:
        return False
    rows = first.chain[-1:] == ("csv",)
    return apart(first.parent.data, first.start, first.start + max(first.extent, 0), second.start, rows)


def _is_value(segment: Segment, half: Half) -> bool:
    """Say whether the number is all that the segment holds."""
    data = segment.data
    return is_whole(segment) and len(data) <= _LONGEST_VALUE and data.strip(b" \t+\"'") == data[half.start : half.end]


def _container(segment: Segment) -> str:
    return _LAST.sub("", segment.location)


def _find(pair: Position, one: Segment, other: Segment, tries: int) -> Find:
    first, second = pair.latitude, pair.longitude
    chance = min(1.0, pair.chance * tries**2)
    named = any(names("gps", key_of(segment)) for segment in (one, other))
    confidence = Confidence.CERTAIN if named and chance <= 1e-6 else by_chance(chance)
    datum = {"gcj02": "GCJ-02", "bd09": "BD-09"}.get("".join(first.place.chain), "WGS-84")
    where = "both coordinates in one text" if one is other else f"latitude here, longitude in {other.location}"
    reason = (
        f"{pair.metres:.0f} m from the position in {datum}, given to {_metres(pair.precision)}; {where}; "
        f"by chance {chance:.0e}"
    )
    start, end = (first.start, first.end)
    if one is other:
        start, end = min(start, second.start), max(end, second.end)
    return Find(
        one, start, end, first.place.identifier, "gps", pair.chain, "", confidence, chance, reason,
        context=() if one is other else (other,),
    )  # fmt: skip


def _metres(precision: float) -> str:
    return f"{precision:.0f} m" if precision >= 1 else f"{max(precision * 100, 1):.0f} cm"
