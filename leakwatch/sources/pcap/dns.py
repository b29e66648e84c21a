"""DNS messages over UDP and TCP, mDNS and LLMNR: names asked for and answers, bounded against hostile pointers."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator

from leakwatch.journal.events import DnsMessage, Event
from leakwatch.model import Direction
from leakwatch.sources.pcap.peers import Peers

PORTS = {53: "dns", 5353: "mdns", 5355: "llmnr"}
_TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 10: "NULL", 12: "PTR", 13: "HINFO", 15: "MX", 16: "TXT", 28: "AAAA",
          33: "SRV", 41: "OPT", 65: "HTTPS", 99: "SPF"}  # fmt: skip
_CLASSES = (b"\0\1", b"\0\3", b"\0\xff")
_MAX_RECORDS, _MAX_NAME = 256, 255


def message(peers: Peers, data: bytes, time: float, protocol: str, direction: int) -> DnsMessage | None:
    """Read one message (RFC 1035 §4); None where it is none."""
    if len(data) < 12:
        return None
    _, flags, questions, answers, authority, additional = struct.unpack_from(">6H", data)
    names: list[str] = []
    at = 12
    odd = (flags >> 11 & 15) > 6  # an operation nobody has defined: DNS only if its question is one
    for _ in range(min(questions, _MAX_RECORDS)):
        name, at = _name(data, at)
        if at < 0 or at + 4 > len(data) or (odd and data[at + 2 : at + 4] not in _CLASSES):
            break
        names.append(name)
        at += 4
    records = tuple(_records(data, at, min(answers + authority + additional, _MAX_RECORDS))) if at > 0 else ()
    if not names and not records and (questions or not flags & 0x8000):
        return None
    is_answer = bool(flags & 0x8000)
    return DnsMessage(
        time=time,
        direction=Direction.RESPONSE if is_answer else Direction.REQUEST,
        protocol=protocol,
        names=tuple(names),
        answers=records,
        **peers.opening(names[0] if names else "", PEER_PORT.get(protocol, 53)),  # type: ignore[arg-type]  # shared fields
    )


def looks_like(data: bytes) -> bool:
    """Whether a datagram on a port that is not DNS's own is all the same one of its messages."""
    if len(data) < 17:
        return False
    _, flags, questions, answers, authority, additional = struct.unpack_from(">6H", data)
    counts = questions == 1 and answers <= 100 and max(authority, additional) <= 10
    if not counts or flags & 0x7840 or (not flags & 0x8000 and (answers or authority)):
        return False
    name, at = _name(data, 12)
    return bool(name) and 0 < at <= len(data) - 4 and data[at] == 0 and data[at + 2 : at + 4] in _CLASSES


PEER_PORT = {name: port for port, name in PORTS.items()}


def _records(data: bytes, at: int, count: int) -> Iterator[tuple[str, str, str]]:
    for _ in range(count):
        name, at = _name(data, at)
        if at < 0 or at + 10 > len(data):
            return
        kind, _, _, length = struct.unpack_from(">HHIH", data, at)
        at += 10
        value = _value(data, at, kind, length)
        if value:
            yield name, _TYPES.get(kind, str(kind)), value
        at += length


def _value(data: bytes, at: int, kind: int, length: int) -> str:
    raw = data[at : at + length]
    if (kind == 1 and len(raw) == 4) or (kind == 28 and len(raw) == 16):
        return str(ipaddress.ip_address(raw))
    if kind in (2, 5, 12):
        return _name(data, at)[0]
    if kind == 33 and length > 6:
        return _name(data, at + 6)[0]
    if kind in (13, 16, 99):
        return _strings(raw)
    if kind == 41:
        return _options(raw)
    return _text(raw) if kind == 10 else ""


def _strings(raw: bytes) -> str:
    """Character strings (RFC 1035 §3.3), a space between them unless the first is as long as one can be."""
    texts: list[str] = []
    at = 0
    while at < len(raw):
        size = raw[at]
        texts.append(_text(raw[at + 1 : at + 1 + size]) + ("" if size == 255 else " "))
        at += 1 + size
    return "".join(texts).rstrip()


def _options(raw: bytes) -> str:
    """What stands in the options of EDNS (RFC 6891 §6.1.2): routers add the device's MAC address or name there."""
    texts: list[str] = []
    at = 0
    while at + 4 <= len(raw):
        size = raw[at + 2] << 8 | raw[at + 3]
        if any(raw[at + 4 : at + 4 + size]):  # not padding
            texts.append(_text(raw[at + 4 : at + 4 + size]))
        at += 4 + size
    return " ".join(texts)


def _text(raw: bytes) -> str:
    """Text as it is, anything else in hex."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.hex()
    return text if text.isprintable() else raw.hex()


def _name(data: bytes, at: int) -> tuple[str, int]:
    """Read a name; returns it and the offset behind it, or -1 where it is broken (pointers only go back)."""
    labels: list[str] = []
    end, limit, size = -1, at, 0
    while 0 <= at < len(data):
        length = data[at]
        if length >= 0xC0:
            if at + 2 > len(data):
                return "", -1
            target = (length & 0x3F) << 8 | data[at + 1]
            end = at + 2 if end < 0 else end
            if target >= limit:
                return "", -1
            at = limit = target
            continue
        if length > 63:
            return "", -1
        at += 1
        if not length:
            return ".".join(labels), end if end >= 0 else at
        labels.append(data[at : at + length].decode("utf-8", "backslashreplace"))
        at += length
        size += length + 1
        if size > _MAX_NAME:
            return "", -1
    return "", -1


class DnsOverTcp:
    """DNS over TCP: each message behind its length (RFC 1035 §4.2.2)."""

    def __init__(self, peers: Peers) -> None:
        self.peers = peers
        self._buffers = (bytearray(), bytearray())

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        buffer = self._buffers[direction]
        buffer += data
        while len(buffer) >= 2:
            length = buffer[0] << 8 | buffer[1]
            if len(buffer) < length + 2:
                return
            found = message(self.peers, bytes(buffer[2 : 2 + length]), time, "dns", direction)
            del buffer[: length + 2]
            if found is not None:
                yield found

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Lengths are lost with the gap: this direction starts anew with the next message that fits."""
        self._buffers[direction].clear()
        yield self.peers.note("truncated", time, direction=direction, size=size, detail="missing from the capture")

    def close(self, time: float) -> Iterator[Event]:
        """Nothing is held that could be told."""
        return iter(())
