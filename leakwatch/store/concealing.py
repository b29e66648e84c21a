"""Which runs of some bytes give an identifier away: as it is, as coordinates, inside what a decoder opens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from leakwatch.decoders import Budget, unfold
from leakwatch.matching import Matcher
from leakwatch.matching.coordinates import Locator
from leakwatch.model import Part, Segment

Span = tuple[int, int]


def giveaways(data: bytes, matcher: Matcher, locator: Locator | None = None) -> Iterator[Span]:
    """Yield the runs of `data` that hold an identifier, in plain or in any form that a decoder opens.

    `locator` finds coordinates near the profile's positions, which no literal search finds. Runs may overlap.
    """
    yield from _plain(data, matcher, locator)
    for segment in unfold(Part("body", data), Budget()):
        if segment.parent is not None and any(_plain(segment.data, matcher, locator)):
            yield _outermost(segment, len(data))


def _plain(data: bytes, matcher: Matcher, locator: Locator | None) -> Iterator[Span]:
    for match in matcher.search(data):
        yield match.start, match.end
    if locator is not None:
        for half in locator.halves(data, _places(data, locator.hints)):
            yield half.start, half.end


def _places(data: bytes, hints: Iterable[bytes]) -> Iterator[int]:
    for hint in hints:
        at = data.find(hint)
        while at >= 0:
            yield at
            at = data.find(hint, at + 1)


def _outermost(segment: Segment, size: int) -> Span:
    """The run of the part itself that a segment was decoded from."""
    while segment.parent is not None and segment.parent.parent is not None:
        segment = segment.parent
    end = size if segment.extent < 0 else segment.start + segment.extent
    return segment.start, min(end, size)
