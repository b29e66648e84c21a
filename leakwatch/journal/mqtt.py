"""MQTT 3.1, 3.1.1 and 5: control packets out of a byte stream, and the named fields of one packet (OASIS mqtt-v5.0)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MAX_PACKET = 16 << 20
"""Bytes: a longer packet is not waited for; its bytes go on as they come."""
_GREETING = 14
"""Bytes after which a CONNECT has told its protocol's name: fixed header (up to 5), length (2), name (up to 6)."""

_CONNECT, _PUBLISH, _SUBSCRIBE, _UNSUBSCRIBE = 1, 3, 8, 10
_NUMBER = {1: 1, 2: 4, 17: 4, 19: 2, 23: 1, 24: 4, 25: 1, 33: 2, 34: 2, 35: 2, 36: 1, 37: 1, 39: 4, 40: 1, 41: 1, 42: 1}
"""Properties (§2.2.2.2) with a number, by identifier: its size in bytes."""
_TEXT = {3: "content_type", 8: "response_topic", 9: "correlation", 18: "client_id", 21: "auth_method", 22: "auth_data",
         26: "response_info", 28: "server", 31: "reason"}  # fmt: skip
"""Properties with text or bytes: what they are called in a location."""
_VARIABLE, _USER = 11, 38
_OF_PUBLISH = frozenset((1, 2, 3, 8, 9, 11, 35, 38))


@dataclass(frozen=True, slots=True)
class Field:
    """A named place in a packet: bytes `start` to `end`."""

    name: str
    start: int
    end: int


class Cutter:
    """Cuts one direction's bytes into control packets; once something is no packet, bytes go on as they come."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self.broken = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next bytes and yield what is whole."""
        self._kept += data
        while self._kept:
            size = packet_size(self._kept)
            if self.broken or size < 0 or size > MAX_PACKET:
                self.broken = True
                yield from self.rest()
            elif size and len(self._kept) >= size:
                packet = bytes(self._kept[:size])
                del self._kept[:size]
                yield packet
            else:
                return

    def rest(self) -> Iterator[bytes]:
        """Yield what is left of a packet that will never be whole."""
        if self._kept:
            left, self._kept = bytes(self._kept), bytearray()
            yield left


def packet_size(buffer: bytes | bytearray) -> int:
    """Size of the control packet at the start of `buffer`; 0: not known yet, -1: not one."""
    size = shift = 0
    for at in range(1, 5):
        if at >= len(buffer):
            return 0
        size |= (buffer[at] & 0x7F) << shift
        if not buffer[at] & 0x80:
            return size + at + 1 if buffer[0] >> 4 else -1
        shift += 7
    return -1


def is_connect(data: bytes | bytearray) -> bool:
    """Whether a client's first bytes are an MQTT CONNECT."""
    head = bytes(data[:16])
    return head[:1] == b"\x10" and (b"\x00\x04MQTT" in head or b"\x00\x06MQIsdp" in head)


def may_be_connect(data: bytes | bytearray) -> bool:
    """Whether more bytes could still make `data` an MQTT CONNECT."""
    return data[:1] == b"\x10" and len(data) < _GREETING


def fields(packet: bytes) -> list[Field]:
    """Return the named fields of one whole control packet; nothing where it is none, or damaged."""
    size = packet_size(packet)
    if size < 2 or size != len(packet):
        return []
    at = next(n for n in range(1, 5) if not packet[n] & 0x80) + 1
    kind = packet[0] >> 4
    try:
        if kind == _CONNECT:
            return list(_connect(packet, at))
        if kind == _PUBLISH:
            return list(_publish(packet, at, packet[0] >> 1 & 3))
        if kind in (_SUBSCRIBE, _UNSUBSCRIBE):
            return list(_topics(packet, at + 2, kind == _SUBSCRIBE))
        return list(_answer(packet, at, kind))
    except (_DamagedError, IndexError):
        return []


class _DamagedError(Exception):
    """A length leads past the packet's end, or a property is unknown."""


