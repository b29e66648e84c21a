"""What a SOCKS client says of itself: user name and password (RFC 1929), or version 4's user id."""

from __future__ import annotations

from leakwatch.journal.mqtt import Field


def fields(data: bytes) -> list[Field]:
    """Return the named places of a client's RFC 1929 message or SOCKS4 request; nothing where it is neither, or cut."""
    if data[:1] == b"\x04":
        end = data.find(b"\x00", 8)
        return [Field("username", 8, end)] if end > 8 else []
    if data[:1] != b"\x01" or len(data) < 3:
        return []
    user = 2 + data[1]
    if len(data) <= user or len(data) < user + 1 + data[user]:
        return []
    places = (("username", 2, user), ("password", user + 1, user + 1 + data[user]))
    return [Field(name, start, end) for name, start, end in places if end > start]
