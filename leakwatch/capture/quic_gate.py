"""QUIC in the proxy: blocked, so that apps fall back to TCP, or passed on unread; counted either way, with its name.

It reaches the proxy only in modes that take UDP (`wireguard`, `tun`, `local`). A proxy setting (`regular`) takes none:
such QUIC goes past it. In reverse modes somebody asked for HTTP/3 to be opened: they are left alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from mitmproxy.proxy import commands, events, layer, layers, mode_specs
from mitmproxy.proxy.context import Context

from leakwatch.capture.recorder import Recorder
from leakwatch.journal.events import NOWHERE, LedgerNote
from leakwatch.sources.mitmproxy_events import address_of
from leakwatch.sources.pcap.peers import Numbering, Peers
from leakwatch.sources.pcap.quic import Quic, is_quic
from leakwatch.sources.pcap.tls_keys import Keys

_LEFT_ALONE = (mode_specs.ReverseMode, mode_specs.DnsMode)
_HELLO_DATAGRAMS = 8
"""The ClientHello is whole within so many datagrams, or its name stays unknown."""


@dataclass(slots=True)
class _Connection:
    """One QUIC connection; `content` counts its packets after the handshake, the only ones with an app's data."""

    server: str
    reader: Quic
    passed: bool
    datagrams: int = 0
    total: int = 0
    content: int = 0

    def take(self, data: bytes, from_client: bool) -> None:
        """Count a datagram, and read the name from the client's first ones."""
        self.total += len(data)
        if not data[:1] or not data[0] & 0x80:  # a short header (RFC 9000 §17.3)
            self.content += len(data)
        if from_client and self.datagrams < _HELLO_DATAGRAMS and not self.reader.sni:
            self.datagrams += 1
            for _ in self.reader.data(0, data, 0.0):
                pass


class QuicGate:
    """Decides what becomes of QUIC connections, and writes them into the ledger once they end."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.passing = False
        self._open: dict[str, _Connection] = {}

    def takes(self, nextlayer: layer.NextLayer) -> bool:
        """Whether a new connection is QUIC that came here as part of all traffic."""
        client = nextlayer.context.client
        if client.transport_protocol != "udp" or isinstance(client.proxy_mode, _LEFT_ALONE):
            return False
        return is_quic(nextlayer.data_client())  # type: ignore[no-untyped-call]  # mitmproxy has not typed it

    def layer(self, context: Context) -> layer.Layer:
        """Return the layer for such a connection, and begin to count it."""
        self._recorder.saw(context.client)
        server = context.server.address or NOWHERE
        peers = Peers(Numbering(), "", address_of(context.client), (str(server[0]), int(server[1])))
        connection = _Connection(str(server[0]), Quic(peers, Keys()), self.passing)
        self._open[context.client.id] = connection
        return _Passed(context, connection) if self.passing else _Blocked(context, connection)

    def ended(self, client: str) -> None:
        """A client's connection ended; if it was QUIC, it is recorded now."""
        connection = self._open.pop(client, None)
        if connection is None:
            return
        what = "passed on unread" if connection.passed else "blocked"
        note = LedgerNote(
            time=time.time(),
            kind="quic",
            host=connection.reader.sni or connection.server,
            bytes=connection.content if connection.passed else 0,
            detail=f"{what}; {connection.total} bytes of UDP",
        )
        self._recorder.record(note)

    def end_all(self) -> None:
        """Record what is still open: the proxy ends."""
        for client in list(self._open):
            self.ended(client)


class _Blocked(layer.Layer):
    """Takes everything and answers nothing."""

    def __init__(self, context: Context, connection: _Connection) -> None:
        super().__init__(context)
        self._connection = connection

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.DataReceived):
            self._connection.take(event.data, True)
        elif isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self.context.client)


class _Passed(layers.UDPLayer):
    """Passes datagrams on and counts them; no flow is made of them."""

    def __init__(self, context: Context, connection: _Connection) -> None:
        super().__init__(context, ignore=True)
        self._connection = connection

    def handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.DataReceived):
            self._connection.take(event.data, event.connection == self.context.client)
        yield from super().handle_event(event)
