"""Cuts a long text into needles, so that any long enough piece of it holds at least one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, islice

_WINDOW, _STEP = 24, 8
"""Columns: 24 letters are a phrase nobody else writes; so are 12 Chinese characters (two columns each)."""
_SENTENCE = 20
_WIDE = 0x250
"""The first letter beyond Latin's blocks."""
_MOST = 64
"""Windows of one text; a longer text gets a longer step."""


def width(text: str) -> int:
    """Return how much `text` says, in columns: a character beyond Latin letters counts as two."""
    return sum(1 if ord(char) < _WIDE else 2 for char in text)


def pieces(text: str) -> Iterator[str]:
    """Yield windows of at least 24 columns every 8, and whole sentences of 20: any piece of 40 columns holds one.

    Over 64 windows the step grows, so that the count stays bounded and the shortest piece found grows with the text.
    """
    yield from _sentences(text)
    columns = [0, *accumulate(1 if ord(char) < _WIDE else 2 for char in text)]
    if columns[-1] <= _WINDOW:
        return
    step = max(_STEP, -(-columns[-1] // _MOST))
    for column in range(0, columns[-1] - _WINDOW + 1, step):
        start = bisect_left(columns, column)
        window = text[start : bisect_left(columns, columns[start] + _WINDOW)]
        if len(set(window)) > 4:  # a row of dashes is no phrase
            yield window


def _sentences(text: str) -> Iterator[str]:
    found = (s.strip() for s in re.split(r"[\n\r。！？；!?;]+|\.\s", text))
    yield from islice((s for s in found if width(s) >= _SENTENCE and s != text), _MOST)
