"""Tells by its first bytes what a connection speaks and hands it to the reader for that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from leakwatch.journal.events import Event
from leakwatch.journal.mqtt import is_connect, packet_size
from leakwatch.sources.pcap.conversation import Conversation, Lane
from leakwatch.sources.pcap.dns import DnsOverTcp
from leakwatch.sources.pcap.http1 import Http1
from leakwatch.sources.pcap.http1_head import KNOWN_METHODS, REQUEST_LINE, STATUS_LINE
from leakwatch.sources.pcap.http2 import PREFACE, Http2
from leakwatch.sources.pcap.mqtt import Mqtt
from leakwatch.sources.pcap.peers import Peers
from leakwatch.sources.pcap.raw import Raw
from leakwatch.sources.pcap.socks import Socks
from leakwatch.sources.pcap.tls import Tls
from leakwatch.sources.pcap.tls_hello import is_client_hello, old_hello
from leakwatch.sources.pcap.tls_keys import Keys

_METHOD = re.compile(rb"[A-Za-z][A-Za-z_-]{1,31} +\S")
_UNDECIDED = re.compile(
    rb"[A-Za-z][A-Za-z_-]{0,31} *|PRI \* ?[HTP/2.0\r\n]{0,18}|\x10[^\x00]{1,4}\x00?.?M?[QIsdpT]{0,5}|[\4\5].{0,9}", re.S
)
"""The beginnings of what can only be told by more bytes: a method, HTTP/2's preface, MQTT's and SOCKS's greetings."""
_ENOUGH = 4096


class Detecting:
    """A connection whose protocol is not known yet: holds the first bytes until they tell."""

    def __init__(self, peers: Peers, keys: Keys, depth: int = 0) -> None:
        self.peers, self.keys, self.depth = peers, keys, depth
        self._held: list[tuple[int, bytes, float]] = []
        self._heads = (bytearray(), bytearray())
        self._chosen: Conversation | None = None
        self.lanes = (Lane(), Lane())

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes of a direction; once the protocol is plain, everything held goes to its reader."""
        if self._chosen is not None:
            if direction == 0 and isinstance(self._chosen, Raw) and is_client_hello(data):
                yield from self._chosen.close(time)  # STARTTLS and its like, agreed on in whatever words
                self._chosen = Tls(self.peers, self.keys, self.inner, self.lanes)
            yield from self._chosen.data(direction, data, time)
            return
        self._held.append((direction, data, time))
        head = self._heads[direction]
        if len(head) < _ENOUGH:
            head += data
        chosen = self._choose(direction, head)
        if chosen is not None:
            yield from self._begin(chosen)

    def _begin(self, chosen: Conversation) -> Iterator[Event]:
        self._chosen = chosen
        held, self._held = self._held, []
        for direction, data, time in held:
            yield from chosen.data(direction, data, time)

    def _choose(self, direction: int, head: bytearray) -> Conversation | None:
        peers = self.peers
        if self.depth > 4:
            return Raw(peers)
        if self.peers.alpn == "h2" or (direction == 0 and head.startswith(PREFACE[:14])):
            return Http2(peers, inner=self.inner)
        if head[:2] == b"\x16\x03" or (direction == 0 and old_hello(head)[1]):
            return Tls(peers, self.keys, self.inner, self.lanes)
        ports = (peers.server[1], peers.client[1])
        if (direction == 0 and is_connect(head)) or (1883 in ports and _is_mqtt(head)):
            return Mqtt(peers)
        if (53 in ports and peers.port in (0, 53)) or (853 in ports and peers.tls):
            return DnsOverTcp(peers)
        if direction == 0 and len(head) > 2 and head[0] in (4, 5) and _is_socks(head):
            return Socks(peers, self.inner)
        if direction == 1 and STATUS_LINE.match(head):
            return self._http1()
        return self._choose_text(direction, head)

    def _choose_text(self, direction: int, head: bytearray) -> Conversation | None:
        if direction == 0 and _METHOD.match(head):
            known = bytes(head[:4]) in KNOWN_METHODS
            line = REQUEST_LINE.match(head)
            if line and (line[3] or (known and line[2].startswith((b"/", b"http://")))):
                return self._http1()
            if b"\n" not in head and len(head) < _ENOUGH and (len(head) < 4 or known):
                return None
        if len(head) < 4 or (direction == 0 and _UNDECIDED.fullmatch(head)):
            return None
        if direction == 1 and not self._heads[0] and len(head) < _ENOUGH:
            return None  # the server greets first: what the client says will tell
        return Raw(self.peers)

    def _http1(self) -> Http1:
        return Http1(self.peers, self.inner, lambda peers, asked: Http2(peers, asked, self.inner), self.lanes)

    def inner(self, peers: Peers) -> Detecting:
        """The conversation inside a tunnel, an upgrade or TLS: to be told anew."""
        return Detecting(replace(peers), self.keys, self.depth + 1)

    def gap(self, direction: int, size: int, time: float) -> Iterator[Event]:
        """Bytes are missing."""
        if self._chosen is None and not self._heads[direction]:
            yield self.peers.note("truncated", time, direction=direction, size=size, detail="missing from the capture")
            return
        if self._chosen is None:
            asks = direction == 0 and bytes(self._heads[0][:4]) in KNOWN_METHODS
            yield from self._begin(self._http1() if asks else Raw(self.peers))
        assert self._chosen is not None
        yield from self._chosen.gap(direction, size, time)

    def close(self, time: float) -> Iterator[Event]:
        """The connection ended; what never told its protocol goes on raw."""
        if self._chosen is None and self._held:
            yield from self._begin(Raw(self.peers))
        if self._chosen is not None:
            yield from self._chosen.close(time)


def _is_mqtt(head: bytearray) -> bool:
    """Whether these are whole control packets: a capture may begin after the CONNECT."""
    at = 0
    while at < len(head) and (size := packet_size(head[at : at + 5])) > 1:
        at += size
    return at == len(head)


def _is_socks(head: bytearray) -> bool:
    if head[0] == 5:
        methods = head[2 : 2 + head[1]]
        return 0 < head[1] <= 8 and len(methods) == head[1] and max(methods) <= 2
    return len(head) >= 9 and head[1] in (1, 2)
