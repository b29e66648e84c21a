"""Conversations in messages: state carried over one direction's messages, so that a value cut anywhere is found."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from leakwatch.matching import Matcher
from leakwatch.model import Match

_REMEMBERED = 4_096
"""A needle reaches back over at most so many messages."""


@dataclass(frozen=True, slots=True)
class StreamMatch:
    """A match in a stream: the message in which it begins, where there, and whether it goes on into another."""

    match: Match
    message: int
    offset: int
    split: bool


class Stream:
    """One direction of a conversation as one run of bytes."""

    def __init__(self, matcher: Matcher) -> None:
        self._stream = matcher.stream()
        self._messages: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)
        """(offset in the stream, index) of the latest messages."""
        self._length = 0

    def feed(self, index: int, data: bytes) -> list[StreamMatch]:
        """Take the message `index` and return the matches that are certain now."""
        self._messages.append((self._length, index))
        self._length += len(data)
        return [self._placed(match) for match in self._stream.feed(data)]

    def finish(self) -> list[StreamMatch]:
        """Return the matches that end with the stream."""
        return [self._placed(match) for match in self._stream.finish()]

    def _placed(self, match: Match) -> StreamMatch:
        end = self._length
        for start, index in reversed(self._messages):
            if start <= match.start:
                return StreamMatch(match, index, match.start - start, split=match.end > end)
            end = start
        start, index = self._messages[0]
        return StreamMatch(match, index, 0, split=True)
