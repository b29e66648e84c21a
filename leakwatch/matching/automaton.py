"""The Aho-Corasick automaton over a latin-1 view of bytes, split into a text half and a binary half."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import ahocorasick

Candidate = tuple[int, int]
"""Where a needle ends in the data (exclusive) and which needle it is."""

_TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"

# Letters and digits by how often they begin a token in traffic. The automaton walks a node's children in order of
# insertion, so that frequent first bytes should be inserted first (measured: 1.4 times faster on text).
_FREQUENT = b'"etaoinsrhl0123456789dcumfpgwybvk:,/-_.=&xjqzETAOINSRHLDCUMFPGWYBVKXJQZ+%{}[]()'
_RANK = {byte: rank for rank, byte in enumerate(_FREQUENT)}


def is_text(data: bytes) -> bool:
    """Say whether every byte is printable ASCII, a tab or a line end."""
    return not data.translate(None, _TEXT)


class Automaton:
    """Finds every occurrence of every needle, overlapping ones too. Built on first use: it costs time and memory.

    Needles with bytes that no text has would widen the root node and slow text down two to three times, so they have
    an automaton of their own, which is run only over data that holds such bytes.
    """

    def __init__(self, needles: Sequence[bytes]) -> None:
        self._needles = needles
        self._built: tuple[ahocorasick.Automaton | None, ahocorasick.Automaton | None] | None = None

    def find(self, data: bytes) -> Iterator[Candidate]:
        """Yield where each needle ends: ends never decrease within text needles, nor within binary ones."""
        text, binary = self._automata()
        view = data.decode("latin-1")
        if text is not None:
            for last, number in text.iter(view):
                yield last + 1, number
        if binary is not None and not is_text(data):
            for last, number in binary.iter(view):
                yield last + 1, number

    def _automata(self) -> tuple[ahocorasick.Automaton | None, ahocorasick.Automaton | None]:
        if self._built is None:
            numbered = sorted(enumerate(self._needles), key=lambda item: (_RANK.get(item[1][0], 256), item[1]))
            self._built = (
                _build((n, needle) for n, needle in numbered if is_text(needle)),
                _build((n, needle) for n, needle in numbered if not is_text(needle)),
            )
        return self._built


def _build(numbered: Iterable[tuple[int, bytes]]) -> ahocorasick.Automaton | None:
    automaton = ahocorasick.Automaton()
    for number, needle in numbered:
        automaton.add_word(needle.decode("latin-1"), number)
    if not len(automaton):
        return None
    automaton.make_automaton()
    return automaton
