"""Finding a leak again in its stored message: the layers from the stored bytes to the run that was matched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from leakwatch.detector.finds import Find
from leakwatch.detector.inspector import Inspector
from leakwatch.detector.masked import Masker
from leakwatch.detector.salted import Ingredients, Seasoning
from leakwatch.evidence.undo import Layer
from leakwatch.matching.salts import Salts
from leakwatch.model import DeviceProfile, Direction, Segment
from leakwatch.store.messages import StoredMessage
from leakwatch.store.steps import parts_of


@dataclass(frozen=True, slots=True)
class Trace:
    """The find and the segments that lead to it, the part first; `salts` are those that stand in the same message."""

    find: Find
    segments: tuple[Segment, ...]
    inspector: Inspector
    salts: tuple[bytes, ...] = field(default=(), repr=False)
    others: tuple[Find, ...] = field(default=(), repr=False)
    """Everything that was found in the same message, this find among it."""

    @property
    def needle(self) -> bytes:
        """The bytes that were matched."""
        return self.find.segment.data[self.find.start : self.find.end]

    def found_in(self, segment: Segment) -> Iterator[tuple[int, int]]:
        """Yield the runs of a segment's data in which something was found, or from which that was decoded."""
        for find in self.others:
            start, end = find.start, find.end
            for one in _upwards(find.segment):
                if (one.part, one.chain, one.path, one.data) == (
                    segment.part,
                    segment.chain,
                    segment.path,
                    segment.data,
                ):
                    yield start, end
                    break
                start, end = (one.start, one.start + one.extent) if one.extent >= 0 else (0, len(segment.data))

    def branches(self) -> list[tuple[Segment, ...]]:
        """The ways to the other half of a position, each from its part down; the first segments may be shared."""
        if self.find.kind != "gps":
            return []
        top = _upwards(self.find.segment)[-1].part
        others = (other for other in self.find.context if other.part is top or not top.chain)
        return [tuple(_upwards(other)[::-1]) for other in others]


def layer_between(above: Segment, below: Segment) -> Layer:
    """The layer that led from one segment of a way to the next."""
    if below.parent is above:
        start, extent = below.start, below.extent if below.extent >= 0 else len(above.data) - below.start
    else:
        start, extent = 0, len(above.data)  # undone by the matcher: all of it
    path = below.path.removeprefix(above.path).lstrip(".") if below.parent is above else ""
    around = tuple(segment.data for segment in _upwards(above)[1:])
    return Layer(below.chain[len(above.chain) :], path, above.data, start, extent, below.data, around)


def trace(
    record: Mapping[str, Any], message: StoredMessage, profile: DeviceProfile, inspector: Inspector
) -> Trace | None:
    """Return where the leak of `record` stands in its message; None where today's analysis does not find it there."""
    masker = Masker(inspector.matcher)
    inspection = inspector.inspect(parts_of(message), Direction(record["direction"]))
    finds = list(inspection.finds)
    salts: tuple[bytes, ...] = ()
    if any(name.startswith(("salted-", "hmac-")) for name in record["chain"]):
        known = Ingredients()
        seasoning = Seasoning(Salts(profile.identifiers_for(record["app"]), profile.region), inspector.segments)
        finds += seasoning.finds("", known, inspection.ingredients)
        salts = tuple(known.salts)
    wanted = (record["identifier"], tuple(record["chain"]), record["location"])
    for find in finds:
        if (find.identifier, find.full_chain, masker.text(find.segment.location)) == wanted:
            return Trace(find, _lineage(find), inspector, salts, tuple(finds))
    return None


def _lineage(find: Find) -> tuple[Segment, ...]:
    """The segments from the stored part down to the find's own, through a disguise that the matcher undid."""
    path = _upwards(find.segment)
    top = path[-1]
    for other in find.context:
        if other.part is not top.part and top.part.chain and top.part.chain[: len(other.chain)] == other.chain:
            path += _upwards(other)
            break
    return tuple(reversed(path))


def _upwards(segment: Segment | None) -> list[Segment]:
    path = []
    while segment is not None:
        path.append(segment)
        segment = segment.parent
    return path
