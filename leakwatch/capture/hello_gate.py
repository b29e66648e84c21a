"""A layer that holds a TLS connection until its ClientHello is whole, and only then decides what becomes of it.

A ClientHello with a post-quantum key share takes two packets; mitmproxy chooses the next layer on the first.
"""

from __future__ import annotations

from collections.abc import Callable

from mitmproxy.proxy import events, layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.tls import parse_client_hello

_MAX_HELLO = 1 << 17


class HelloGate(layer.Layer):
    """Asks `choose(context, sni)` for the layer once the name is known; None means TLS as mitmproxy would do it."""

    def __init__(self, context: Context, choose: Callable[[Context, str | None], layer.Layer | None]) -> None:
        super().__init__(context)
        self._choose = choose
        self._events: list[events.Event] = []
        self._data = bytearray()

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        self._events.append(event)
        whole, sni = isinstance(event, events.ConnectionClosed), None
        if isinstance(event, events.DataReceived) and event.connection == self.context.client:
            self._data += event.data
            try:
                hello = parse_client_hello(bytes(self._data))
            except ValueError:
                whole = True
            else:
                whole = hello is not None or len(self._data) > _MAX_HELLO
                sni = hello.sni if hello else None
        if whole:
            child = self._choose(self.context, sni) or self._tls()
            self._handle_event = child.handle_event  # type: ignore[method-assign]  # how mitmproxy's layers move on
            for held in self._events:
                yield from child.handle_event(held)

    def _tls(self) -> layer.Layer:
        """Return what mitmproxy's own `next_layer` sets for TLS."""
        server = layers.ServerTLSLayer(self.context)
        server.child_layer = layers.ClientTLSLayer(self.context)
        return server
