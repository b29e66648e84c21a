"""STUN messages (RFC 8489): the attributes of one datagram, each with its name and place."""

from __future__ import annotations

from leakwatch.journal.mqtt import Field

_COOKIE = b"\x21\x12\xa4\x42"
_HEADER = 20
_NAMES = {0x0006: "username", 0x0014: "realm", 0x0015: "nonce", 0x0013: "data", 0x8022: "software", 0x8003: "domain"}
"""Attributes that people or their programs fill (RFC 8489 §18.3, RFC 8656 §18)."""


def is_stun(data: bytes) -> bool:
    """Whether a datagram is a STUN message, by its two zero bits, its cookie and its length (§5)."""
    size = int.from_bytes(data[2:4], "big")
    return len(data) >= _HEADER and data[4:8] == _COOKIE and not data[0] & 0xC0 and _HEADER + size == len(data)


def fields(data: bytes) -> list[Field]:
    """Return the attributes of a message; those without a name of their own by their number. Nothing where it is none.

    Without this the length before a value would touch it: 48 bytes of text look as if a digit stood before them.
    """
    found: list[Field] = []
    at = _HEADER if is_stun(data) else len(data)
    while at + 4 <= len(data):
        kind, size = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
        start, end = at + 4, at + 4 + size
        if end > len(data):
            return []
        if size:
            found.append(Field(_NAMES.get(kind, f"attribute-{kind:04x}"), start, end))
        at = end + -size % 4
    return found
