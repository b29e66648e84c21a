"""Cuts a long text into needles, so that any long enough piece of it holds at least one."""

from __future__ import annotations

import re
from collections.abc import Iterator

_WINDOW, _STEP = 24, 8
"""Columns: 24 letters are a phrase nobody else writes; so are 12 Chinese characters (two columns each)."""
_SENTENCE = 20
_MOST = 64
"""Windows of one text; a longer text gets a longer step."""


def width(text: str) -> int:
    """Return how much `text` says, in columns: a character beyond Latin letters counts as two."""
    return sum(1 if ord(char) < 0x250 else 2 for char in text)


def pieces(text: str) -> Iterator[str]:
    """Yield windows of at least 24 columns every 8, and whole sentences of 20: any piece of 40 columns holds one.

    Over 64 windows the step grows, so that the count stays bounded and the shortest piece found grows with the text.
    """
    for sentence in re.split(r"[\n\r。！？；!?;]+|\.\s", text):
        if width(sentence.strip()) >= _SENTENCE and sentence.strip() != text:
            yield sentence.strip()
    if width(text) <= _WINDOW:
        return
    starts = _starts(text)
    stride = -(-len(starts) // _MOST)
    for start in starts[::stride]:
        window = _window(text, start)
        if len(set(window)) > 4:
            yield window


def _starts(text: str) -> list[int]:
    starts, column = [0], 0
    for place, char in enumerate(text):
        if column >= _STEP:
            starts.append(place)
            column = 0
        column += 1 if ord(char) < 0x250 else 2
    return [s for s in starts if width(text[s:]) >= _WINDOW]


def _window(text: str, start: int) -> str:
    column = 0
    for place in range(start, len(text)):
        column += 1 if ord(text[place]) < 0x250 else 2
        if column >= _WINDOW:
            return text[start : place + 1]
    return text[start:]
