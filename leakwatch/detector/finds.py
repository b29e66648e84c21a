"""Finds: matches with the segment they stand in, and which of them are one and the same leak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from leakwatch.model import Confidence, Segment

_MOST = 1_000
"""How many finds of one identifier in one part are told apart: more would cost time and tell nobody anything."""


@dataclass(slots=True)
class Find:
    """An identifier found in a segment's data from `start` to `end`, with what was concluded from it.

    `chain` is its own share, after the segment's. `run` is what the message's bytes say of it, as (offset, length).
    """

    segment: Segment
    start: int
    end: int
    identifier: str
    kind: str
    chain: tuple[str, ...] = ()
    form: str = ""
    confidence: Confidence = Confidence.CERTAIN
    chance: float = 0.0
    reason: str = ""
    undone: int = 0
    """How many layers of the segment's chain cancel out with the find's own: hex text of raw bytes is plain hex."""
    context: tuple[Segment, ...] = field(default=(), repr=False)
    """Further segments that it takes to make the find: the other coordinate's."""

    @property
    def full_chain(self) -> tuple[str, ...]:
        """The whole chain, outermost first."""
        return self.segment.chain[: len(self.segment.chain) - self.undone] + self.chain

    @property
    def run(self) -> tuple[int, int]:
        """Offset and length in the stored message: its own bytes where they stand there, else the enclosing run's."""
        if self.segment.exact:
            return self.segment.offset + self.start, self.end - self.start
        return self.segment.offset, self.segment.length

    @property
    def runs(self) -> list[tuple[str, int, int]]:
        """Every run that it takes: the part's location, offset and length."""
        others = [(segment.part.location, segment.offset, segment.length) for segment in self.context]
        return [(self.segment.part.location, *self.run), *others]


def settle(finds: Iterable[Find]) -> list[Find]:
    """Return one find for each run of bytes and identifier: the deepest chain wins, then the longest needle.

    Two finds are the same leak where, in the innermost segment that both were decoded from, their runs overlap: the
    raw match and the decoded one of the same field, or two decodings of the same bytes (DESIGN §4).
    """
    groups: dict[tuple[int, str], list[Find]] = {}
    for find in finds:
        group = groups.setdefault((id(find.segment.part), find.identifier), [])
        if len(group) < _MOST:
            group.append(find)
    kept = [find for group in groups.values() for find in _settle_one(group)]
    kept.sort(key=lambda find: (find.run, find.segment.location, find.start, find.identifier, find.chain))
    return kept


def _settle_one(group: list[Find]) -> list[Find]:
    if len(group) == 1:
        return group
    group = sorted(group, key=_rank)
    taken: dict[int, list[tuple[int, int, int]]] = {}
    kept = []
    for find in group:
        steps = list(_steps(find))
        if any(_overlaps(taken.get(segment, ()), start, end, branch) for segment, start, end, branch in steps):
            continue
        kept.append(find)
        for segment, start, end, branch in steps:
            taken.setdefault(segment, []).append((start, end, branch))
    return kept


def _rank(find: Find) -> tuple[int, int, int, int, tuple[str, ...]]:
    return (find.undone - find.segment.depth, -len(find.full_chain), find.start - find.end, find.start, find.chain)


def _steps(find: Find) -> Iterator[tuple[int, int, int, int]]:
    """Yield (segment, start, end, branch) from the find's own segment up to the part: where its run lies in each."""
    child = find.segment
    yield id(child), find.start, find.end, 0
    while child.parent is not None:
        if child.extent < 0:
            yield id(child.parent), 0, len(child.parent.data), id(child)
        else:
            yield id(child.parent), child.start, child.start + child.extent, id(child)
        child = child.parent


def _overlaps(runs: Iterable[tuple[int, int, int]], start: int, end: int, branch: int) -> bool:
    """Say whether a run crosses one of `runs` that came another way: those of the same branch were compared below."""
    return any(s < end and start < e and (b != branch or not branch) for s, e, b in runs)


def lineage(segment: Segment | None) -> Iterator[Segment]:
    """Yield the segment and what it came out of, up to its part's own."""
    while segment is not None:
        yield segment
        segment = segment.parent
