"""What stands around a match: whether it belongs to a longer name, or to somebody else's text of the same wording."""

from __future__ import annotations

import re

from leakwatch.decoders.base64text import unwrap
from leakwatch.matching.boundaries import stands_alone
from leakwatch.model import Boundary, Match

_BEFORE = {
    "installed_apps": re.compile(rb"[\w-]\.\Z"),
    "email": re.compile(rb"[\w][.+-]\Z"),
    "ip": re.compile(rb"[0-9]\.\Z"),
}
_AFTER = {
    "installed_apps": re.compile(rb"\.(?!apk\b)\w"),
    "email": re.compile(rb"[.-][A-Za-z]"),
    "ip": re.compile(rb"\.[0-9]"),
}
for _mac in ("mac", "bt_mac", "bssid"):
    _BEFORE[_mac] = re.compile(rb"(?:\A|[^0-9A-Za-z])[0-9A-Fa-f]{2}([:-])\Z")
    _AFTER[_mac] = re.compile(rb"([:-])[0-9A-Fa-f]{2}(?![0-9A-Za-z])")
_TAG = re.compile(rb"[\w.+-]{1,64}@")
_LOCAL = re.compile(rb"[\w.+-]")
_POINT = re.compile(rb"(?:\A|[^0-9A-Za-z._-])-?[0-9]{1,3}\.\Z")
_DECIMALS = re.compile(rb"\.(?!0+(?:[^0-9]|\Z))[0-9]{1,3}(?![0-9A-Za-z._-])")
_JOINING = (b".", b"_", b"-")
_NEAR = 4
_SYMBOLS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_BESIDE = 8
_GOES_ON = "{$%#*_"
"""Beside letters and digits: how templates write what is filled in."""


def is_part_of_longer(match: Match, data: bytes) -> bool:
    """Say whether a plain match is a piece of a longer name of its own class (DESIGN §4: a shared prefix is no match).

    A package within a longer package, an address within a longer address, a MAC within a longer row of bytes.
    """
    variant = match.variant
    if variant.boundary is Boundary.DIGIT and variant.needle.isdigit() and _is_of_a_fraction(match, data):
        return True
    before, after = _BEFORE.get(variant.kind), _AFTER.get(variant.kind)
    if before is None or after is None or variant.chain:
        return False
    left = before.search(data[max(0, match.start - _NEAR) : match.start])
    right = after.match(data[match.end : match.end + _NEAR])
    return any(found and (not found.groups() or found[1] in variant.needle) for found in (left, right))


def _is_of_a_fraction(match: Match, data: bytes) -> bool:
    """Say whether digits stand before or after the point of one decimal number; an integer's `.0` changes nothing."""
    if _POINT.search(data[max(0, match.start - _NEAR - 1) : match.start]):
        return data[match.end : match.end + 1] != b"."
    begins = match.start < 1 or data[match.start - 1 : match.start] not in _JOINING
    return begins and _DECIMALS.match(data[match.end : match.end + _NEAR + 1]) is not None


def is_of_another_value(match: Match, data: bytes) -> bool:
    """Say whether the base64 symbols beside those of a value show that another one was encoded.

    The symbols that neighbours share are no part of the needle: `…525` and `…526` may differ in those alone. And a
    number inside a longer one is no match in base64 either. A word may be, for who tries alignments puts letters there.
    """
    inner, boundary = match.variant.inner, match.variant.inner_boundary
    low, high = match.start, match.end
    while low > max(0, match.start - _BESIDE) and data[low - 1] in _SYMBOLS:
        low -= 1
    while high < min(len(data), match.end + _BESIDE) and data[high] in _SYMBOLS:
        high += 1
    # Where the text was cut off, or a line ends, the outermost bits are not there to be compared.
    first, last = match.start - low < 2, len(inner) - (high == match.end)
    for phase in range(min(4, match.start - low + 1)):
        plain = unwrap(data[low + phase : high]) or b""
        if _stands_in(plain, inner, boundary):
            return False
        if (first or last < len(inner)) and inner[first:last] in plain and inner not in plain:
            return False
    return True


def _stands_in(plain: bytes, inner: bytes, boundary: Boundary) -> bool:
    at = plain.find(inner)
    return at >= 0 and (boundary is Boundary.WORD or stands_alone(plain, at, at + len(inner), boundary))


def is_of_another_text(match: Match, data: bytes) -> bool:
    """Say whether the text around a piece goes on in other words than the text that the piece was cut from.

    Then it is somebody else's message of the same wording: the same bank's, another code. Where a piece was cut off,
    there is an end, a quote or an ellipsis.
    """
    if match.variant.kind == "email":
        return not _is_tagged(match, data)
    source, piece = match.variant.source, match.variant.needle.decode("utf-8", "replace")
    at = source.find(piece)
    if at < 0:
        return False
    reach = 4 * len(source)
    low = max(0, match.start - reach)
    while low < match.start and data[low] & 0xC0 == 0x80:
        low += 1  # not from the middle of a character
    before = data[low : match.start].decode("utf-8", "replace")
    after = data[match.end : match.end + reach].decode("utf-8", "replace")
    return _parts(source[:at][::-1], before[::-1]) or _parts(source[at + len(piece) :], after)


def _is_tagged(match: Match, data: bytes) -> bool:
    """Say whether an address begins with the match, up to the plus sign, and ends in the profile's own domain."""
    domain = match.variant.source.rpartition("@")[2].encode()
    rest = _TAG.match(data, match.end)
    end = rest.end() + len(domain) if rest else 0
    if not rest or data[rest.end() : end].lower() != domain.lower() or _LOCAL.match(data[: match.start][-1:]):
        return False
    return not re.match(rb"[\w-]|\.[A-Za-z]", data[end : end + 2])


def _parts(own: str, other: str) -> bool:
    """Say whether `other` goes on in a word where `own` goes on otherwise."""
    same = next((i for i, (a, b) in enumerate(zip(own, other)) if a != b), min(len(own), len(other)))
    return same < len(own) and same < len(other) and (other[same].isalnum() or other[same] in _GOES_ON)
