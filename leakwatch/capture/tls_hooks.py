"""TLS in the proxy: failed handshakes recorded, pinned hosts passed on unread from then on, and their bytes counted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from mitmproxy import connection, tcp, tls, udp
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.tls import parse_client_hello

from leakwatch.capture.hello_gate import HelloGate
from leakwatch.capture.pinning import Host, Pinning, is_refusal
from leakwatch.capture.quic_gate import QuicGate
from leakwatch.capture.recorder import Recorder, one_line, recorded
from leakwatch.capture.tls_content import TlsContent
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
    content: TlsContent = field(default_factory=TlsContent)


class TlsHooks:
    """mitmproxy's TLS and connection hooks, and `next_layer` for pinned hosts."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.fail_open = True
        self._pinning = Pinning()
        self.quic = QuicGate(recorder)
        self._passed: dict[str, _Passed] = {}
        self._quiet: dict[str, tuple[Host, Address]] = {}
        """Connections whose handshake succeeded and on which nothing came yet, by id."""

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

    def worked(self, client: connection.Client) -> None:
        """A client sent something that could be read."""
        quiet = self._quiet.pop(client.id, None)
        if quiet is not None:
            self._pinning.succeeded(quiet[0])

    def count(self, client: connection.Client, message: tcp.TCPMessage | udp.UDPMessage) -> bool:
        """Count a message of a connection that is passed on unread; False where it is not."""
        passed = self._passed.get(client.id)
        if passed is None:
            return False
        if message.from_client:
            passed.sent += len(message.content)
        else:
            passed.received += len(message.content)
        passed.content.take(0 if message.from_client else 1, message.content)
        return True

    def ended(self, client: str, detail: str = "") -> bool:
        """A connection ended; True where it was passed on unread, which is recorded now."""
        passed = self._passed.pop(client, None)
        if passed is None:
            return False
        event = PassThrough(
            time=time.time(),
            client=passed.client,
            server=passed.server,
            sni=passed.sni,
            sent=passed.sent,
            received=passed.received,
            detail=detail,
            content=sum(passed.content.bytes),
        )
        self._recorder.record(event)
        return True

    def end_all(self) -> None:
        """Record every connection that is passed on unread as it stands: the proxy ends."""
        for client in list(self._passed):
            self.ended(client, "still open when the proxy ended")

    @recorded
    def client_disconnected(self, client: connection.Client) -> None:
        self._recorder.gone(client)
        self.ended(client.id)
        self.quic.ended(client.id)
        quiet = self._quiet.pop(client.id, None)
        if quiet is not None and self._recorder.active:
            host, server = quiet
            if self._pinning.unused(host):
                self._failure(client, server, False, "the client accepted the certificate and left without a word")

    @recorded
    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Pass a connection on where its client refused us before; wait for the whole ClientHello to know its name."""
        context = nextlayer.context
        if nextlayer.layer is None and self._recorder.active and self.quic.takes(nextlayer):
            nextlayer.layer = self.quic.layer(context)
            return
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
        address = address_of(context.client)
        if not self.fail_open or not self._pinning.passes((address[0], name)):
            return None
        self._recorder.saw(context.client)
        self._passed[context.client.id] = _Passed(address, _server(context), sni or "")
        return layers.TCPLayer(context)

    def _failure(self, client: connection.Client, server: Address, refused: bool, detail: str) -> None:
        event = TlsFailure(
            time=time.time(),
            client=address_of(client),
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
    return address_of(client)[0], client.sni or _server(context)[0]
