"""Captures made for tests: conversations laid out as pcap and pcapng, by code that shares nothing with the readers."""

from __future__ import annotations

import ipaddress
import ssl
import struct
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

CLIENT, SERVER = "10.0.0.2", "203.0.113.7"

Turn = tuple[int, bytes]
"""(direction, bytes): 0 from the client, 1 from the server."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A TCP segment of a conversation: `offset` counts its direction's bytes from 0."""

    direction: int
    offset: int
    data: bytes
    flags: int = 0x18


def client_hello(name: str) -> bytes:
    """Return the first bytes of a TLS connection to `name`, as OpenSSL begins it."""
    out = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    return out.read()


def segments(turns: Iterable[Turn], size: int = 1460) -> list[Segment]:
    """Cut a conversation into segments of at most `size` bytes, in order."""
    offsets, out = [0, 0], []
    for direction, data in turns:
        for at in range(0, len(data), size):
            piece = data[at : at + size]
            out.append(Segment(direction, offsets[direction], piece))
            offsets[direction] += len(piece)
    return out


def tcp_packets(
    pieces: Sequence[Segment], *, port: int = 443, client_port: int = 40000, start: int = 4294967000, shake: bool = True
) -> list[bytes]:
    """IP packets of one connection; the sequence numbers begin near their end so that they wrap."""
    ends = [0, 0]
    out = []
    if shake:
        out.append(_tcp(0, start, 0, b"", 0x02, port, client_port))
        out.append(_tcp(1, start, start + 1, b"", 0x12, port, client_port))
    for piece in pieces:
        sequence = start + 1 + piece.offset
        ends[piece.direction] = max(ends[piece.direction], piece.offset + len(piece.data))
        ack = start + 1 + ends[1 - piece.direction]
        out.append(_tcp(piece.direction, sequence, ack, piece.data, piece.flags, port, client_port))
    if shake:
        out += [
            _tcp(d, start + 1 + ends[d], start + 1 + ends[1 - d], b"", 0x11, port, client_port) for d in (0, 1)
        ]  # fmt: skip
    return out


def udp_packet(direction: int, data: bytes, *, port: int = 443, client_port: int = 40000) -> bytes:
    """An IP packet with one datagram."""
    ports = (client_port, port) if direction == 0 else (port, client_port)
    return _ip(direction, 17, struct.pack(">HHHH", *ports, 8 + len(data), 0) + data)


def mqtt_packet(first: int, body: bytes) -> bytes:
    """An MQTT control packet of type and flags `first` (OASIS mqtt-v5.0 §2.1)."""
    size, left = bytearray(), len(body)
    while not size or left:
        size.append(left & 127 | (128 if left > 127 else 0))
        left >>= 7
    return bytes([first, *size]) + body


def mqtt_text(data: bytes) -> bytes:
    """A text of MQTT: its length, then its bytes."""
    return len(data).to_bytes(2, "big") + data


def pcap(packets: Iterable[bytes], *, link: int = 101, time: float = 1763750000.0, order: str = "<") -> bytes:
    """A pcap file of raw IP packets (or frames of another LINKTYPE), a millisecond apart."""
    out = [struct.pack(order + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for count, packet in enumerate(packets):
        seconds, micros = divmod(round((time + count / 1000) * 1e6), 1_000_000)
        out.append(struct.pack(order + "IIII", seconds, micros, len(packet), len(packet)) + packet)
    return b"".join(out)


def pcapng(packets: Iterable[bytes], *, link: int = 101, keys: bytes = b"", time: float = 1763750000.0) -> bytes:
    """A pcapng file; `keys` goes into a Decryption Secrets Block before the packets."""
    out = [_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), _block(1, struct.pack("<HHI", link, 0, 0))]
    if keys:
        out.append(_block(10, struct.pack("<II", 0x544C534B, len(keys)) + _padded(keys)))
    for count, packet in enumerate(packets):
        ticks = round((time + count / 1000) * 1e6)
        head = struct.pack("<IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet))
        out.append(_block(6, head + _padded(packet)))
    return b"".join(out)


def _block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + size + body + size


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _tcp(direction: int, sequence: int, ack: int, data: bytes, flags: int, port: int, client_port: int) -> bytes:
    ports = (client_port, port) if direction == 0 else (port, client_port)
    header = struct.pack(
        ">HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, ack & 0xFFFFFFFF, 5 << 4, flags, 65535, 0, 0
    )  # fmt: skip
    return _ip(direction, 6, header + data)


def _ip(direction: int, protocol: int, payload: bytes) -> bytes:
    hosts = (CLIENT, SERVER) if direction == 0 else (SERVER, CLIENT)
    ends = b"".join(ipaddress.ip_address(host).packed for host in hosts)
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0x4000, 64, protocol, 0) + ends + payload
