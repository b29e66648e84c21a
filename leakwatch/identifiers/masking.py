"""Values of identifiers as they may be shown: `8679********585`."""

from __future__ import annotations

import unicodedata

_STARS = 8
"""At most this many stars, so that the length of a long value (a message) does not show either."""


def mask(value: str) -> str:
    """Return `value` with its middle starred out; fewer than 6 characters are starred whole.

    Characters are what a reader sees (a letter with its combining marks is one); control characters never pass.
    """
    letters = _letters(value)
    count = len(letters)
    if count < 6:
        return "*" * count
    head, tail = min(4, count // 3), min(3, count // 5)
    stars = "*" * min(_STARS, count - head - tail)
    return "".join(letters[:head]) + stars + "".join(letters[count - tail :])


def _letters(value: str) -> list[str]:
    letters: list[str] = []
    for char in value:
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Mc", "Cf") and letters:
            letters[-1] += char if category != "Cf" else ""
        else:
            letters.append("·" if category.startswith("C") or category in ("Zl", "Zp") else char)
    return letters
