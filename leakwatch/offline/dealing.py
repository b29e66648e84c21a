"""Which process takes which flow: all flows of a host are one's, and every process comes to the same answer."""

from __future__ import annotations

import zlib
from collections import OrderedDict

from leakwatch.journal.events import (
    BodyEnd,
    DnsMessage,
    Event,
    ExchangeFailed,
    Opening,
    Response,
    StreamClosed,
)
from leakwatch.model import Direction
from leakwatch.offline.weight import weight

SWITCHING = 101
"""The status after which an exchange goes on as a WebSocket (RFC 9110 §15.2.2)."""
_HOSTS = 50_000
_ENDED = 50_000
_FLOW, _TOLD = 60_000, 10_000
"""What searching a flow costs besides its bytes, and what the first process has to do for each of them, in bytes."""
_BEGUN = 2 << 20
"""What the first process does before and after, in bytes."""


def ends(event: Event) -> bool:
    """Whether this is as a rule the last event of its exchange: once another one follows, no leak is found in it."""
    if isinstance(event, Response):
        return event.complete and event.status != SWITCHING
    if isinstance(event, BodyEnd):
        return event.direction is Direction.RESPONSE
    return isinstance(event, ExchangeFailed | StreamClosed | DnsMessage)


class Dealer:
    """Deals events to `hands` processes by the hosts of their flows: a new host goes to who has the least so far.

    What is found in a flow may depend on earlier ones to the same host (salts that led to nothing), on no others.
    """

    def __init__(self, hands: int) -> None:
        self._loads = [_BEGUN] + [0] * (hands - 1)
        self._hosts: dict[str, int] = {}
        self._open: dict[str, int] = {}
        self._ended: OrderedDict[str, int] = OrderedDict()

    def hand(self, event: Event) -> int:
        """Return who takes the next event; what belongs to no known flow is taken by the first."""
        name = event.exchange
        if isinstance(event, Opening):
            hand = self._of_host(event.host.lower())
            self._loads[hand] += _FLOW
            self._loads[0] += _TOLD
            self._open[name] = hand
        else:
            hand = self._open.get(name, self._ended.get(name, 0))
        self._loads[hand] += weight(event)
        if ends(event) and self._open.pop(name, None) is not None:
            self._ended[name] = hand
            if len(self._ended) > _ENDED:
                self._ended.popitem(last=False)
        return hand

    def _of_host(self, host: str) -> int:
        if (known := self._hosts.get(host)) is not None:
            return known
        if len(self._hosts) >= _HOSTS:
            return zlib.crc32(host.encode("utf-8", "surrogatepass")) % len(self._loads)
        hand = self._hosts[host] = self._loads.index(min(self._loads))
        return hand
