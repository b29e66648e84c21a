"""A capture as an access point sees it: HTTP, TLS that stays closed, DNS; connections side by side, acknowledged.

Ethernet, IPv4 and (one connection in four) IPv6, TCP with time stamps in segments of 1,448 bytes, an acknowledgement
for every second one, one segment in two hundred out of order and one in four hundred sent twice. HTTP goes over
connections that are used again; every body is its own, half of the texts are gzip'd, 1 exchange in 50 leaks.
"""

from __future__ import annotations

import gzip
import random
import struct
from collections.abc import Iterator
from pathlib import Path

from bench.detection_speed import bodies

LEAKED = b"867900045123877"
SEGMENT = 1448
SIDE_BY_SIDE = 8
_BATCH = 4 << 20
"""Bytes of bodies that are made at a time."""
_FIN, _SYN, _PSH, _ACK = 1, 2, 8, 16
_ETHERNET = 1
_MASK = 0xFFFFFFFF
_TICK = 50
"""Microseconds between packets."""


def make(path: Path, size: int, *, tls: float = 0.5, seed: int = 1) -> int:
    """Write a capture of about `size` bytes, `tls` of them in closed TLS; return its packets."""
    count = made = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, _ETHERNET))
        for packet in _packets(random.Random(seed), tls):
            seconds, micros = divmod(1763750000_000000 + count * _TICK, 1_000_000)
            file.write(struct.pack("<IIII", seconds, micros, len(packet), len(packet)) + packet)
            count += 1
            made += len(packet) + 16
            if made >= size:
                return count
    return count


def _packets(rng: random.Random, tls: float) -> Iterator[bytes]:
    """The packets of connections without end, so many at a time, a few packets of each in turn."""
    source = _bodies(rng)
    sizes = [1, 1]  # bytes so far in the open and in TLS: what is short of its share comes next
    open_now: list[Iterator[bytes]] = []
    number = 0
    while True:
        while len(open_now) < SIDE_BY_SIDE:
            closed = sizes[1] < tls * sum(sizes)
            turns = list(_tls(rng, number) if closed else _http(rng, source, number))
            sizes[closed] += sum(len(data) for _, data in turns)
            open_now.append(_connection(rng, number, turns, 443 if closed else 80))
            number += 1
        connection = rng.choice(open_now)
        for _ in range(rng.randrange(1, 12)):
            packet = next(connection, None)
            if packet is None:
                open_now.remove(connection)
                break
            yield packet


# -- what is said ------------------------------------------------------------------------------------------------------


def _bodies(rng: random.Random) -> Iterator[tuple[bytes, str]]:
    while True:
        yield from bodies(_BATCH, rng.randrange(1 << 30))


def _http(rng: random.Random, source: Iterator[tuple[bytes, str]], number: int) -> Iterator[tuple[int, bytes]]:
    """One to six exchanges over one connection."""
    for turn in range(rng.randrange(1, 7)):
        body, media_type = next(source)
        leak = LEAKED if rng.random() < 0.02 else b"%015d" % rng.randrange(10**15)
        yield 0, _request(rng, number, turn, leak)
        coding = b""
        if not media_type.startswith("image") and rng.random() < 0.5:
            body, coding = gzip.compress(body, 6, mtime=0), b"Content-Encoding: gzip\r\n"
        yield 1, (
            b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sat, 22 Nov 2025 10:00:00 GMT\r\nContent-Type: %s\r\n%s"
            b"Cache-Control: max-age=600\r\nETag: \"%x\"\r\nContent-Length: %d\r\n\r\n"
            % (media_type.encode(), coding, rng.getrandbits(64), len(body))
        ) + body  # fmt: skip


def _request(rng: random.Random, number: int, turn: int, leak: bytes) -> bytes:
    head = (
        b"Host: api%d.example.com\r\nUser-Agent: Dalvik/2.1.0 (Linux; U; Android 14; Pixel 8)\r\nAccept: */*\r\n"
        b"Accept-Encoding: gzip\r\nCookie: session=%032x\r\n" % (number % 60, (number % 60 + 1) ** 20)
    )
    if rng.random() < 0.6:
        return b"GET /v1/item/%d?page=%d&t=%s HTTP/1.1\r\n%s\r\n" % (rng.randrange(10**6), turn, leak, head)
    events = b",".join(
        b'{"event":"e%d","ts":%d,"value":%d}' % (rng.randrange(200), 1763750000000 + number, rng.randrange(10**6))
        for _ in range(rng.randrange(1, 60))
    )
    body = b'{"device":"%s","events":[%s]}' % (leak, events)
    length = b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
    return b"POST /v1/collect HTTP/1.1\r\n%s%s\r\n%s" % (head, length, body)


def _tls(rng: random.Random, number: int) -> Iterator[tuple[int, bytes]]:
    """A hand-shake of TLS 1.3 as it looks from outside, then records of random bytes."""
    name = b"cdn%d.example.net" % (number % 80)
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    extensions = sni + struct.pack(">HHBH", 43, 3, 2, 0x0304) + struct.pack(">HHHH", 10, 4, 2, 29)
    hello = b"\x03\x03" + rng.randbytes(32) + b"\x20" + rng.randbytes(32)
    suites = struct.pack(">HHH", 4, 0x1301, 0x1302) + b"\x01\x00"
    yield 0, _record(22, _handshake(1, hello + suites + struct.pack(">H", len(extensions)) + extensions))
    answered = struct.pack(">HHH", 43, 2, 0x0304)
    server = hello + struct.pack(">HBH", 0x1301, 0, len(answered)) + answered
    yield 1, _record(22, _handshake(2, server)) + _record(20, b"\x01") + _record(23, rng.randbytes(3000))
    yield 0, _record(20, b"\x01") + _record(23, rng.randbytes(53))
    for _ in range(rng.randrange(1, 7)):
        yield 0, _record(23, rng.randbytes(rng.randrange(200, 1500)))
        size = int(rng.choice([1, 4, 16, 60, 200]) * 1000 * rng.uniform(0.8, 1.2))
        yield 1, b"".join(_record(23, rng.randbytes(min(16384, size - at))) for at in range(0, size, 16384))


