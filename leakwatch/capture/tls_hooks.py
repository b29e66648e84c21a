"""TLS in the proxy: failed handshakes recorded, pinned hosts passed on unread from then on, and their bytes counted."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mitmproxy import connection, http, tcp, tls, udp
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.tls import parse_client_hello

from leakwatch.capture.hello_gate import HelloGate
from leakwatch.capture.pinning import Host, Pinning, is_refusal
from leakwatch.capture.recorder import Recorder, one_line, recorded
from leakwatch.journal.events import NOWHERE, Address, PassThrough, TlsFailure
from leakwatch.sources.mitmproxy_events import address_of


@dataclass(slots=True)
class _Passed:
    """A connection that is passed on unread: bytes sent by the client and received by it."""

    client: Address
    server: Address
    sni: str
    sent: int = 0
    received: int = 0
    detail: str = ""


class TlsHooks:
    """mitmproxy's TLS and connection hooks, and `next_layer` for pinned hosts."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.fail_open = True
        self._pinning = Pinning()
        self._passed: dict[str, _Passed] = {}
        self._quiet: dict[str, tuple[Host, Address]] = {}
        """Connections whose handshake succeeded and on which nothing came yet, by id."""

    def is_passed(self, client: str) -> bool:
        """Whether the connection with this id is passed on unread."""
        return client in self._passed

    @recorded
    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        if self._recorder.active:
            self._recorder.saw(data.context.client)

    @recorded
    def tls_established_client(self, data: tls.TlsData) -> None:
        client = data.context.client
        self._quiet[client.id] = (_host(client, data.context), _server(data.context))

    @recorded
    def tls_failed_client(self, data: tls.TlsData) -> None:
        if not self._recorder.active:
            return
        client, error = data.context.client, data.conn.error or ""
        refused = is_refusal(error)
        if error.startswith("Cannot parse ClientHello"):
            error = "not a TLS ClientHello"  # the rest of it is what the client sent
        elif refused:
            self._pinning.refused(_host(client, data.context))
        else:
            self._pinning.failed(_host(client, data.context))
        self._failure(client, _server(data.context), refused, error)

    @recorded
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        self._worked(flow.client_conn)

    @recorded
    def tcp_message(self, flow: tcp.TCPFlow | udp.UDPFlow) -> None:
        passed = self._passed.get(flow.client_conn.id)
        if passed is None:
            self._worked(flow.client_conn)
            return
        message = flow.messages[-1]
        if message.from_client:
            passed.sent += len(message.content)
        else:
            passed.received += len(message.content)
        del flow.messages[:-1]

    @recorded
    def tcp_end(self, flow: tcp.TCPFlow | udp.UDPFlow) -> None:
        if flow.client_conn.id in self._passed:
            flow.messages.clear()
            self._end(flow.client_conn.id, one_line(flow.error.msg) if flow.error else "")

    udp_message, udp_end, udp_error, tcp_error = tcp_message, tcp_end, tcp_end, tcp_end

    @recorded
    def client_disconnected(self, client: connection.Client) -> None:
        self._recorder.gone(client)
        self._end(client.id, "")
        quiet = self._quiet.pop(client.id, None)
        if quiet is not None and self._recorder.active:
            host, server = quiet
            if self._pinning.unused(host):
                self._failure(client, server, False, "the client accepted the certificate and left without a word")

    @recorded
    def done(self) -> None:
        for client in list(self._passed):
            self._end(client, "still open when the proxy ended")

    @recorded
    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Pass a connection on where its client refused us before; wait for the whole ClientHello to know its name."""
        context = nextlayer.context
        # Without a destination it is the proxy itself that is spoken to by TLS.
        if nextlayer.layer or not self._pinning.any or not context.server.address:
            return
        data = nextlayer.data_client()  # type: ignore[no-untyped-call]  # mitmproxy has not typed it
        if context.client.transport_protocol != "tcp" or not starts_like_tls_record(data):
            return
        try:
            hello = parse_client_hello(data)
        except ValueError:
            return
        if hello is None:
            nextlayer.layer = HelloGate(context, self._pass_on)
        else:
            nextlayer.layer = self._pass_on(context, hello.sni)

    def _pass_on(self, context: Context, sni: str | None) -> layer.Layer | None:
        """Return the layer that passes a connection on, or None where it is to be read as ever."""
        name = sni or str(context.server.address[0] if context.server.address else "")
        address = address_of(context.client, peer=True)
        if not self.fail_open or not self._pinning.passes((address[0], name)):
            return None
        self._recorder.saw(context.client)
        self._passed[context.client.id] = _Passed(address, _server(context), sni or "")
        return layers.TCPLayer(context)

    def _worked(self, client: connection.Client) -> None:
        quiet = self._quiet.pop(client.id, None)
        if quiet is not None:
            self._pinning.succeeded(quiet[0])

    def _end(self, client: str, detail: str) -> None:
        passed = self._passed.pop(client, None)
        if passed is not None:
            event = PassThrough(
                time=time.time(),
                client=passed.client,
                server=passed.server,
                sni=passed.sni,
                sent=passed.sent,
                received=passed.received,
                detail=detail,
            )
            self._recorder.record(event)

    def _failure(self, client: connection.Client, server: Address, refused: bool, detail: str) -> None:
        event = TlsFailure(
            time=time.time(),
            client=address_of(client, peer=True),
            server=server,
            sni=client.sni or "",
            refused=refused,
            detail=one_line(detail),
        )
        self._recorder.record(event)


def _server(context: Context) -> Address:
    """Return the destination as it was asked for: a name where the client gave the proxy one."""
    return (str(context.server.address[0]), int(context.server.address[1])) if context.server.address else NOWHERE


def _host(client: connection.Client, context: Context) -> Host:
    return address_of(client, peer=True)[0], client.sni or _server(context)[0]
