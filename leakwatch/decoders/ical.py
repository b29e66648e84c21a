"""iCalendar (RFC 5545): the values of events."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.contentlines import values
from leakwatch.decoders.piece import Context, Piece

NAME = "ical"
RANK = 62
WHOLE = True
TAKES = "any"


def sniff(data: bytes, context: Context) -> bool:
    """A calendar or an event begins within the first bytes."""
    head = data[:64].upper()
    return b"BEGIN:VCALENDAR" in head or b"BEGIN:VEVENT" in head


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the values of all components."""
    return values(data, NAME)
