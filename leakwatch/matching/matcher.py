"""The literal matcher: every variant at once, with class-aware boundaries, over whole data or over a stream."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from leakwatch.matching.automaton import Automaton, Candidate
from leakwatch.matching.boundaries import stands_alone
from leakwatch.matching.prefilter import CrowdedError, load_prefilter
from leakwatch.model import Match, Variant

_LIMIT = 20_000
"""How many candidates of one call are looked at: a run of one letter may hold millions (performance.md §1.3)."""

_BLOCK = 1 << 24
"""Longer data is searched step by step, so that the limit holds per step and not for the whole."""
_STEP = 1 << 20
"""What stays in a processor's cache while it is copied and searched."""


class Matcher:
    """Finds variants in bytes. Hyperscan, where it can be imported and `prefilter` is true, only says where to look.

    The same answers come with and without it. Variants whose `whole` is true are searched like the others: whether
    they stand as a whole value is not for the matcher to know. `hints` are byte strings that only say where something
    may stand: they cost no further pass over the data.
    """

    def __init__(
        self, variants: Sequence[Variant], *, hints: Sequence[bytes] = (), prefilter: bool = True, cache: bool = True
    ) -> None:
        by_needle: dict[bytes, list[Variant]] = {hint: [] for hint in hints if hint}
        for variant in variants:
            if variant.needle:
                by_needle.setdefault(variant.needle, []).append(variant)
        self._needles = sorted(by_needle)
        self._variants = [tuple(by_needle[needle]) for needle in self._needles]
        known = set(hints)
        self._hints = [needle in known for needle in self._needles]
        self._tell = [any(not variant.whole for variant in variants) for variants in self._variants]
        self._automaton = Automaton(self._needles)
        self._prefilter = load_prefilter(self._needles, cache) if prefilter else None
        self.longest = max(map(len, self._needles), default=0)
        """The longest needle's length in bytes."""
        self.crowded = False
        """True once a block held more candidates than were looked at; the caller may reset it."""

    def search(self, data: bytes) -> Iterator[Match]:
        """Yield every match in `data` in order of start and end."""
        if len(data) <= _BLOCK:
            yield from self._matches(data)
            return
        stream, view = self.stream(), memoryview(data)
        for start in range(0, len(data), _STEP):
            yield from stream.feed(view[start : start + _STEP])
        yield from stream.finish()

    def stream(self) -> MatchStream:
        """Return a searcher for data that comes in pieces; it finds what `search` would find in all of it."""
        return MatchStream(self)

    def scan(self, data: bytes) -> tuple[list[Match], list[int]]:
        """Return the matches in `data` and where hints begin, both in order; like `search`, for data of any length."""
        if len(data) > _BLOCK:
            # Longer than any segment: coordinates in it are looked for in its first block only.
            return list(self.search(data)), self.scan(data[:_BLOCK])[1]
        found, starts = [], []
        for end, number in self._candidates(data):
            start = end - len(self._needles[number])
            if self._hints[number]:
                starts.append(start)
            found += self._accepted(data, start, end, number)
        found.sort(key=lambda match: (match.start, match.end))
        return found, starts

    def shows(self, data: bytes) -> tuple[bool, list[int]]:
        """Say whether a variant that need not be a whole value stands in `data`, whatever is beside it, and where
        hints begin: what `scan` gives for any run of `data` is then known to be nothing, or not.
        """
        if len(data) > _BLOCK:
            return True, []
        starts = []
        for end, number in self._candidates(data):
            if self._tell[number]:
                return True, []
            if self._hints[number]:
                starts.append(end - len(self._needles[number]))
        return self.crowded, starts

    def touches(self, data: bytes, numbers: Collection[int]) -> bool:
        """Say whether one of the needles `numbers` stands in `data`, whatever is beside it."""
        return any(number in numbers for _, number in self._candidates(data)) or self.crowded

    def numbered(self) -> Iterator[tuple[int, bytes, tuple[Variant, ...]]]:
        """Yield each needle's number, the needle, and its variants."""
        for number, needle in enumerate(self._needles):
            yield number, needle, self._variants[number]

    def _matches(self, data: bytes) -> list[Match]:
        return self.scan(data)[0]

    def _accepted(self, data: bytes, start: int, end: int, number: int) -> list[Match]:
        return [
            Match(variant, start, end)
            for variant in self._variants[number]
            if stands_alone(data, start, end, variant.boundary)
        ]

    def _candidates(self, data: bytes) -> list[Candidate]:
        if self._prefilter is not None:
            try:
                return sorted(self._prefilter.find(data, _LIMIT))
            except CrowdedError:
                pass
        found = []
        for candidate in self._automaton.find(data):
            found.append(candidate)
            if len(found) > _LIMIT:
                self.crowded = True
                break
        return sorted(found)


class MatchStream:
    """State carried over the pieces of one stream: offsets count from its first byte, whatever the pieces are."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._kept = b""
        self._length = 0

    def feed(self, chunk: bytes | memoryview) -> Iterator[Match]:
        """Take the next piece and return the matches that are certain now: the byte after each is known."""
        if not chunk:
            return iter(())
        data = self._kept + chunk
        base = self._length - len(self._kept)
        before, self._length = self._length, self._length + len(chunk)
        found = [
            Match(match.variant, base + match.start, base + match.end)
            for match in self._matcher._matches(data)
            if before <= base + match.end < self._length
        ]
        # One byte more than a needle: its left neighbour decides too.
        self._kept = data[-(self._matcher.longest + 1) :]
        return iter(found)

    def finish(self) -> Iterator[Match]:
        """Return the matches that end with the stream."""
        base = self._length - len(self._kept)
        found = [m for m in self._matcher._matches(self._kept) if base + m.end == self._length]
        return iter([Match(m.variant, base + m.start, base + m.end) for m in found])
