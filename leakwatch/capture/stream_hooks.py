"""TCP, UDP and DNS in the proxy: each message recorded before it moves on, or counted where it is passed on unread."""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from mitmproxy import dns, tcp, udp

from leakwatch.capture.recorder import Recorder, one_line, recorded
from leakwatch.capture.tls_hooks import TlsHooks
from leakwatch.journal.events import ExchangeFailed, StreamClosed
from leakwatch.sources.mitmproxy_events import dns_event, message_event, stream_opened

Flow = tcp.TCPFlow | udp.UDPFlow


class StreamHooks:
    """mitmproxy's TCP, UDP and DNS hooks; `tls` knows which connections are passed on unread."""

    def __init__(self, recorder: Recorder, tls: TlsHooks) -> None:
        self._recorder = recorder
        self._tls = tls
        self._messages: WeakKeyDictionary[Flow, int] = WeakKeyDictionary()
        self._queries: WeakKeyDictionary[dns.DNSFlow, int] = WeakKeyDictionary()

    @recorded
    def tcp_message(self, flow: Flow) -> None:
        if not self._recorder.active:
            return
        message = flow.messages[-1]
        if not self._tls.count(flow.client_conn, message):
            number = self._messages.get(flow, 0)
            if not number:
                self._tls.worked(flow.client_conn)
                self._recorder.saw(flow.client_conn)
                self._recorder.record(stream_opened(flow, self._recorder.number()))
            protocol = "udp" if isinstance(flow, udp.UDPFlow) else "tcp"
            self._recorder.record(message_event(message, flow.id, protocol, number))
            self._messages[flow] = number + 1
        # The last one stays: mitmproxy's own addons, which run after us, look at it.
        del flow.messages[:-1]

    @recorded
    def tcp_end(self, flow: Flow) -> None:
        if self._tls.ended(flow.client_conn.id):
            flow.messages.clear()
        elif self._messages.pop(flow, None) is not None:
            self._recorder.record(StreamClosed(time=time.time(), exchange=flow.id))

    @recorded
    def tcp_error(self, flow: Flow) -> None:
        if not self._recorder.active:
            return
        detail = one_line(flow.error.msg) if flow.error else ""
        if self._tls.ended(flow.client_conn.id, detail):
            flow.messages.clear()
            return
        if self._messages.pop(flow, None) is None:
            self._recorder.record(stream_opened(flow, self._recorder.number()))
        self._recorder.record(ExchangeFailed(time=time.time(), exchange=flow.id, detail=detail))

    udp_message, udp_end, udp_error = tcp_message, tcp_end, tcp_error

    @recorded
    def dns_request(self, flow: dns.DNSFlow) -> None:
        if self._recorder.active:
            self._recorder.saw(flow.client_conn)
            number = self._queries[flow] = self._recorder.number()
            self._recorder.record(dns_event(flow, flow.request, number))

    @recorded
    def dns_response(self, flow: dns.DNSFlow) -> None:
        if self._recorder.active and flow.response is not None:
            self._recorder.record(dns_event(flow, flow.response, self._queries.get(flow, -1)))

    @recorded
    def dns_error(self, flow: dns.DNSFlow) -> None:
        if self._recorder.active:
            detail = one_line(flow.error.msg) if flow.error else ""
            self._recorder.record(ExchangeFailed(time=time.time(), exchange=flow.id, detail=detail))
