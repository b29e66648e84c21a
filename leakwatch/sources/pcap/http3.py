"""HTTP/3 out of opened QUIC streams: frames, QPACK, requests and responses (RFC 9114, RFC 9204)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pylsqpack

from leakwatch.journal.events import Event, Headers, Request, Response
from leakwatch.sources.pcap.exchange import Message
from leakwatch.sources.pcap.granted import Carried, inside, is_granted
from leakwatch.sources.pcap.http1_head import host_text
from leakwatch.sources.pcap.peers import Peers
from leakwatch.sources.pcap.quic_packets import varint
from leakwatch.sources.pcap.raw import Raw

MAX_STREAMS, MAX_HEADERS, MAX_EARLY = 10_000, 1 << 20, 256
_DATA, _HEADERS, _SETTINGS = 0, 1, 4
_CONTROL, _QPACK_ENCODER = 0, 2
_TABLE_CAPACITY = 1


class Http3:
    """The streams of one connection."""

    def __init__(self, peers: Peers) -> None:
        self.peers = peers
        self._capacity: list[int | None] = [None, None]
        self._decoders: list[Any] = [None, None]
        self._uni: dict[tuple[int, int], _Uni] = {}
        self._requests: dict[int, _Exchange] = {}
        self._early: list[tuple[int, int, bytes]] = []
        """Header blocks that came before the header table: direction, stream, block."""

    def stream(self, direction: int, number: int, data: bytes, finished: bool, time: float) -> Iterator[Event]:
        """Take the next bytes of a stream in one direction."""
        if number & 3 in (2, 3):
            yield from self._unidirectional(direction, number, data, time)
        elif number & 3 == 0 and (number in self._requests or len(self._requests) < MAX_STREAMS):
            exchange = self._requests.setdefault(number, _Exchange())
            exchange.buffers[direction] += data
            yield from self._frames(exchange, number, direction, time)
            if finished:
                yield from self._end(exchange, direction, time)

    def _frames(self, exchange: _Exchange, number: int, direction: int, time: float) -> Iterator[Event]:
        buffer = exchange.buffers[direction]
        while buffer and not exchange.blocked[direction]:
            left = exchange.left[direction]
            if left:
                data = bytes(buffer[:left])
                del buffer[:left]
                exchange.left[direction] -= len(data)
                message = exchange.messages[direction]
                if message is not None:
                    yield from message.add(data, time)
                continue
            kind, at = varint(buffer, 0)
            size, at = varint(buffer, at)
            if at > len(buffer):
                return
            if kind == _DATA:
                exchange.left[direction] = size
                del buffer[:at]
                continue
            if size > MAX_HEADERS:
                buffer.clear()
                return
            if len(buffer) < at + size:
                return
            frame = bytes(buffer[at : at + size])
            del buffer[: at + size]
            if kind == _HEADERS:
                yield from self._headers(exchange, number, direction, frame, time)

    def _headers(self, exchange: _Exchange, number: int, direction: int, block: bytes, time: float) -> Iterator[Event]:
        unknown = self._decoders[direction] is None and self._capacity[direction] is None
        if unknown and block[:1] != b"\0" and len(self._early) < MAX_EARLY:  # it needs a table of unknown size
            exchange.blocked[direction] = True
            self._early.append((direction, number, block))
            return
        try:
            decoder = pylsqpack.Decoder(0, 0) if unknown else self._decoder(direction)
            _, fields = decoder.feed_header(number, block)
        except pylsqpack.StreamBlocked:
            exchange.blocked[direction] = True
            return
        except (pylsqpack.DecompressionFailed, ValueError):
            detail = "HTTP/3: header compression"
            yield self.peers.note("undecodable", time, direction=direction, size=len(block), detail=detail)
            return
        yield from self._message(exchange, direction, tuple(fields), time)

    def _message(self, exchange: _Exchange, direction: int, fields: Headers, time: float) -> Iterator[Event]:
        pseudo = {name: value for name, value in fields if name[:1] == b":"}
        message = exchange.messages[direction]
        if message is not None:  # trailers
            exchange.messages[direction] = None
            yield from message.end(time, fields)
        elif direction == 0:
            request = self._request(pseudo, fields, time)
            exchange.name = request.exchange
            wanted = pseudo.get(b":protocol", b"").lower()
            exchange.messages[0] = Message(request, 0, peers=self.peers, wanted=wanted)
        elif not pseudo.get(b":status", b"").startswith(b"1"):
            if not exchange.name:
                unseen = self._request({}, (), time)
                exchange.name = unseen.exchange
                yield unseen
            status = pseudo.get(b":status", b"")
            response = Response(
                time=time,
                exchange=exchange.name,
                status=int(status) if status.isdigit() and len(status) == 3 else 0,
                protocol="http/3",
                headers=tuple(f for f in fields if f[0][:1] != b":"),
            )
            if is_granted(exchange.messages[0], response):
                exchange.messages = yield from inside(exchange.messages[0], response, Raw, time)
            else:
                exchange.messages[1] = Message(response, 1, peers=self.peers)

    def _request(self, pseudo: dict[bytes, bytes], fields: Headers, time: float) -> Request:
        authority = pseudo.get(b":authority", b"")
        host, _, port = host_text(authority).rpartition(":")
        if not port.isdigit() or len(port) > 5:
            host, port = host_text(authority), "0"
        plain = tuple(f for f in fields if f[0][:1] != b":")
        return Request(
            time=time,
            method=pseudo.get(b":method", b"").decode("latin-1"),
            target=pseudo.get(b":path", b""),
            protocol="http/3",
            headers=((b"host", authority), *plain) if authority else plain,
            **self.peers.opening(host.strip("[]"), int(port)),  # type: ignore[arg-type]  # the shared fields of Opening
        )

    def _unidirectional(self, direction: int, number: int, data: bytes, time: float) -> Iterator[Event]:
        stream = self._uni.setdefault((direction, number), _Uni())
        stream.buffer += data
        if stream.kind < 0 and stream.buffer:
            stream.kind, at = varint(stream.buffer, 0)
            del stream.buffer[:at]
        if stream.kind == _QPACK_ENCODER and stream.buffer:
            if self._decoders[direction] is None and not self._remembered(direction, stream.buffer):
                return
            piece, stream.buffer = bytes(stream.buffer), bytearray()
            yield from self._table(direction, piece, time)
        elif stream.kind == _CONTROL:
            self._settings(direction, stream)
        elif stream.kind >= 0:
            stream.buffer.clear()

    def _settings(self, direction: int, stream: _Uni) -> None:
        """The receiver's table capacity decides how the *other* side's blocks are numbered (RFC 9204 §4.5.1.1)."""
        kind, at = varint(stream.buffer, 0)
        size, at = varint(stream.buffer, at)
        if at > len(stream.buffer) or len(stream.buffer) < at + size:
            return
        end = at + size
        if kind == _SETTINGS and self._capacity[1 - direction] is None:
            self._capacity[1 - direction] = 0
            while at < end:
                setting, at = varint(stream.buffer, at)
                value, at = varint(stream.buffer, at)
                if setting == _TABLE_CAPACITY:
                    self._capacity[1 - direction] = min(value, 1 << 20)
        stream.buffer.clear()

    def _remembered(self, direction: int, encoder: bytearray) -> bool:
        """Take the capacity that an encoder announces first (RFC 9204 §4.3.1) where SETTINGS have not been seen.

        With 0-RTT it goes by the settings of last time (§3.2.3). False where the instruction is not whole yet.
        """
        size, at = _prefixed(encoder, 5)
        if self._capacity[direction] is None and encoder[0] >> 5 == 1:
            if at < 0:
                return False
            self._capacity[direction] = min(max(size, 4096), 1 << 20)
        return True

    def _decoder(self, direction: int) -> Any:
        if self._decoders[direction] is None:
            capacity = self._capacity[direction]
            self._decoders[direction] = pylsqpack.Decoder(4096 if capacity is None else capacity, 1000)
        return self._decoders[direction]

    def _table(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        try:
            unblocked = self._decoder(direction).feed_encoder(data)
        except (pylsqpack.EncoderStreamError, ValueError):
            yield self.peers.note("undecodable", time, direction=direction, detail="HTTP/3: header table")
            return
        early = [(number, block) for side, number, block in self._early if side == direction]
        self._early = [held for held in self._early if held[0] != direction]
        for number, block in early:
            exchange = self._requests[number]
            exchange.blocked[direction] = False
            yield from self._headers(exchange, number, direction, block, time)
            yield from self._frames(exchange, number, direction, time)
        for number in unblocked:
            if number in self._requests:
                yield from self._resume(self._requests[number], number, direction, time)

    def _resume(self, exchange: _Exchange, number: int, direction: int, time: float) -> Iterator[Event]:
        exchange.blocked[direction] = False
        try:
            _, fields = self._decoder(direction).resume_header(number)
        except (pylsqpack.DecompressionFailed, ValueError):
            yield self.peers.note("undecodable", time, direction=direction, detail="HTTP/3: header compression")
            return
        yield from self._message(exchange, direction, tuple(fields), time)
        yield from self._frames(exchange, number, direction, time)

    def _end(self, exchange: _Exchange, direction: int, time: float) -> Iterator[Event]:
        message, exchange.messages[direction] = exchange.messages[direction], None
        if message is not None:
            yield from message.end(time)

    def close(self, time: float) -> Iterator[Event]:
        """End every open exchange as far as it was read."""
        for direction, _, block in self._early:
            detail = "HTTP/3: the header table was never seen"
            yield self.peers.note("undecodable", time, direction=direction, size=len(block), detail=detail)
        for exchange in self._requests.values():
            for direction in (0, 1):
                yield from self._end(exchange, direction, time)
        self._requests.clear()


def _prefixed(data: bytes | bytearray, bits: int) -> tuple[int, int]:
    """Read an integer with a prefix of `bits` (RFC 7541 §5.1); returns it and the offset behind it, -1 if it is cut."""
    value, shift, full = data[0] & ((1 << bits) - 1), 0, (1 << bits) - 1
    if value < full:
        return value, 1
    for at in range(1, min(len(data), 6)):
        value += (data[at] & 0x7F) << shift
        shift += 7
        if not data[at] & 0x80:
            return value, at + 1
    return value, -1


class _Uni:
    __slots__ = ("buffer", "kind")

    def __init__(self) -> None:
        self.buffer, self.kind = bytearray(), -1


class _Exchange:
    __slots__ = ("blocked", "buffers", "left", "messages", "name")

    def __init__(self) -> None:
        self.name = ""
        self.buffers = [bytearray(), bytearray()]
        self.messages: list[Carried | None] = [None, None]
        self.left = [0, 0]
        self.blocked = [False, False]
