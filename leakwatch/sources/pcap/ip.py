"""From IP packet to transport segment: IPv4, IPv6, extension headers, fragments, and IP inside IP, GRE, GTP, VXLAN."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from functools import lru_cache
from typing import NamedTuple

from leakwatch.sources.pcap.tunnels import TUNNELS, gre

TCP, UDP = 6, 17
_MAX_FRAGMENTED, _MAX_DATAGRAM, _MAX_DEPTH = 512, 1 << 17, 4
_EXTENSIONS = frozenset((0, 43, 60, 135, 139, 140))


class Datagram(NamedTuple):
    """A whole transport payload holder: addresses as packed bytes, `protocol` 6 or 17, `data` the TCP or UDP packet.

    `missing` is how many bytes of it the capture cut off (snap length).
    """

    source: bytes
    destination: bytes
    protocol: int
    data: bytes
    missing: int = 0


@lru_cache(4096)
def address(packed: bytes) -> str:
    """The text form of a packed IPv4 or IPv6 address."""
    return str(ipaddress.ip_address(packed))


class Reassembler:
    """Gives datagrams out of IP packets and keeps the fragments of those that are not whole yet (bounded)."""

    def __init__(self) -> None:
        self._fragments: OrderedDict[tuple[bytes, ...], _Fragments] = OrderedDict()
        self.truncated = 0
        """Packets whose capture was cut short (snap length)."""

    def datagram(self, frame: bytes, offset: int, depth: int = 0) -> Datagram | None:
        """Return the datagram that starts at `offset`, or that this packet completes; None where there is none."""
        if len(frame) < offset + 20 or depth > _MAX_DEPTH:
            return None
        version = frame[offset] >> 4
        if version == 4:
            found = self._ipv4(frame, offset)
        elif version == 6 and len(frame) >= offset + 40:
            found = self._ipv6(frame, offset)
        else:
            return None
        if found is None or found.protocol == TCP:
            return found
        if found.protocol == UDP:
            return self._tunnelled(found, depth) or found
        if found.protocol in (4, 41):
            return self.datagram(found.data, 0, depth + 1)
        if found.protocol == 47:
            return self._gre(found.data, depth)
        return None

    def _ipv4(self, frame: bytes, offset: int) -> Datagram | None:
        header = (frame[offset] & 0x0F) * 4
        total = frame[offset + 2] << 8 | frame[offset + 3]
        if header < 20 or 0 < total < header:
            return None
        end = offset + total if total else len(frame)  # 0: segmentation offload wrote no length
        if end > len(frame):
            self.truncated += 1
        data = frame[offset + header : end]
        source, destination = frame[offset + 12 : offset + 16], frame[offset + 16 : offset + 20]
        flags = frame[offset + 6] << 8 | frame[offset + 7]
        if flags & 0x3FFF:
            key = (source, destination, frame[offset + 4 : offset + 6], frame[offset + 9 : offset + 10])
            whole = self._fragment(key, (flags & 0x1FFF) * 8, bool(flags & 0x2000), data)
            return Datagram(source, destination, frame[offset + 9], whole) if whole is not None else None
        return Datagram(source, destination, frame[offset + 9], data, max(0, end - len(frame)))

    def _ipv6(self, frame: bytes, offset: int) -> Datagram | None:
        length = frame[offset + 4] << 8 | frame[offset + 5]
        source, destination = frame[offset + 8 : offset + 24], frame[offset + 24 : offset + 40]
        following, at = frame[offset + 6], offset + 40
        end = min(len(frame), at + length) if length else len(frame)
        missing = max(0, at + length - len(frame))
        self.truncated += missing > 0
        for _ in range(16):
            if following in (TCP, UDP, 4, 41, 47):
                return Datagram(
                    source, destination, following, frame[at:end], max(0, offset + 40 + length - len(frame))
                )
            if at + 8 > end:
                return None
            if following == 44:
                field = frame[at + 2] << 8 | frame[at + 3]
                key = (source, destination, frame[at + 4 : at + 8])
                whole = self._fragment(key, field & 0xFFF8, bool(field & 1), frame[at + 8 : end])
                return Datagram(source, destination, frame[at], whole) if whole is not None else None
            if following == 51:
                following, at = frame[at], at + (frame[at + 1] + 2) * 4
            elif following in _EXTENSIONS:
                following, at = frame[at], at + (frame[at + 1] + 1) * 8
            else:
                return None
        return None

    def _fragment(self, key: tuple[bytes, ...], start: int, more: bool, data: bytes) -> bytes | None:
        fragments = self._fragments.setdefault(key, _Fragments())
        whole = fragments.add(start, more, data)
        if whole is not None or fragments.size > _MAX_DATAGRAM:
            del self._fragments[key]
        elif len(self._fragments) > _MAX_FRAGMENTED:
            self._fragments.popitem(last=False)
        return whole

    def _tunnelled(self, outer: Datagram, depth: int) -> Datagram | None:
        """IP carried over UDP."""
        data = outer.data
        if len(data) < 36:
            return None
        inner = TUNNELS.get(data[2] << 8 | data[3]) or TUNNELS.get(data[0] << 8 | data[1])
        at = inner(data) if inner else -1
        return self.datagram(data, at, depth + 1) if at >= 0 else None

    def _gre(self, data: bytes, depth: int) -> Datagram | None:
        at = gre(data)
        return self.datagram(data, at, depth + 1) if at >= 0 else None


class _Fragments:
    """The fragments of one datagram; overlaps keep what came first (dropping all, as RFC 5722 asks, loses evidence)."""

    __slots__ = ("end", "pieces", "size")

    def __init__(self) -> None:
        self.pieces: dict[int, bytes] = {}
        self.size = 0
        self.end: int | None = None

    def add(self, start: int, more: bool, data: bytes) -> bytes | None:
        self.pieces.setdefault(start, data)
        self.size += len(data)
        if not more:
            self.end = start + len(data)
        if self.end is None:
            return None
        whole = bytearray()
        for at in sorted(self.pieces):
            if at > len(whole):
                return None
            whole += self.pieces[at][len(whole) - at :]
        return bytes(whole[: self.end]) if len(whole) >= self.end else None