def _handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack(">BHH", kind, 0x0303, len(body)) + body


# -- how it travels ----------------------------------------------------------------------------------------------------


def _connection(rng: random.Random, number: int, turns: list[tuple[int, bytes]], port: int) -> Iterator[bytes]:
    """A name asked for and told, the hand-shake, the turns, the end."""
    path = _Path(number, 20000 + number % 40000, port)
    yield from path.resolved(b"api%d" % (number % 60))
    yield path.sent(0, b"", _SYN)
    yield path.sent(1, b"", _SYN | _ACK)
    yield path.sent(0, b"", _ACK)
    for direction, data in turns:
        for place, (at, piece) in enumerate(_pieces(rng, data)):
            yield path.sent(direction, piece, _ACK | (0 if at + SEGMENT < len(data) else _PSH), at)
            if place % 2:
                yield path.sent(1 - direction, b"", _ACK)
        path.turned(direction, len(data))
    yield path.sent(0, b"", _ACK | _FIN)
    yield path.sent(1, b"", _ACK | _FIN)
    yield path.sent(0, b"", _ACK)


def _pieces(rng: random.Random, data: bytes) -> list[tuple[int, bytes]]:
    """The segments of a turn by their places, here and there out of order or twice."""
    pieces = []
    for at in range(0, len(data), SEGMENT):
        pieces.append((at, data[at : at + SEGMENT]))
        if rng.random() < 1 / 400:
            pieces.append(pieces[-1])
    for place in range(1, len(pieces) - 1):
        if rng.random() < 1 / 200:
            pieces[place], pieces[place + 1] = pieces[place + 1], pieces[place]
    return pieces


class _Path:
    """The addresses and sequence numbers of one connection: makes its frames."""

    def __init__(self, number: int, client_port: int, port: int) -> None:
        self._six = number % 4 == 3
        tail = struct.pack(">H", number % 250 + 1)
        phone = b"\xfd\0\0\1" + bytes(11) + b"\2" if self._six else b"\x0a\0\0\2"
        server = (b"\x20\1\x0d\xb8" + bytes(10) if self._six else b"\xcb\0") + tail
        self._ends = (phone + server, server + phone)
        self._ports = (struct.pack(">HH", client_port, port), struct.pack(">HH", port, client_port))
        self._base = [number * 7919, number * 104729]
        self._arrived = [0, 0]
        """Bytes of the turn of each direction that the other side has without a hole."""
        self._early: dict[int, int] = {}
        self._clock = number

    def sent(self, direction: int, data: bytes, flags: int, at: int = 0) -> bytes:
        """A segment, its data `at` bytes into the turn, with the time stamps option (RFC 7323)."""
        self._clock += 1
        other = 1 - direction
        sequence = self._base[direction] + (at if data else self._arrived[direction])
        ack = self._base[other] + self._arrived[other] if flags & _ACK else 0
        header = struct.pack(">IIBBHHH", sequence & _MASK, ack & _MASK, 8 << 4, flags, 65535, 0, 0)
        stamps = struct.pack(">BBBBII", 1, 1, 8, 10, self._clock, self._clock)
        if data:
            self._early[at] = len(data)
            while self._arrived[direction] in self._early:
                self._arrived[direction] += self._early.pop(self._arrived[direction])
        self._base[direction] += bool(flags & (_SYN | _FIN))
        return self._frame(direction, 6, self._ports[direction] + header + stamps + data)

    def turned(self, direction: int, size: int) -> None:
        """All of a direction's turn has arrived."""
        self._base[direction] += size
        self._arrived[direction] = 0
        self._early.clear()

    def resolved(self, name: bytes) -> Iterator[bytes]:
        """A DNS question for the server's address, and the answer."""
        labels = bytes([len(name)]) + name + b"\7example\3com\0"
        address = self._ends[1][: len(self._ends[1]) // 2]
        kind = 28 if self._six else 1
        question = labels + struct.pack(">HH", kind, 1)
        answer = struct.pack(">HHHIH", 0xC00C, kind, 1, 60, len(address)) + address
        for direction, counts, more in ((0, (0x0100, 1, 0), b""), (1, (0x8180, 1, 1), answer)):
            data = struct.pack(">6H", self._clock & 0xFFFF, *counts, 0, 0) + question + more
            ports = self._ports[0][:2], b"\0\x35"
            yield self._frame(
                direction, 17, b"".join(ports[:: 1 - 2 * direction]) + struct.pack(">HH", 8 + len(data), 0) + data
            )

    def _frame(self, direction: int, protocol: int, payload: bytes) -> bytes:
        ends = self._ends[direction]
        if self._six:
            return _FRAME6 + struct.pack(">IHBB", 0x60000000, len(payload), protocol, 64) + ends + payload
        size = 20 + len(payload)
        return _FRAME4 + struct.pack(">BBHHHBBH", 0x45, 0, size, 0, 0x4000, 64, protocol, 0) + ends + payload


_FRAME4, _FRAME6 = (b"\2\0\0\0\0\1\2\0\0\0\0\2" + kind for kind in (b"\x08\x00", b"\x86\xdd"))
