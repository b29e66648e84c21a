"""HTTP/2 out of the two byte streams of a connection: frames, HPACK, padding, CONTINUATION, trailers (RFC 9113)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from hpack import Decoder, HPACKError

from leakwatch.journal.events import Event, Headers, Request, Response
from leakwatch.sources.pcap.exchange import Message
from leakwatch.sources.pcap.granted import Carried, Inner, inside, is_granted
from leakwatch.sources.pcap.http1_head import host_text
from leakwatch.sources.pcap.peers import Peers
from leakwatch.sources.pcap.raw import Raw

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MAX_FRAME, MAX_HEADER_BLOCK, MAX_STREAMS = 1 << 24, 1 << 20, 10_000
_DATA, _HEADERS, _RST, _SETTINGS, _PUSH, _CONTINUATION = 0, 1, 3, 4, 5, 9
_END_STREAM, _ACK, _END_HEADERS, _PADDED, _PRIORITY = 1, 1, 4, 8, 32


class Http2:
    """One connection; `upgraded` names the exchange that stream 1 belongs to after an `Upgrade: h2c`.

    `inner` makes the conversation that goes on inside a CONNECT tunnel.
    """

    def __init__(self, peers: Peers, upgraded: str = "", inner: Inner = Raw) -> None:
        self.peers, self._inner = peers, inner
        self._sides = (_Side(0), _Side(1))
        self._streams: dict[int, _Stream] = {1: _Stream(upgraded)} if upgraded else {}

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        side = self._sides[direction]
        if side.broken:
            return
        side.buffer += data
        if direction == 0 and not side.started and PREFACE.startswith(side.buffer[: len(PREFACE)]):
            if len(side.buffer) < len(PREFACE):
                return
            del side.buffer[: len(PREFACE)]
        side.started = True
        while len(side.buffer) >= 9 and not side.broken:
            length = int.from_bytes(side.buffer[:3], "big")
            if len(side.buffer) < 9 + length:
                return
            kind, flags = side.buffer[3], side.buffer[4]
            stream = int.from_bytes(side.buffer[5:9], "big") & 0x7FFFFFFF
            payload = bytes(side.buffer[9 : 9 + length])
            del side.buffer[: 9 + length]
            yield from self._frame(side, kind, flags, stream, payload, time)

    def _frame(self, side: _Side, kind: int, flags: int, stream: int, payload: bytes, time: float) -> Iterator[Event]:
        if kind == _DATA:
            yield from self._body(side, stream, _unpadded(payload, flags), flags, time)
        elif kind == _HEADERS:
            block = _unpadded(payload, flags)
            side.begin(stream, block[5:] if flags & _PRIORITY else block, bool(flags & _END_STREAM))
        elif kind == _PUSH:
            promise = _unpadded(payload, flags)
            side.begin(int.from_bytes(promise[:4], "big") & 0x7FFFFFFF, promise[4:], False)
            side.pushed, side.continued = True, stream
        elif kind == _CONTINUATION and stream == side.continued:
            side.block += payload
        elif kind == _RST and stream in self._streams:
            yield from self._end(self._streams.pop(stream), time)
        elif kind == _SETTINGS and not flags & _ACK:
            self._settings(side, payload)
        if kind in (_HEADERS, _PUSH, _CONTINUATION):
            if len(side.block) > MAX_HEADER_BLOCK:
                yield from self._break(side, time, "a header block of more than 1 MiB")
            elif flags & _END_HEADERS:
                yield from self._headers(side, time)

    def _settings(self, side: _Side, payload: bytes) -> None:
        """SETTINGS_HEADER_TABLE_SIZE allows the *other* side's encoder a larger table (RFC 9113 §6.5.2)."""
        for at in range(0, len(payload) - 5, 6):
            if int.from_bytes(payload[at : at + 2], "big") == 1:
                size = int.from_bytes(payload[at + 2 : at + 6], "big")
                self._sides[1 - side.direction].decoder.max_allowed_table_size = min(size, 1 << 20)

    def _headers(self, side: _Side, time: float) -> Iterator[Event]:
        number, block, ended, pushed = side.stream, bytes(side.block), side.ends, side.pushed
        side.block, side.pushed = bytearray(), False
        try:
            fields: Headers = tuple((bytes(n), bytes(v)) for n, v in side.decoder.decode(block, raw=True))
        except (HPACKError, ValueError, IndexError) as error:
            yield from self._break(side, time, f"header compression: {type(error).__name__}")
            return
        if number not in self._streams and len(self._streams) >= MAX_STREAMS:
            return
        stream = self._streams.setdefault(number, _Stream())
        if pushed:
            yield from self._promise(stream, fields, time)
            return
        message = stream.messages[side.direction]
        if message is not None:
            stream.messages[side.direction] = None
            yield from message.end(time, fields)
            stream.ended |= 1 << side.direction
        elif side.direction == 0:
            request = self._request(fields, time)
            stream.exchange = request.exchange
            wanted = next((value for name, value in fields if name == b":protocol"), b"").lower()
            stream.messages[0] = Message(request, 0, peers=self.peers, wanted=wanted)
        elif not _status(fields).startswith("1"):
            if not stream.exchange:
                unseen = self._request((), time)
                stream.exchange = unseen.exchange
                yield unseen
            response = self._response(stream.exchange, fields, time)
            if is_granted(stream.messages[0], response):
                stream.messages = yield from inside(stream.messages[0], response, self._inner, time)
            else:
                stream.messages[1] = Message(response, 1, peers=self.peers)
        if ended:
            yield from self._ended(number, side.direction, time)

    def _promise(self, stream: _Stream, fields: Headers, time: float) -> Iterator[Event]:
        """A pushed response has no request of the client's: the server's words about it name it, no more."""
        request = replace(self._request(fields, time), headers=())
        stream.exchange, stream.ended = request.exchange, 1
        yield request

    def _request(self, fields: Headers, time: float) -> Request:
        pseudo = {name: value for name, value in fields if name[:1] == b":"}
        authority = pseudo.get(b":authority") or next((v for n, v in fields if n == b"host"), b"")
        host, port = _authority(host_text(authority))
        return Request(
            time=time,
            method=pseudo.get(b":method", b"").decode("latin-1"),
            scheme=pseudo.get(b":scheme", b"https" if self.peers.tls else b"http").decode("latin-1"),
            target=pseudo.get(b":path", b""),
            protocol="http/2",
            headers=_with_host(fields, authority),
            **self.peers.opening(host, port),  # type: ignore[arg-type]  # the shared fields of Opening
        )

    def _response(self, exchange: str, fields: Headers, time: float) -> Response:
        status = _status(fields)
        return Response(
            time=time,
            exchange=exchange,
            status=int(status) if status.isdigit() and len(status) == 3 else 0,
            protocol="http/2",
            headers=tuple(f for f in fields if f[0][:1] != b":"),
        )

    def _body(self, side: _Side, number: int, data: bytes, flags: int, time: float) -> Iterator[Event]:
        stream = self._streams.get(number)
        message = stream.messages[side.direction] if stream else None
        if message is not None and data:
            yield from message.add(data, time)
        if flags & _END_STREAM:
            yield from self._ended(number, side.direction, time)

    def _ended(self, number: int, direction: int, time: float) -> Iterator[Event]:
        stream = self._streams.get(number)
        if stream is None:
            return
        message, stream.messages[direction] = stream.messages[direction], None
        stream.ended |= 1 << direction
        if message is not None:
            yield from message.end(time)
        if stream.ended == 3:
            del self._streams[number]

    def _end(self, stream: _Stream, time: float) -> Iterator[Event]:
        for message in stream.messages:
            if message is not None:
                yield from message.end(time)

    def _break(self, side: _Side, time: float, why: str) -> Iterator[Event]:
        """Without its header table a direction can never be read again."""
        side.broken = True
        yield self.peers.note("undecodable", time, direction=side.direction, detail=f"HTTP/2: {why}")

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """A hole breaks framing and header compression for good."""
        side = self._sides[direction]
        if not side.broken:
            yield self.peers.note("truncated", time, direction=direction, size=size, detail="missing from the capture")
            side.broken = True

    def close(self, time: float) -> Iterator[Event]:
        """End every open stream as far as it was read."""
        for stream in self._streams.values():
            yield from self._end(stream, time)
        self._streams.clear()


