"""Values that stand where an identifier is missing or withheld: they identify nobody and never count (DESIGN §4)."""

from __future__ import annotations

import re

from leakwatch.identifiers.kinds import KINDS
from leakwatch.identifiers.kinds.content import coordinates

_WORDS = """
    unknown null none nil undefined na n/a nan default empty error false true todo xxx anonymous notavailable redacted
    <unknownssid> <redacted> 0x android_id imei oaid 未知 无 空
    9774d56d682e549c 020000000000
    1234567890 123456789012345 012345678912345 123456789012347 1234567890abcdef 123456789abcdef0 0123456789abcdef
    00000000000000000000000000000001
"""
# 9774d56d682e549c is the Android ID that a bug gave millions of Android 2.2 phones, 02:00:00:00:00:00 what Android 6
# and iOS 7 give instead of the Wi-Fi MAC.

PLACEHOLDERS = frozenset(_WORDS.split())
"""In lower case; compared after case and separators are dropped."""


def is_placeholder(type_: str, value: str) -> bool:
    """Say whether `value` is what software writes where it has no value of this type."""
    text = value.strip().lower()
    bare = re.sub(r"[\s:\-.{}_]", "", text)
    if type_ == "gps":
        return coordinates(value) == (0.0, 0.0)
    if type_ in ("ip", "password", "pin"):
        return text in KINDS[type_].placeholders
    if not bare or text in PLACEHOLDERS or bare in PLACEHOLDERS or (len(set(bare)) == 1 and bare[0] in "0fx?*1"):
        return True
    kind = KINDS.get(type_)
    return kind is not None and bool(kind.placeholders & {text, bare})
