"""UDP conversations: DNS and its kin, QUIC, and the payloads of everything else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator

from leakwatch.journal.events import Address, Event
from leakwatch.journal.places.stun import is_stun
from leakwatch.sources.pcap import dns
from leakwatch.sources.pcap.peers import Numbering, Peers
from leakwatch.sources.pcap.quic import Quic, is_from_server, is_quic
from leakwatch.sources.pcap.raw import Raw
from leakwatch.sources.pcap.tls_keys import Keys

MAX_OPEN = 20_000
PROTOCOLS = {1900: "ssdp", 3478: "stun", 514: "syslog", 123: "ntp", 67: "dhcp", 68: "dhcp", 547: "dhcpv6", 137: "nbns"}
"""What a raw UDP conversation is called, by the port of either side."""


class Datagrams:
    """All UDP conversations of a capture: the side that spoke first is the client."""

    def __init__(self, numbering: Numbering, keys: Keys, app: Callable[[], str]) -> None:
        self.numbering, self.keys, self._app = numbering, keys, app
        self._flows: OrderedDict[tuple[bytes, bytes, int, int], tuple[Raw | Quic | _Dns, int]] = OrderedDict()
        self.seen = 0

    def packet(
        self, source: bytes, destination: bytes, data: bytes, time: float, address: Callable[[bytes], str]
    ) -> Iterator[Event]:
        """Take one UDP packet (header and payload)."""
        if len(data) < 8:
            return
        sport, dport = data[0] << 8 | data[1], data[2] << 8 | data[3]
        size = data[4] << 8 | data[5]
        payload = data[8 : size if size >= 8 else len(data)]
        key = (source, destination, sport, dport)
        found = self._flows.get(key)
        if found is None:
            back = self._flows.get((destination, source, dport, sport))
            if back is not None:
                found = (back[0], 1 - back[1])
        if found is not None and isinstance(found[0], Quic) and found[0].is_over(found[1], payload):
            for over in (key, (destination, source, dport, sport)):
                yield from self.end(over, time)
            found = None
        if found is None:
            ends = (address(source), sport), (address(destination), dport)
            answers = int(is_quic(payload) and is_from_server(payload, sport, dport))
            found = (self._open(ends[answers], ends[1 - answers], payload), answers)
            if isinstance(found[0], _Dns) and payload[2:3] and payload[2] & 0x80:
                found = (found[0], 1)  # the query was not captured: this is the answer
            self.seen += 1
            self._flows[key] = found
            if len(self._flows) > MAX_OPEN:
                yield from self._flows.popitem(last=False)[1][0].close(time)
        if payload:
            yield from found[0].data(found[1], payload, time)

    def _open(self, client: Address, server: Address, payload: bytes) -> Raw | Quic | _Dns:
        connection = f"u{self.numbering.conversation()}"
        peers = Peers(self.numbering, connection, client, server, app=self._app())
        name = dns.PORTS.get(server[1]) or dns.PORTS.get(client[1])
        if name:
            return _Dns(peers, name)
        if is_quic(payload):
            return Quic(peers, self.keys)
        name = "stun" if is_stun(payload) else PROTOCOLS.get(server[1]) or PROTOCOLS.get(client[1])
        if not name and dns.looks_like(payload):
            return _Dns(peers, "dns")
        return Raw(peers, name or "udp")

    def end(self, key: tuple[bytes, bytes, int, int], time: float) -> Iterator[Event]:
        """End one conversation, named by the addresses and ports of its first packet."""
        found = self._flows.pop(key, None)
        if found is not None:
            yield from found[0].close(time)

    def close(self, time: float) -> Iterator[Event]:
        """End every conversation."""
        for conversation, _ in self._flows.values():
            yield from conversation.close(time)
        self._flows.clear()


class _Dns:
    """DNS, mDNS or LLMNR messages; what is not one goes on raw."""

    def __init__(self, peers: Peers, protocol: str) -> None:
        self.peers, self.protocol = peers, protocol
        self._raw = Raw(peers, "udp")

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take one datagram."""
        found = dns.message(self.peers, data, time, self.protocol, direction)
        if found is not None:
            yield found
        else:
            yield from self._raw.data(direction, data, time)

    def close(self, time: float) -> Iterator[Event]:
        """The conversation ended."""
        yield from self._raw.close(time)