class _Stream:
    __slots__ = ("ended", "exchange", "messages")

    def __init__(self, exchange: str = "") -> None:
        self.exchange = exchange
        self.messages: list[Carried | None] = [None, None]
        self.ended = 0


class _Side:
    """The reading state of one direction: the header block that is open and the HPACK table."""

    __slots__ = (
        "block", "broken", "buffer", "continued", "decoder", "direction", "ends", "pushed", "started", "stream",
    )  # fmt: skip

    def __init__(self, direction: int) -> None:
        self.direction = direction
        self.buffer, self.block = bytearray(), bytearray()
        self.decoder = Decoder(max_header_list_size=MAX_HEADER_BLOCK)
        self.stream = self.continued = 0
        self.started = self.broken = self.ends = self.pushed = False

    def begin(self, stream: int, block: bytes, ends: bool) -> None:
        self.stream = self.continued = stream
        self.block, self.ends = bytearray(block), ends


def _unpadded(payload: bytes, flags: int) -> bytes:
    if not flags & _PADDED or not payload:
        return payload
    return payload[1 : max(1, len(payload) - payload[0])]


def _status(fields: Headers) -> str:
    return next((v.decode("latin-1") for n, v in fields if n == b":status"), "")


def _with_host(fields: Headers, authority: bytes) -> Headers:
    """Header fields as HTTP/1 would have them: pseudo fields gone, the authority as Host."""
    plain = tuple(f for f in fields if f[0][:1] != b":")
    return plain if any(n == b"host" for n, _ in plain) or not authority else ((b"host", authority), *plain)


def _authority(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdigit() or len(port) > 5 or (":" in host and not host.startswith("[")):
        return text.strip("[]"), 0
    return host.strip("[]"), int(port)
