"""Texts with `*`: compared piece by piece in linear time, because the other side comes from hostile traffic."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Glob:
    """A text in which each `*` stands for any run of characters; `pieces` are what lies between them."""

    pieces: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Glob:
        """Read a text with or without `*`."""
        return cls(tuple(text.split("*")))

    def matches(self, text: str) -> bool:
        """Tell whether the whole text matches; leftmost pieces suffice, so nothing is tried twice."""
        pieces = self.pieces
        first, last = pieces[0], pieces[-1]
        if len(pieces) == 1:
            return text == first
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        place, end = len(first), len(text) - len(last)
        for piece in pieces[1:-1]:
            place = text.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return True
