"""Suspects: values of requests that look like identifiers and are none of the profile's: hints, no leaks."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import lru_cache

from leakwatch.analysis.shapes import shape_of
from leakwatch.decoders import Budget, Piece, unfold
from leakwatch.decoders.unfolding import is_leaf
from leakwatch.identifiers.masking import mask
from leakwatch.journal.events import Request, StreamMessage
from leakwatch.model import DeviceProfile, Direction, Part, Segment, Suspect
from leakwatch.parts import message_parts, request_parts

_LONGEST_PART = 1 << 16
_LONGEST_VALUE = 256
_FIRST = 20
_SELDOM = 20
"""Of the requests to one place the first are looked at, then every twentieth: the same program sends the same names."""

_PLACES = 20_000
_REMEMBERED = 100_000
_INDEX = re.compile(r"\[\d+\]")
_NUMBER = re.compile(rb"[0-9a-f]{6,}|\d+", re.IGNORECASE)
_EVERYBODYS = frozenset(
    ["accept", "accept-encoding", "content-length", "content-type", "date", "etag", "host", "if-none-match", "range"]
)


class Suspects:
    """Looks at requests for one capture; each value at one place of one host is told once.

    `known` says whether a text holds one of the profile's identifiers in any form.
    """

    def __init__(self, profile: DeviceProfile, package: str, known: Callable[[str], bool]) -> None:
        self._known = known
        self._keys = profile.keys
        self._values = {i.value.casefold() for i in profile.identifiers_for(package)}
        self._dull: set[tuple[str, str, bytes]] = set()
        """Short parts, by host, location and data, in which nothing new was suspected."""
        self._seen: OrderedDict[bytes, None] = OrderedDict()
        self._visits: OrderedDict[tuple[str, bytes], int] = OrderedDict()

    def of(self, event: Request | StreamMessage, host: str) -> list[Suspect]:
        """Return the suspects in a request, or in a message that the phone sent."""
        if isinstance(event, StreamMessage):
            if event.direction is not Direction.REQUEST:
                return []
            place, parts = (host, b"\0stream"), list(message_parts(event))
        else:
            place, parts = (host, _template(event.target)), list(request_parts(event, event.body))
        if not self._is_due(place):
            return []
        return [suspect for part in parts for suspect in self._in_part(part, event, host)]

    def _is_due(self, place: tuple[str, bytes]) -> bool:
        visits = self._visits.get(place, 0)
        self._visits[place] = visits + 1
        if len(self._visits) > _PLACES:
            self._visits.popitem(last=False)
        return visits < _FIRST or visits % _SELDOM == 0

    def _in_part(self, part: Part, event: Request | StreamMessage, host: str) -> Iterator[Suspect]:
        name = part.location.partition(":")[2].lower()
        if len(part.data) > _LONGEST_PART or name in _EVERYBODYS or part.location in ("host", "dns"):
            return
        mark = (host, part.location, part.data)
        if mark in self._dull:
            return
        before = len(self._seen)
        yield from self._in_segments(part, event, host)
        if len(part.data) <= _LONGEST_VALUE and len(self._seen) == before:
            if len(self._dull) >= _PLACES:
                self._dull.clear()
            self._dull.add(mark)

    def _in_segments(self, part: Part, event: Request | StreamMessage, host: str) -> Iterator[Suspect]:
        for segment in unfold(part, Budget(), self._keys, passes=_is_plain):
            if len(segment.data) > _LONGEST_VALUE:
                continue
            key = segment.key or part.location.partition(":")[2]
            whole = segment.whole or (segment.parent is None and ":" in part.location)
            found = shape_of(segment.data, key) if whole else None
            if found and not self._is_known(segment) and self._is_new(host, segment, found.kind):
                value = segment.data.decode("utf-8", "replace").strip()
                yield Suspect(
                    event.exchange, event.time, host, Direction.REQUEST, segment.location, key[:64], found.kind,
                    mask(value), found.reason, value.encode(),
                )  # fmt: skip

    def _is_known(self, segment: Segment) -> bool:
        text = segment.data.decode("utf-8", "replace").strip()
        return text.casefold() in self._values or self._known(text)

    def _is_new(self, host: str, segment: Segment, kind: str) -> bool:
        told = (host, _INDEX.sub("[]", segment.location), kind)
        mark = hashlib.blake2b(repr(told).encode("utf-8", "backslashreplace") + segment.data, digest_size=12).digest()
        if mark in self._seen:
            return False
        self._seen[mark] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True


def _is_plain(segment: Segment, piece: Piece, _: tuple[str, ...]) -> bool:
    """Say whether a piece is a leaf without the shape of an identifier, so that no segment has to be made of it."""
    key = piece.key or segment.key or segment.part.location.partition(":")[2]
    return is_leaf(piece.data) and not (piece.whole and _shape(piece.data, key))


@lru_cache(maxsize=50_000)
def _shape(data: bytes, key: str) -> bool:
    return shape_of(data, key) is not None


def _template(target: bytes) -> bytes:
    """A path with its numbers taken out, so that `/user/1` and `/user/2` are one place."""
    return _NUMBER.sub(b"0", target.partition(b"?")[0])
