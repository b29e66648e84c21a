"""HTTP and WebSocket in the proxy: each request, response, chunk and message recorded before it moves on."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from mitmproxy import http
from mitmproxy.connection import Client

from leakwatch.capture.keeping import Keeping
from leakwatch.capture.recorder import Recorder, one_line, recorded
from leakwatch.journal.events import BodyChunk, BodyEnd, ExchangeFailed, LedgerNote, StreamClosed
from leakwatch.journal.framing import CHUNK
from leakwatch.model import Direction
from leakwatch.sources.mitmproxy_events import host_of, message_event, request_event, response_event, trailers_of


class _Exchange:
    """How far a flow is recorded."""

    __slots__ = ("dropped", "messages", "request", "streams_request", "streams_response")

    def __init__(self) -> None:
        self.request = False
        self.streams_request = False
        self.streams_response = False
        self.dropped = 0
        self.messages = 0


class HttpHooks:
    """mitmproxy's HTTP and WebSocket hooks; `keeping` says what goes through in chunks and how much is kept.

    `worked` is told of every client that sends something that can be read.
    """

    def __init__(self, recorder: Recorder, worked: Callable[[Client], None]) -> None:
        self._recorder = recorder
        self._worked = worked
        self.keeping = Keeping()

    @recorded
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if not self._recorder.active:
            return
        self._recorder.saw(flow.client_conn)
        self._worked(flow.client_conn)
        exchange = _exchange(flow)
        if self.keeping.streams(flow.request):
            exchange.request = exchange.streams_request = True
            self._recorder.record(request_event(flow, self._recorder.number(), body=b"", complete=False))
            flow.request.stream = self._chunks(flow, Direction.REQUEST)

    @recorded
    def request(self, flow: http.HTTPFlow) -> None:
        exchange = self._exchange(flow)
        if exchange is None:
            return
        if exchange.streams_request:
            exchange.streams_request = False
            trailers = trailers_of(flow.request)
            end = BodyEnd(time=time.time(), exchange=flow.id, direction=Direction.REQUEST, trailers=trailers)
            self._recorder.record(end)
        elif not exchange.request:
            exchange.request = True
            self._recorder.record(request_event(flow, self._recorder.number()))

    @recorded
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        exchange = self._exchange(flow)
        if exchange is not None and flow.response is not None and self.keeping.streams(flow.request, flow.response):
            exchange.streams_response = True
            self._recorder.record(response_event(flow, body=b"", complete=False))
            flow.response.stream = self._chunks(flow, Direction.RESPONSE, self.keeping.limit(flow.response))

    @recorded
    def response(self, flow: http.HTTPFlow) -> Awaitable[None] | None:
        exchange = self._exchange(flow)
        if exchange is None or flow.response is None:
            return None
        if exchange.streams_response:
            exchange.streams_response = False
            trailers = trailers_of(flow.response)
            end = BodyEnd(time=time.time(), exchange=flow.id, direction=Direction.RESPONSE, trailers=trailers)
            self._recorder.record(end)
            self._note_dropped(flow, exchange)
            return None
        body = flow.response.raw_content or b""
        limit = self.keeping.limit(flow.response)
        if len(body) <= limit:
            return self._recorder.record_large(response_event(flow, body=body), len(body))
        exchange.dropped = len(body) - limit
        self._note_dropped(flow, exchange)
        return self._recorder.record_large(response_event(flow, body=body[:limit]), limit)

    @recorded
    def error(self, flow: http.HTTPFlow) -> None:
        exchange = self._exchange(flow)
        if exchange is None:
            return
        if not exchange.request:  # broke off before its body was whole, and so before anything was forwarded
            exchange.request = True
            self._recorder.record(request_event(flow, self._recorder.number()))
        self._note_dropped(flow, exchange)
        detail = one_line(flow.error.msg) if flow.error else ""
        self._recorder.record(ExchangeFailed(time=time.time(), exchange=flow.id, detail=detail))

    @recorded
    def websocket_message(self, flow: http.HTTPFlow) -> None:
        exchange = self._exchange(flow)
        if exchange is None or flow.websocket is None:
            return
        messages = flow.websocket.messages
        self._recorder.record(message_event(messages[-1], flow.id, "websocket", exchange.messages))
        exchange.messages += 1
        # The last one stays: mitmproxy's own addons, which run after us, look at it.
        del messages[:-1]

    @recorded
    def websocket_end(self, flow: http.HTTPFlow) -> None:
        if self._exchange(flow) is not None:
            self._recorder.record(StreamClosed(time=time.time(), exchange=flow.id))

    def _exchange(self, flow: http.HTTPFlow) -> _Exchange | None:
        return _exchange(flow) if self._recorder.active else None

    def _chunks(self, flow: http.HTTPFlow, direction: Direction, limit: int | None = None) -> Callable[[bytes], bytes]:
        """Return what mitmproxy calls with each chunk, and at the end with nothing; up to `limit` bytes are kept."""
        exchange = _exchange(flow)
        identity = flow.id
        kept = 0

        @recorded
        def chunk(data: bytes) -> bytes:
            nonlocal kept
            part = data if limit is None else data[: limit - kept]
            kept += len(part)
            exchange.dropped += len(data) - len(part)
            for start in range(0, len(part), CHUNK):
                piece = part[start : start + CHUNK]
                self._recorder.record(BodyChunk(time=time.time(), exchange=identity, direction=direction, data=piece))
            return data

        return chunk

    def _note_dropped(self, flow: http.HTTPFlow, exchange: _Exchange) -> None:
        if exchange.dropped and flow.response is not None:
            kind = one_line(flow.response.headers.get("content-type", "no type"), 80)
            note = LedgerNote(
                time=time.time(),
                kind="not_kept",
                exchange=flow.id,
                host=host_of(flow.request),
                direction=Direction.RESPONSE,
                bytes=exchange.dropped,
                detail=f"the rest of a response of {kind}",
            )
            self._recorder.record(note)
            exchange.dropped = 0


def _exchange(flow: http.HTTPFlow) -> _Exchange:
    """Return a flow's state, kept on the flow itself and gone with it; one never seen before gets a new one."""
    state = vars(flow)
    exchange = state.get("leakwatch")
    if not isinstance(exchange, _Exchange):
        exchange = state["leakwatch"] = _Exchange()
    return exchange
