"""Frames as they pass an interface, through the readers of captures: events at once, not at a file's end."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence

from leakwatch.journal.events import Address, Event
from leakwatch.sources.pcap.conversation import Conversation
from leakwatch.sources.pcap.detect import Detecting
from leakwatch.sources.pcap.ip import TCP, UDP, Reassembler, address
from leakwatch.sources.pcap.link import LAYERS
from leakwatch.sources.pcap.peers import Numbering, Peers
from leakwatch.sources.pcap.tcp import Connections
from leakwatch.sources.pcap.tls_keys import Keys
from leakwatch.sources.pcap.udp import Datagrams

IDLE = 30.0
"""Seconds of silence after which a UDP conversation is ended (NAT routers give it about as long, RFC 4787)."""


class LiveCapture:
    """One interface: `phone` (its IP addresses) limits it to one host, `without` leaves out a port, the proxy's own.

    Where the computer's addresses are given as `own`, the port is left out only there: the same port of another host
    is no proxy of ours.
    """

    def __init__(self, phone: Sequence[str] = (), without: int = 0, own: Sequence[str] = ()) -> None:
        self._phone = frozenset(ipaddress.ip_address(address).packed for address in phone)
        self._without = without.to_bytes(2, "big") if without else b""
        self._own = frozenset(ipaddress.ip_address(address).packed for address in own)
        self._ip = Reassembler()
        self._numbering, keys = Numbering(), Keys()

        def open_conversation(client: Address, server: Address, time: float) -> Conversation:
            connection = f"t{self._numbering.conversation()}"
            return Detecting(Peers(self._numbering, connection, client, server), keys)

        self._tcp = Connections(open_conversation)
        self._udp = Datagrams(self._numbering, keys, lambda: "")
        self._heard: dict[tuple[bytes, bytes, int, int], float] = {}
        """When UDP was heard last, by addresses and ports."""

    def frame(self, time: float, link: int, data: bytes) -> Iterator[Event]:
        """Take one frame of LINKTYPE `link`; what is no IP is passed over."""
        layer = LAYERS.get(link)
        offset = layer(data) if layer else -1
        datagram = self._ip.datagram(data, offset) if offset >= 0 else None
        if datagram is None or (self._phone and self._phone.isdisjoint((datagram.source, datagram.destination))):
            return
        ports = datagram.data[:4]
        ends = (datagram.source, ports[:2]), (datagram.destination, ports[2:])
        if self._without and any(port == self._without and self._is_ours(address) for address, port in ends):
            return
        if datagram.protocol == TCP:
            yield from self._tcp.packet(datagram.source, datagram.destination, datagram.data, time, address)
        elif datagram.protocol == UDP and len(ports) == 4:
            key = datagram.source, datagram.destination, ports[0] << 8 | ports[1], ports[2] << 8 | ports[3]
            back = key[1], key[0], key[3], key[2]
            self._heard[back if back in self._heard else key] = time
            yield from self._udp.packet(datagram.source, datagram.destination, datagram.data, time, address)

    def _is_ours(self, address: bytes) -> bool:
        return not self._own or address in self._own

    def ended(self, time: float) -> Iterator[Event]:
        """Yield what conversations tell that have ended meanwhile: closed TCP, UDP that has been silent."""
        yield from self._tcp.end_finished()
        for key in [key for key, last in self._heard.items() if time - last > IDLE]:
            del self._heard[key]
            yield from self._udp.end(key, time)

    def close(self, time: float) -> Iterator[Event]:
        """Nothing more will come: end every conversation."""
        yield from self._tcp.close()
        yield from self._udp.close(time)
