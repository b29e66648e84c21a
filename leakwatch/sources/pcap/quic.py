"""QUIC v1 and v2: the ClientHello is open to everybody; streams are opened where a key log has their secrets.

Initial secrets are public by design (RFC 9001 §5.2, RFC 9369 §3.3). What stays closed is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from leakwatch.journal.events import Event, LedgerNote, StreamClosed, StreamMessage, StreamOpened
from leakwatch.sources.pcap import tls_hello
from leakwatch.sources.pcap.http3 import Http3
from leakwatch.sources.pcap.peers import DIRECTIONS, Peers
from leakwatch.sources.pcap.quic_frames import CRYPTO, Ordered, frames
from leakwatch.sources.pcap.quic_packets import GOOGLE_SALTS, LongPacket, PacketKeys, initial_keys, is_known, packets
from leakwatch.sources.pcap.tls_keys import Keys

_MAX_STREAMS, _MAX_WAITING = 10_000, 64
_SECRETS = ("CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")


def is_quic(payload: bytes) -> bool:
    """Whether a first datagram is a QUIC long-header packet of a version that has Initial packets."""
    if len(payload) < 21 or not payload[0] & 0x80:
        return False
    return is_known(int.from_bytes(payload[1:5], "big"))


def is_from_server(payload: bytes, sport: int, dport: int) -> bool:
    """Whether a first datagram is the server's: an Initial of the client's opens with its own destination id."""
    first = next(packets(payload), None)
    if isinstance(first, bytes):
        return False
    if (
        first
        and first.kind == 0
        and initial_keys(first.version, first.destination, 0).open(first.data, first.at) is not None
    ):
        return False
    return sport < dport


class Quic:
    """One connection."""

    def __init__(self, peers: Peers, keys: Keys) -> None:
        self.peers, self.keys = peers, keys
        self._hello: tls_hello.ClientHello | None = None
        self._crypto = Ordered()
        self._hello_bytes = bytearray()
        self._destinations: list[bytes] = []
        self._id_sizes = [-1, -1]
        self._given: set[bytes] = set()
        """Ids that the server gave out."""
        self._version = 1
        self._keys: list[list[PacketKeys]] = [[], []]
        self._early: list[PacketKeys] = []
        self._waiting: list[tuple[int, LongPacket | bytes, float]] = []
        self._streams: dict[tuple[int, int], Ordered] = {}
        self._http3: Http3 | None = None
        self._raw: dict[str, object] = {}
        self._messages = 0
        self._bytes = [0, 0]
        self._opened = 0
        self._began = 0.0

    @property
    def sni(self) -> str:
        """The name in the ClientHello, once that is whole."""
        return self._hello.sni if self._hello else ""

    def is_over(self, direction: int, datagram: bytes) -> bool:
        """Whether a datagram begins another connection between the same ports: an Initial under an id of its own."""
        if self._hello is None or direction or not datagram[:1] >= b"\x80":
            return False
        first = next(packets(datagram), None)
        if not isinstance(first, LongPacket) or first.kind or first.destination in self._given:
            return False
        if first.destination in self._destinations:
            return False
        return initial_keys(first.version, first.destination, 0).open(first.data, first.at) is not None

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take one datagram."""
        self._began = self._began or time
        self._bytes[direction] += len(data)
        for packet in packets(data):
            if isinstance(packet, LongPacket):
                yield from self._long(direction, packet, time)
            else:
                yield from self._short(direction, packet, time)

    def _long(self, direction: int, packet: LongPacket, time: float) -> Iterator[Event]:
        self._id_sizes[1 - direction] = len(packet.source)
        if packet.kind == 3 and direction == 1 and not self._given:
            self._begin_again()
        if direction == 1 and len(self._given) < _MAX_WAITING:
            self._given.add(packet.source)
        if packet.kind == 0 and direction == 0 and self._hello is None:
            self._version = packet.version
            if self._initial(packet):
                yield from self._late(time)
        elif packet.kind == 1 and self._hello is not None:
            yield from self._zero_rtt(packet, time)
        elif packet.kind == 1:
            self._keep(direction, packet, time)

    def _begin_again(self) -> None:
        """After a Retry the client says its hello once more (RFC 9000 §8.1.2), and some with another random."""
        self._hello, self._crypto = None, Ordered()
        self._hello_bytes.clear()

    def _initial(self, packet: LongPacket) -> bool:
        """Open a client's Initial; true once the ClientHello is whole."""
        if packet.destination not in self._destinations:
            self._destinations.append(packet.destination)
        for destination in self._destinations[-4:]:
            plain = initial_keys(packet.version, destination, 0).open(packet.data, packet.at)
            if plain is None:
                continue
            for stream, offset, data, _ in frames(plain, 0x08 if packet.version in GOOGLE_SALTS else 0x06):
                if stream == CRYPTO:
                    self._hello_bytes += self._crypto.add(offset, data, False)
            hello = self._hello_bytes
            if len(hello) >= 4 and hello[0] == 1 and len(hello) >= 4 + int.from_bytes(hello[1:4], "big"):
                self._hello = tls_hello.client_hello(bytes(hello[4:]))
            break
        return self._hello is not None

    # -- with keys -----------------------------------------------------------------------------------------------------

    def _packet_keys(self, direction: int) -> list[PacketKeys]:
        if not self._keys[direction] and self._hello is not None:
            secret = self.keys.secret(_SECRETS[direction], self._hello.random)
            self._keys[direction] = _candidates(secret, self._version)
        return self._keys[direction]

    def _late(self, time: float) -> Iterator[Event]:
        waiting, self._waiting = self._waiting, []
        for direction, packet, _ in waiting:
            if isinstance(packet, LongPacket):
                yield from self._zero_rtt(packet, time)
            else:
                yield from self._short(direction, packet, time)

    def _keep(self, direction: int, packet: LongPacket | bytes, time: float) -> None:
        """Packets may come before the ClientHello that tells whose keys they need."""
        if len(self._waiting) < _MAX_WAITING:
            self._waiting.append((direction, packet, time))

    def _short(self, direction: int, packet: bytes, time: float) -> Iterator[Event]:
        if self._hello is None:
            self._keep(direction, packet, time)
            return
        candidates = self._packet_keys(direction)
        for key in candidates:
            plain = key.open(packet, 1 + max(self._id_sizes[direction], 0))
            if plain is not None:
                self._keys[direction] = [key]
                self._opened += len(packet)
                yield from self._frames(direction, plain, time)
                return

    def _zero_rtt(self, packet: LongPacket, time: float) -> Iterator[Event]:
        assert self._hello is not None
        if not self._early:
            secret = self.keys.secret("CLIENT_EARLY_TRAFFIC_SECRET", self._hello.random)
            self._early = _candidates(secret, self._version)
        for key in self._early:
            plain = key.open(packet.data, packet.at)
            if plain is not None:
                self._early = [key]
                self._opened += len(packet.data)
                yield from self._frames(0, plain, time)
                return

    def _frames(self, direction: int, plain: bytes, time: float) -> Iterator[Event]:
        for number, offset, data, fin in frames(plain):
            if number == CRYPTO or ((direction, number) not in self._streams and len(self._streams) > _MAX_STREAMS):
                continue
            stream = self._streams.setdefault((direction, number), Ordered())
            before = stream.finished
            ready = stream.add(offset, data, fin)
            if ready or (stream.finished and not before):
                yield from self._stream(direction, number, ready, stream.finished, time)

    def _stream(self, direction: int, number: int, data: bytes, finished: bool, time: float) -> Iterator[Event]:
        assert self._hello is not None
        if any(name.startswith("h3") for name in self._hello.alpn):
            if self._http3 is None:
                self._http3 = Http3(replace(self.peers, sni=self._hello.sni, host=self._hello.sni, tls=True))
            yield from self._http3.stream(direction, number, data, finished, time)
            return
        if not self._raw:
            yield from self._flow()
        if data:
            yield StreamMessage(
                time=time,
                exchange=str(self._raw["exchange"]),
                protocol="quic",
                direction=DIRECTIONS[direction],
                index=self._messages,
                data=data,
            )
            self._messages += 1

    # -- the end -------------------------------------------------------------------------------------------------------

    def _flow(self) -> Iterator[Event]:
        sni = self._hello.sni if self._hello else ""
        self._raw = replace(self.peers, sni=sni, host=sni, tls=True).opening()
        yield StreamOpened(time=self._began, protocol="quic", **self._raw)  # type: ignore[arg-type]  # shared fields

    def close(self, time: float) -> Iterator[Event]:
        """Tell the flow and what of it stayed closed."""
        if not self._began:
            return
        if self._http3 is not None:
            yield from self._http3.close(time)
        else:
            if not self._raw:
                yield from self._flow()
            yield StreamClosed(time=time, exchange=str(self._raw["exchange"]))
        if not self._opened:
            yield self._note()

    def _note(self) -> LedgerNote:
        seen = ["QUIC"]
        if self._hello:
            seen += [f"JA4 {self._hello.ja4('q')}", f"ALPN {','.join(self._hello.alpn) or 'none'}"]
        seen.append(f"{self._bytes[0]} bytes up, {self._bytes[1]} down")
        host = (self._hello.sni if self._hello else "") or self.peers.server[0]
        return LedgerNote(time=self._began, kind="quic", host=host, bytes=sum(self._bytes), detail="; ".join(seen))


def _candidates(secret: bytes | None, version: int) -> list[PacketKeys]:
    """The keys that a secret may stand for: its length tells the hash, AES or ChaCha20 must be tried."""
    if not secret:
        return []
    if len(secret) == 48:
        return [PacketKeys(secret, version)]
    return [PacketKeys(secret, version), PacketKeys(secret, version, chacha=True)]
