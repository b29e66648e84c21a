"""Values of identifiers as they may be shown: `8679********585`."""

from __future__ import annotations

import re
import unicodedata

TYPED = (
    r"(?:pass(?:word|wd|code|phrase)?|pwd|pin|otp|captcha|(?:\w{1,40}[_-])?token|secret|(?:\w{1,40}[_-])?secret|session[_-]?(?:id|key)?"
    r"|[jp](?:sp|hp)?sess(?:ion)?id|(?:sms|verify|verification|auth|login|sign[_-]?in|security)[_-]?code)"
)
"""A pattern of the names whose values a tester typed or a server gave for one person: they are masked in every view."""
TYPED_WHOLE = r"(?<![A-Za-z0-9_.-])(?:code|sid|auth)"
"""The same for names that say so only by themselves: `code`, but not `country_code`."""
CREDENTIAL = "*" * 8
"""What is shown of such a value."""
_IN_URL = re.compile(
    rf"(?i)((?:[?&;]|%3f|%26)(?:[\w.-]*?{TYPED}|{TYPED_WHOLE})(?:\[\w*\])?(?:=|%3d))(?:(?!%26)[^&;#\s])+"
)
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,30}://)[^/?#@\s]+@")
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


def mask_credentials(url: str) -> str:
    """Return a URL without the values of parameters that are credentials by their names, and without user info."""
    return _USERINFO.sub(rf"\1{CREDENTIAL}@", _IN_URL.sub(rf"\g<1>{CREDENTIAL}", url))


def _letters(value: str) -> list[str]:
    letters: list[str] = []
    for char in value:
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Mc", "Cf") and letters:
            letters[-1] += char if category != "Cf" else ""
        else:
            letters.append("·" if category.startswith("C") or category in ("Zl", "Zp") else char)
    return letters