def _connect(packet: bytes, at: int) -> Iterator[Field]:
    """Client id, will, user name and password of a CONNECT (§3.1)."""
    at = _text(packet, at)[1]
    version, flags = packet[at], packet[at + 1]
    at += 4
    if version == 5:
        found, at = _properties(packet, at)
        yield from found
    (start, at) = _text(packet, at)
    yield from _named("client_id", start, at)
    if flags & 4:
        if version == 5:
            found, at = _properties(packet, at)
            yield from found
        for name in ("will_topic", "will"):
            start, at = _text(packet, at)
            yield from _named(name, start, at)
    for bit, name in ((0x80, "username"), (0x40, "password")):
        if flags & bit:
            start, at = _text(packet, at)
            yield from _named(name, start, at)


def _publish(packet: bytes, at: int, quality: int) -> Iterator[Field]:
    """Topic and payload of a PUBLISH (§3.3); a packet does not tell its version, its properties do."""
    start, at = _text(packet, at)
    yield from _named("topic", start, at)
    at += 2 if quality else 0
    try:
        found, behind = _properties(packet, at, _OF_PUBLISH)
        yield from found
        at = behind
    except (_DamagedError, IndexError):
        pass  # 3.1.1, or a payload that looks like nothing of version 5
    yield from _named("payload", at, len(packet))


def _topics(packet: bytes, at: int, options: bool) -> Iterator[Field]:
    """The topic filters of a SUBSCRIBE or UNSUBSCRIBE (§3.8, §3.10), with or without properties before them."""
    try:
        found, behind = _properties(packet, at)
        topics = list(_filters(packet, behind, options))
        yield from found
    except (_DamagedError, IndexError):
        topics = list(_filters(packet, at, options))
    yield from topics


def _filters(packet: bytes, at: int, options: bool) -> Iterator[Field]:
    while at < len(packet):
        start, at = _text(packet, at)
        yield from _named("topic", start, at)
        at += options


def _answer(packet: bytes, at: int, kind: int) -> Iterator[Field]:
    """The properties of any other packet, where it has some: they follow two or three bytes in (§3.2 to §3.15)."""
    skip = {2: 2, 14: 1, 15: 1, 9: 2, 11: 2}.get(kind, 3)
    if at + skip < len(packet):
        yield from _properties(packet, at + skip)[0]


def _properties(packet: bytes, at: int, known: frozenset[int] | None = None) -> tuple[list[Field], int]:
    """Return the properties that hold text, and where they all end; raises _DamagedError where they are none."""
    length, at = _varint(packet, at)
    end = at + length
    if end > len(packet):
        raise _DamagedError
    found: list[Field] = []
    while at < end:
        code, at = packet[at], at + 1
        if known is not None and code not in known:
            raise _DamagedError
        if code in _NUMBER:
            at += _NUMBER[code]
        elif code == _VARIABLE:
            at = _varint(packet, at)[1]
        elif code == _USER:
            start, at = _text(packet, at)
            name = packet[start:at].decode("utf-8", "replace")
            start, at = _text(packet, at)
            found += _named(f"user:{name}", start, at)
        elif code in _TEXT:
            start, at = _text(packet, at)
            found += _named(_TEXT[code], start, at)
        else:
            raise _DamagedError
    if at != end:
        raise _DamagedError
    return found, end


def _text(packet: bytes, at: int) -> tuple[int, int]:
    """Where the length-prefixed text at `at` begins and ends (§1.5.4)."""
    start = at + 2
    end = start + (packet[at] << 8 | packet[at + 1])
    if end > len(packet):
        raise _DamagedError
    return start, end


def _varint(packet: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count in range(4):
        byte = packet[at + count]
        value |= (byte & 0x7F) << 7 * count
        if not byte & 0x80:
            return value, at + count + 1
    raise _DamagedError


def _named(name: str, start: int, end: int) -> Iterator[Field]:
    if end > start:
        yield Field(name, start, end)
