"""Packets out of pcap and pcapng files: times, link types, embedded TLS keys; streams files larger than memory.

Formats: pcap (draft-ietf-opsawg-pcap), pcapng (draft-ietf-opsawg-pcapng), both also gzip'd. Read by hand because every
length in a capture is hostile, and because the keys of a Decryption Secrets Block are wanted without a TLS dissector.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, NamedTuple

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event
from leakwatch.sources.pcap.link import IP_TYPES, PLAIN
from leakwatch.sources.pcap.pcapdroid import UidMap

MAX_PACKET = 1 << 24
"""Bytes: a longer record is damage (the largest real ones, from offloading network cards, are under 1 MiB)."""

_PCAP_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1e6),
    b"\xa1\xb2\xc3\xd4": (">", 1e6),
    b"\x4d\x3c\xb2\xa1": ("<", 1e9),
    b"\xa1\xb2\x3c\x4d": (">", 1e9),
    b"\xa1\xb2\xcd\x34": (">", 1e6),
    b"\x34\xcd\xb2\xa1": ("<", 1e6),  # Kuznetzov's "modified" format: eight more bytes a record
}
_BLOCK = 1 << 17
_ENHANCED_HEAD = 28
_PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_SECTION, _INTERFACE, _SIMPLE, _ENHANCED, _SECRETS, _OBSOLETE, _CUSTOM = _PCAPNG_MAGIC, 1, 3, 6, 10, 2, 0xBAD
_TLS_KEY_LOG = 0x544C534B


Follows = Callable[[bytes, int, int, float], Iterable[Event] | None]
"""Takes the IP packet between two places of a buffer, at a time, if it can; returns its events, None if it cannot."""


class Packet(NamedTuple):
    """One captured packet: `time` in Unix seconds, `link` the LINKTYPE number, `wire` its length before any cut."""

    time: float
    link: int
    data: bytes
    wire: int
    comment: str = ""


@dataclass
class CaptureFile:
    """What a file tells beside its packets: embedded key logs, and how its end was (`torn` names the damage)."""

    path: Path
    keys: list[bytes] = field(default_factory=list)
    torn: str = ""
    time: float = 0.0
    """When the last packet came that was read."""
    uids: UidMap = field(default_factory=UidMap)

    def packets(self, follows: Follows) -> Iterator[Packet | Iterable[Event]]:
        """Yield every packet that can be read, or its events where `follows` took it and it makes any.

        What ends the file early is left in `torn`, never raised. Raises SourceError where the file is no capture at all
        or cannot be opened.
        """
        try:
            with io.BufferedReader(self.path.open("rb", buffering=0), _BLOCK) as file, _unzipped(file) as stream:
                yield from self._read(stream, follows)
        except (EOFError, gzip.BadGzipFile, zlib.error, struct.error) as error:
            self.torn = self.torn or f"cut short: {error or 'end of file inside a record'}"
        except OSError as error:
            raise SourceError(f"{self.path}: cannot be read: {error.strerror or error}") from None

    def _read(self, stream: IO[bytes], follows: Follows) -> Iterator[Packet | Iterable[Event]]:
        magic = stream.read(4)
        if magic == _PCAPNG_MAGIC:
            yield from self._pcapng(stream, follows)
        elif magic in _PCAP_MAGIC:
            yield from self._pcap(stream, magic, follows)
        elif magic:
            raise SourceError(f"{self.path}: not a pcap or pcapng file")

    def _pcap(self, stream: IO[bytes], magic: bytes, follows: Follows) -> Iterator[Packet | Iterable[Event]]:
        order, ticks = _PCAP_MAGIC[magic]
        header = stream.read(20)
        if len(header) < 20:
            self.torn = "cut short inside the file header"
            return
        link = int(struct.unpack_from(order + "I", header, 16)[0]) & 0x0FFFFFFF
        size = 24 if magic in (b"\x34\xcd\xb2\xa1", b"\xa1\xb2\xcd\x34") else 16
        unpack, ip, kind = struct.Struct(order + "IIII").unpack_from, *PLAIN.get(link, (-1, -1))
        block, at, end = b"", 0, 0
        while True:
            if end - at < size:
                block = _more(stream, block[at:], size)
                at, end = 0, len(block)
                if end < size:
                    self.torn = "cut short inside a record header" if block else self.torn
                    return
            seconds, fraction, length, wire = unpack(block, at)
            if length > MAX_PACKET:
                self.torn = f"a record claims {length} bytes"
                return
            at += size
            if end - at < length:
                block = _more(stream, block[at:], length)
                at, end = 0, len(block)
                if end < length:
                    self.torn = "cut short inside a packet"
            start, at = at, at + length
            self.time = time = seconds + fraction / ticks
            events = None
            if ip >= 0 and (kind < 0 or block[start + kind : start + kind + 2] in IP_TYPES):
                events = follows(block, start + ip, at if at < end else end, time)
            if events is None:
                yield Packet(time, link, block[start:at], wire)
            elif events:
                yield events

    def _pcapng(self, stream: IO[bytes], follows: Follows) -> Iterator[Packet | Iterable[Event]]:
        section = _Section()
        block, at, end = _PCAPNG_MAGIC, 0, 4
        while True:
            if end - at < _ENHANCED_HEAD:
                block = _more(stream, block[at:], _ENHANCED_HEAD)
                at, end = 0, len(block)
                if end < 8:
                    self.torn = "cut short inside a block header" if block else self.torn
                    return
            if block.startswith(_SECTION, at):
                section = _Section("<" if block.startswith(b"\x4d\x3c\x2b\x1a", at + 8) else ">")
            kind, length = section.head.unpack_from(block, at)
            if not (12 if block.startswith(_SECTION, at) else 8) <= length <= MAX_PACKET * 2:
                self.torn = f"a block claims {length} bytes"
                return
            if end - at < length:
                block = _more(stream, block[at:], length)
                at, end = 0, len(block)
                if end < length:
                    self.torn = "cut short inside a block"
                    return
            start, at = at, at + length
            events = section.follow(block, start, at, follows) if kind == _ENHANCED else None
            if events is None:
                packet = self._block(section, kind, block[start + 8 : at - 4])
                if packet is not None:
                    self.time = packet.time
                    yield packet
                continue
            self.time = section.time
            if events:
                yield events

    def _block(self, section: _Section, kind: int, body: bytes) -> Packet | None:
        order = section.order
        if kind == _INTERFACE and len(body) >= 8:
            section.interfaces.append(_interface(order, body))
        elif kind == _SECRETS and len(body) >= 8:
            secret, length = struct.unpack_from(order + "II", body)
            if secret == _TLS_KEY_LOG:
                self.keys.append(body[8 : 8 + length])
        elif kind == _CUSTOM:
            self.uids.add(body[4:], order)
        elif kind in (_ENHANCED, _OBSOLETE) and len(body) >= 20:
            number, high, low, length, wire = struct.unpack_from(order + "IIIII", body)
            if kind == _OBSOLETE:
                number &= 0xFFFF if order == "<" else number >> 16
            link, ticks, offset = section.interface(number)
            data = body[20 : 20 + length]
            comment = _comment(order, body[20 + length + (-length % 4) :]) if len(body) > 20 + length + 4 else ""
            return Packet((high << 32 | low) / ticks + offset, link, data, wire, comment)
        elif kind == _SIMPLE and len(body) >= 4:
            wire = struct.unpack_from(order + "I", body)[0]
            return Packet(0.0, section.interface(0)[0], body[4 : 4 + wire], wire)
        return None


@dataclass
class _Section:
    """A pcapng section: its byte order and interfaces as (link type, ticks per second, offset in seconds)."""

    order: str = "<"
    interfaces: list[tuple[int, float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.head = struct.Struct(self.order + "II")
        self._enhanced = struct.Struct(self.order + "8xIIII")
        self.time = 0.0

    def follow(self, block: bytes, start: int, stop: int, follows: Follows) -> Iterable[Event] | None:
        """Offer the packet of an Enhanced Packet Block, from `start` to `stop`; return its events if it is taken."""
        if stop - start < _ENHANCED_HEAD + 4:
            return None
        number, high, low, length = self._enhanced.unpack_from(block, start)
        link, ticks, offset = self.interface(number)
        ip, kind = PLAIN.get(link, (-1, -1))
        start += _ENHANCED_HEAD
        if ip < 0 or length > stop - 4 - start:
            return None
        if kind >= 0 and block[start + kind : start + kind + 2] not in IP_TYPES:
            return None
        self.time = (high << 32 | low) / ticks + offset
        return follows(block, start + ip, start + length, self.time)

    def interface(self, number: int) -> tuple[int, float, float]:
        """Return an interface, Ethernet in microseconds where the file forgot to describe it."""
        return self.interfaces[number] if number < len(self.interfaces) else (1, 1e6, 0.0)


def _interface(order: str, body: bytes) -> tuple[int, float, float]:
    link = struct.unpack_from(order + "H", body)[0]
    ticks, offset = 1e6, 0.0
    for code, value in _options(order, body[8:]):
        if code == 9 and value:  # if_tsresol
            ticks = 2.0 ** (value[0] & 0x7F) if value[0] & 0x80 else 10.0 ** value[0]
        elif code == 14 and len(value) == 8:  # if_tsoffset
            offset = float(struct.unpack(order + "q", value)[0])
    return link, ticks, offset


def _options(order: str, data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(data):
        code, length = struct.unpack_from(order + "HH", data, position)
        if code == 0:
            return
        yield code, data[position + 4 : position + 4 + length]
        position += 4 + length + (-length % 4)


def _comment(order: str, options: bytes) -> str:
    return "\n".join(v.decode("utf-8", "replace") for code, v in _options(order, options) if code == 1)


def _more(stream: Any, kept: bytes, wanted: int) -> bytes:
    """Return `kept` and what follows: at least `wanted` bytes in all, unless the file ends before."""
    blocks, size = [kept], len(kept)
    while size < wanted and (block := stream.read1(_BLOCK)):
        blocks.append(block)
        size += len(block)
    return b"".join(blocks)


def _unzipped(stream: Any) -> IO[bytes]:
    """The stream, or what its gzip holds."""
    if stream.peek(2)[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.GzipFile(fileobj=stream), _BLOCK)
    return stream  # type: ignore[no-any-return]  # typeshed's BufferedReader is generic only in newer versions
