"""One direction of a conversation in messages: each message on its own, and all of them as one run of bytes."""

from __future__ import annotations

import codecs
import re
from collections import deque

from leakwatch.detector.finds import Find
from leakwatch.detector.inspector import Inspection, Inspector
from leakwatch.detector.judge import judge
from leakwatch.detector.streams import Stream, StreamMatch
from leakwatch.journal.events import StreamMessage
from leakwatch.matching.automaton import is_text
from leakwatch.model import Match, Part, Segment
from leakwatch.parts import FIELDS, message_parts

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
UNKNOWN = ("tcp", "udp", "stun")
"""What conversations are called whose protocol nobody told; what STUN opened goes on with media and data of others."""
_UNFOLDED = 8 << 20
"""A longer message is only searched as it stands."""

_KEPT = 1 << 12
_REMEMBERED = 64
_NOTED = 3
"""An encrypted conversation is told by its first messages; the ledger needs no line for each."""


class Conversation:
    """State carried over the messages of one direction.

    The borders of TCP and UDP messages say little: what stands in their bytes as it is, is found in the stream, with
    the boundaries that the neighbouring messages give it. A WebSocket's messages are whole: in its stream only what
    was split counts. So are MQTT's packets, of which only the payloads go on into each other.
    """

    def __init__(self, protocol: str, inspector: Inspector) -> None:
        self._framed = protocol == "websocket" or protocol in FIELDS
        self._stream = Stream(inspector.matcher)
        self._inspector = inspector
        self._opaque = 0
        self._unknown = protocol in UNKNOWN
        self.unread = 0
        """Bytes of messages that are no text, that nothing was found in, and that no other note counts."""
        self._locations: deque[tuple[int, Part]] = deque(maxlen=_REMEMBERED)
        self._decoded: deque[tuple[str, str, int, int]] = deque(maxlen=1_000)
        """Runs of earlier messages that a decoder opened to find an identifier: location, identifier, start, end."""

    def feed(self, message: StreamMessage) -> Inspection:
        """Take a message and return what is certain now."""
        parts = list(message_parts(message))
        result = Inspection()
        if not parts:
            return result
        if len(message.data) <= _UNFOLDED:
            result = self._inspector.inspect(parts, message.direction)
        opaque = [note for note in result.notes if note.kind == "opaque"]
        self._opaque += len(opaque)
        told = result.finds or (opaque and self._opaque <= _NOTED) or _is_text(message.data[:_KEPT])
        if self._unknown and parts[-1].location.endswith("]") and not told:
            self.unread += len(message.data)
        if self._opaque > _NOTED:
            result.notes = [note for note in result.notes if note.kind != "opaque"]
        if not self._framed:
            result.finds = [find for find in result.finds if find.segment.parent is not None]
        for find in result.finds:
            start, length = find.run
            self._decoded.append((find.segment.part.location, find.identifier, start, start + length))
        carried = parts[-1]
        if not carried.location.endswith(("]", ".payload")):
            return result
        self._locations.append(
            (message.index, Part(carried.location, b"", carried.offset, carried.length, carried.chain))
        )
        split_only = self._framed and len(message.data) <= _UNFOLDED
        result.finds += self._judged(self._stream.feed(message.index, carried.data), carried.data[:_KEPT], split_only)
        return result

    def finish(self) -> Inspection:
        """Return what the conversation's end makes certain."""
        return Inspection(self._judged(self._stream.finish(), b"", self._framed))

    def _judged(self, matches: list[StreamMatch], data: bytes, split_only: bool) -> list[Find]:
        finds = []
        for found in matches:
            part = next((part for index, part in self._locations if index == found.message), None)
            if part is None or found.match.variant.whole or (split_only and not found.split):
                continue
            variant = found.match.variant
            length = found.match.end - found.match.start
            run = found.offset, found.offset + length
            stored = run[0] + part.offset, run[1] + part.offset
            if any(
                (part.location, variant.identifier) == (location, identifier) and stored[0] < end and start < stored[1]
                for location, identifier, start, end in self._decoded
            ):
                continue
            segment = Segment(part, data, part.chain, exact=True)
            find = judge(Match(variant, *run), segment, self._inspector.odds)
            if find:
                finds.append(find)
        return finds


def _is_text(data: bytes) -> bool:
    """Whether a message, or its beginning, is text of any language."""
    if is_text(data):
        return True
    try:
        text, _ = codecs.utf_8_decode(data, "strict", False)  # a character that was cut at the end is no damage
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None
