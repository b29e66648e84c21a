"""The words that people read in the live view and the summary, made safe for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

PARTY_WORDS = {
    "first": "first party",
    "same-company": "same company",
    "third": "third party",
    "infrastructure": "infrastructure",
    "unknown": "unknown party",
}
PARTY_STYLES = {  # hues that survive colour-blindness; the word always stands beside the colour
    "first": "#7f8fa6",
    "same-company": "#2a9d8f",
    "third": "bold #e34234",
    "infrastructure": "grey50",
    "unknown": "#d98e04",
}
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: object) -> str:
    """Return text with every control, escape, bidirectional and unassigned character shown as `·`.

    Host names, locations and reasons come from hostile traffic: none of them may move the cursor or recolour a line.
    """
    return "".join("·" if unicodedata.category(c) in _UNPRINTABLE else c for c in str(text))


def middle(text: str, width: int) -> str:
    """Shorten text to `width` characters with an ellipsis in its middle."""
    if len(text) <= width or width < 5:
        return text[:width]
    left = (width - 1) // 2
    return f"{text[:left]}…{text[len(text) - (width - 1 - left) :]}"


def phase_words(phase: str) -> str:
    """Return a phase as people read it: `before_consent` is `before consent`."""
    return clean(phase).replace("_", " ") or "unknown"


def chain_words(chain: Sequence[str]) -> str:
    """Return a chain as `gzip › json › md5`, and `plain` for the empty one."""
    return " › ".join(clean(link) for link in chain) or "plain"


def shorter_chain(words: str, width: int) -> str:
    """Drop links from the middle of a chain that is too long: its two ends say most (`gzip › … › md5`)."""
    links = words.split(" › ")
    if len(words) > width and len(links) > 2:
        words = " › ".join((links[0], "…", links[-1]))
    return middle(words, width)


def recipient(row: Mapping[str, Any]) -> str:
    """Return who received a leak: the SDK's name, else the company's, else the host."""
    return clean(row.get("sdk_name") or row.get("company") or row.get("host") or "unknown host")


def count_words(count: int, noun: str, plural: str = "") -> str:
    """Return `1 flow`, `2 flows`, `1,234 flows`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def size_words(count: int) -> str:
    """Return a number of bytes as `713 B`, `4.1 kB`, `3.2 MB` (powers of ten, as network tools count)."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"


def duration_words(seconds: float) -> str:
    """Return `12 s`, `6 min 12 s`, `1 h 03 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def share_words(part: int, whole: int) -> str:
    """Return a share as `91 %`; never rounds up to 100 or down to 0 what is neither."""
    if whole <= 0:
        return "0 %"
    percent = 100 * part / whole
    if part not in (0, whole):
        percent = min(max(percent, 1), 99)
    return f"{percent:.0f} %"
