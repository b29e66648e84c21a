"""HTTP/1.x out of the two byte streams of a connection: pipelining, chunks, trailers, CONNECT, upgrades (RFC 9112)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from leakwatch.journal.events import Event, Headers, LedgerNote, Request, Response
from leakwatch.sources.pcap.conversation import Conversation, Lane
from leakwatch.sources.pcap.exchange import Message
from leakwatch.sources.pcap.http1_head import (
    KNOWN_METHODS,
    MAX_HEAD,
    MAX_LINE,
    REQUEST_LINE,
    STATUS_LINE,
    authority_of,
    field,
    head_end,
    parse_headers,
    plausible,
    request_length,
    response_length,
)
from leakwatch.sources.pcap.http1_side import CHUNKED, UNTIL_CLOSE, Side
from leakwatch.sources.pcap.peers import Peers
from leakwatch.sources.pcap.raw import Raw
from leakwatch.sources.pcap.websocket import WebSocket

_NO_BODY = frozenset((204, 304))
Inner = Callable[[Peers], Conversation]


class Http1:
    """One connection; `inner` makes the conversation that goes on inside a CONNECT tunnel or after an upgrade."""

    def __init__(
        self, peers: Peers, inner: Inner, http2: Callable[[Peers, str], Conversation], lanes: tuple[Lane, Lane]
    ) -> None:
        self.peers = peers
        self._inner, self._http2 = inner, http2
        self._sides = (Side(0, lanes[0]), Side(1, lanes[1]))
        self._asked: deque[Request] = deque()
        self._switched: Conversation | None = None
        self._host = ""
        """Whom the latest request was for."""

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction."""
        if self._switched is not None:
            yield from self._switched.data(direction, data, time)
            return
        side = self._sides[direction]
        side.settle()
        side.buffer += data
        yield from self._advance(side, time)
        if self._switched is None:
            side.grant()

    def _advance(self, side: Side, time: float) -> Iterator[Event]:
        progress = True
        while progress and side.buffer and self._switched is None and not side.waiting:
            before = len(side.buffer)
            if side.message is None:
                yield from self._head(side, time)
            else:
                yield from self._body(side, time)
            progress = len(side.buffer) != before

    # -- heads ---------------------------------------------------------------------------------------------------------

    def _head(self, side: Side, time: float) -> Iterator[Event]:
        while side.buffer and side.buffer[0] in b"\r\n":
            del side.buffer[:1]
        end = head_end(side.buffer)
        if end < 0:
            if len(side.buffer) > MAX_HEAD:
                yield from self._lost(side, time, "a head of more than 256 KiB")
            return
        head = bytes(side.buffer[:end])
        line = (STATUS_LINE if side.direction else REQUEST_LINE).match(head)
        if line is None:
            yield from self._lost(side, time, "not HTTP where a message should begin")
            return
        del side.buffer[:end]
        headers = parse_headers(head[line.end() :])
        if side.direction:
            yield from self._response(side, line, headers, time)
        else:
            yield from self._request(side, line, headers, time)

    def _request(self, side: Side, line: re.Match[bytes], headers: Headers, time: float) -> Iterator[Event]:
        method, target = line[1].decode("ascii"), line[2]
        host, port, target = authority_of(self.peers, method, target, headers)
        request = Request(
            time=time,
            method=method,
            scheme="https" if self.peers.tls else "http",
            target=target,
            protocol=f"http/{(line[3] or b'0.9').decode()}",
            headers=headers,
            **self.peers.opening(host, port),  # type: ignore[arg-type]  # the shared fields of Opening
        )
        self._asked.append(request)
        self._host = host
        side.begin(Message(request, 0, peers=self.peers), request_length(headers))
        if method == "CONNECT" or field(headers, b"upgrade"):
            side.waiting = method == "CONNECT"  # what follows may be another protocol: the answer will tell
        yield from self._finish_if_whole(side, time)

    def _response(self, side: Side, line: re.Match[bytes], headers: Headers, time: float) -> Iterator[Event]:
        status = int(line[2])
        asked = self._asked[0] if self._asked else None
        if asked is None:
            asked = self._unseen_request(time)
            yield asked
        response = Response(
            time=time,
            exchange=asked.exchange,
            status=status,
            reason=(line[3] or b"").decode("latin-1"),
            protocol=f"http/{(line[1] or b'1.0').decode()}",
            headers=headers,
        )
        if 100 <= status < 200 and status != 101:
            return
        if self._asked:
            self._asked.popleft()
        if status == 101 or (asked.method == "CONNECT" and 200 <= status < 300):
            yield response
            yield from self._switch(asked, response, time)
            return
        self._sides[0].waiting = False
        bodiless = asked.method == "HEAD" or status in _NO_BODY
        side.begin(Message(response, 1, peers=self.peers), 0 if bodiless else response_length(headers))
        yield from self._finish_if_whole(side, time)
        yield from self._advance(self._sides[0], time)

    def _unseen_request(self, time: float) -> Request:
        return Request(
            time=time,
            method="",
            target=b"",
            scheme="https" if self.peers.tls else "http",
            **self.peers.opening(),  # type: ignore[arg-type]  # the shared fields of Opening
        )

    # -- bodies --------------------------------------------------------------------------------------------------------

    def _body(self, side: Side, time: float) -> Iterator[Event]:
        message = side.message
        assert message is not None
        if side.left == CHUNKED:
            yield from self._chunk(side, message, time)
            return
        take = len(side.buffer) if side.left == UNTIL_CLOSE else min(side.left, len(side.buffer))
        data = bytes(side.buffer[:take])
        del side.buffer[:take]
        if side.left > 0:
            side.left -= take
        yield from message.add(data, time)
        yield from self._finish_if_whole(side, time)

    def _chunk(self, side: Side, message: Message, time: float) -> Iterator[Event]:
        if side.chunk_left:
            data = bytes(side.buffer[: side.chunk_left])
            del side.buffer[: len(data)]
            side.chunk_left -= len(data)
            yield from message.add(data, time)
            return
        end = side.buffer.find(b"\n", 0, MAX_LINE)
        if end < 0:
            if len(side.buffer) > MAX_LINE:
                yield from self._lost(side, time, "a chunk header of more than 64 KiB")
            return
        line = bytes(side.buffer[:end]).strip()
        if not line and not side.trailing:
            del side.buffer[: end + 1]
            return
        if side.trailing:
            yield from self._trailers(side, message, time)
            return
        del side.buffer[: end + 1]
        try:
            side.chunk_left = int(line.partition(b";")[0], 16)
        except ValueError:
            yield from self._lost(side, time, "a chunk without a length")
            return
        side.trailing = side.chunk_left == 0

    def _trailers(self, side: Side, message: Message, time: float) -> Iterator[Event]:
        if side.buffer[:2] == b"\r\n" or side.buffer[:1] == b"\n":
            end = 2 if side.buffer[:1] == b"\r" else 1
        else:
            end = head_end(side.buffer)
            if end < 0:
                return
        trailers = parse_headers(bytes(side.buffer[:end]))
        del side.buffer[:end]
        side.message = None
        yield from message.end(time, trailers)

    def _finish_if_whole(self, side: Side, time: float) -> Iterator[Event]:
        if side.message is not None and side.left == 0:
            message, side.message = side.message, None
            yield from message.end(time)

    # -- what is not plain sailing -------------------------------------------------------------------------------------

    def _switch(self, asked: Request, response: Response, time: float) -> Iterator[Event]:
        """Go on with what the two agreed on: a tunnel, a WebSocket, HTTP/2, or bytes that only they know."""
        upgrade = (field(response.headers, b"upgrade") or b"").lower()
        peers = replace(self.peers, host=asked.host, port=asked.port)
        if upgrade == b"websocket":
            self._switched = WebSocket(asked.exchange, field(response.headers, b"sec-websocket-extensions") or b"")
        elif upgrade.startswith(b"h2"):
            self._switched = self._http2(peers, asked.exchange)
        else:
            self._switched = self._inner(peers)
        for side in self._sides:
            side.settle()
            rest, side.buffer = bytes(side.buffer), bytearray()
            if rest:
                yield from self._switched.data(side.direction, rest, time)

    def _lost(self, side: Side, time: float, why: str) -> Iterator[Event]:
        """Look for the next message that can be read; what is passed over is counted."""
        pattern = STATUS_LINE if side.direction else REQUEST_LINE
        found = next((m.start() for m in pattern.finditer(side.buffer, 1) if plausible(m, side.direction)), -1)
        skipped = found if found > 0 else len(side.buffer)
        yield self._note("undecodable", side, time, skipped, f"HTTP/1: {why}")
        del side.buffer[:skipped]
        if side.message is not None:
            message, side.message = side.message, None
            yield from message.end(time)

    def _note(self, kind: str, side: Side, time: float, size: int, detail: str) -> LedgerNote:
        """A ledger entry about one direction, under the name that its message is for."""
        head = side.message.head if side.message is not None else None
        asked = head if isinstance(head, Request) else self._asked[0] if side.direction and self._asked else None
        note = self.peers.note(kind, time, direction=side.direction, size=size, detail=detail)
        return replace(note, host=(asked.host if asked is not None else self._host) or note.host)

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Bytes are missing: inside a body of known length go on after them, else look for the next message."""
        if self._switched is not None:
            yield from self._switched.gap(direction, size, time)
            return
        side = self._sides[direction]
        side.settle()
        yield self._note("truncated", side, time, size, "missing from the capture")
        if side.message is not None and side.left >= size:
            side.left -= size
            yield from self._finish_if_whole(side, time)
        elif side.message is not None and side.chunk_left > size:
            side.chunk_left -= size
        elif side.message is not None and side.left != UNTIL_CLOSE:
            message, side.message = side.message, None
            side.buffer.clear()
            yield from message.end(time)
        elif side.message is None:
            yield from self._cut_head(side, time)

    def _cut_head(self, side: Side, time: float) -> Iterator[Event]:
        """The end of a head was not captured: tell what there is of it, and nothing of the body."""
        last = side.buffer.rfind(b"\n") + 1
        if 0 < last < len(side.buffer):
            side.buffer.insert(last, ord(":"))  # a field that was cut keeps its bytes but is none by name
        side.buffer += b"\r\n\r\n"
        line = (STATUS_LINE if side.direction else REQUEST_LINE).match(side.buffer)
        if line is not None and (plausible(line, side.direction) or bytes(side.buffer[:4]) in KNOWN_METHODS):
            yield from self._head(side, time)
        message, side.message = side.message, None
        side.buffer.clear()
        if message is not None:
            yield from message.end(time)

    def close(self, time: float) -> Iterator[Event]:
        """End what is open; a body until close is whole now, any other one is cut short."""
        if self._switched is not None:
            yield from self._switched.close(time)
            return
        for side in self._sides:
            side.settle()
            if side.message is None:
                if side.buffer.strip() and not side.waiting:  # a head without an end: no message, but words
                    yield from self._unread(side, time)
                continue
            if side.left != UNTIL_CLOSE:
                yield self._note("truncated", side, time, max(side.left, 0), "body ends early")
            message, side.message = side.message, None
            yield from message.end(time)

    def _unread(self, side: Side, time: float) -> Iterator[Event]:
        raw = Raw(self.peers)
        yield from raw.data(side.direction, bytes(side.buffer), time)
        yield from raw.close(time)
