"""QUIC v1 and v2: the Initial packets are opened for their SNI; what follows is counted, or opened with a key log.

Initial secrets are public by design (RFC 9001 §5.2, RFC 9369 §3.3): everybody on the path may read the ClientHello.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leakwatch.journal.events import Event, LedgerNote, StreamClosed, StreamOpened
from leakwatch.sources.pcap import tls_hello
from leakwatch.sources.pcap.exchange import Peers
from leakwatch.sources.pcap.tls_keys import Keys, expand_label

_SALTS = {
    1: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    0x6B3343CF: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
}
_DRAFT_SALT = bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")
_MAX_CRYPTO = 1 << 16


def is_quic(payload: bytes) -> bool:
    """Whether a first datagram is a QUIC long-header packet of a version that has Initial packets."""
    if len(payload) < 21 or payload[0] & 0xC0 != 0xC0:
        return False
    version = int.from_bytes(payload[1:5], "big")
    return version in _SALTS or version >> 8 in (0xFF0000, 0xFACEB0) or version & 0x0F0F0F0F == 0x0A0A0A0A


class Quic:
    """One connection."""

    def __init__(self, peers: Peers, keys: Keys) -> None:
        self.peers, self.keys = peers, keys
        self._crypto: dict[int, bytes] = {}
        self._hello: tls_hello.ClientHello | None = None
        self._destinations: list[bytes] = []
        self._bytes = [0, 0]
        self._began = 0.0

    def data(self, direction: int, data: bytes, time: float) -> Iterator[Event]:
        """Take one datagram."""
        self._began = self._began or time
        self._bytes[direction] += len(data)
        if self._hello is None and direction == 0:
            for packet in _long_packets(data):
                self._initial(packet)
        return iter(())

    def _initial(self, packet: tuple[int, bytes, bytes, int]) -> None:
        version, whole, destination, payload_at = packet
        if destination not in self._destinations:
            self._destinations.append(destination)
        for candidate in self._destinations[-4:]:
            plain = open_initial(version, candidate, whole, payload_at)
            if plain is not None:
                self._frames(plain)
                return

    def _frames(self, plain: bytes) -> None:
        """Collect CRYPTO frames until they hold the ClientHello (RFC 9000 §19.6)."""
        for offset, data in crypto_frames(plain):
            if offset + len(data) <= _MAX_CRYPTO:
                self._crypto.setdefault(offset, data)
        stream = bytearray()
        for offset in sorted(self._crypto):
            if offset > len(stream):
                break
            stream += self._crypto[offset][len(stream) - offset :]
        if len(stream) >= 4 and len(stream) >= 4 + int.from_bytes(stream[1:4], "big") and stream[0] == 1:
            self._hello = tls_hello.client_hello(bytes(stream[4:]))

    def close(self, time: float) -> Iterator[Event]:
        """Tell the flow and what of it stayed closed."""
        if not self._began:
            return
        sni = self._hello.sni if self._hello else ""
        opening = replace(self.peers, sni=sni, host=sni, tls=True).opening()
        yield StreamOpened(time=self._began, protocol="quic", **opening)  # type: ignore[arg-type]  # the shared fields
        yield StreamClosed(time=time, exchange=str(opening["exchange"]))
        seen = ["QUIC"]
        if self._hello:
            seen += [f"JA4 {self._hello.ja4('q')}", f"ALPN {','.join(self._hello.alpn) or 'none'}"]
        seen.append(f"{self._bytes[0]} bytes up, {self._bytes[1]} down")
        host = sni or self.peers.server[0]
        yield LedgerNote(time=self._began, kind="quic", host=host, bytes=sum(self._bytes), detail="; ".join(seen))


def _long_packets(data: bytes) -> Iterator[tuple[int, bytes, bytes, int]]:
    """Yield (version, packet, destination id, offset of its packet number) of the Initials in a datagram."""
    at = 0
    while at + 7 <= len(data) and data[at] & 0x80:
        start, first, version = at, data[at], int.from_bytes(data[at + 1 : at + 5], "big")
        at += 5
        ids = []
        for _ in range(2):
            if at >= len(data):
                return
            ids.append(data[at + 1 : at + 1 + data[at]])
            at += 1 + data[at]
        initial = (first >> 4 & 3) == (1 if version == 0x6B3343CF else 0)
        if initial:
            size, at = _varint(data, at)
            at += size
        length, at = _varint(data, at)
        if at < 0 or length > len(data) - at or length < 20:
            return
        if initial:
            yield version, data[start : at + length], ids[0], at - start
        at += length


def open_initial(version: int, destination: bytes, packet: bytes, at: int) -> bytes | None:
    """Open a client's Initial packet whose packet number lies at `at`; None where the keys do not fit."""
    label = "quicv2 " if version == 0x6B3343CF else "quic "
    salt = _DRAFT_SALT if version >> 8 == 0xFF0000 else _SALTS.get(version, _SALTS[1])
    initial = hmac.digest(salt, destination, "sha256")
    secret = expand_label(initial, "client in", 32, "sha256")
    key = expand_label(secret, label + "key", 16, "sha256")
    iv = expand_label(secret, label + "iv", 12, "sha256")
    guard = expand_label(secret, label + "hp", 16, "sha256")
    sample = packet[at + 4 : at + 20]
    if len(sample) < 16:
        return None
    mask = Cipher(algorithms.AES(guard), modes.ECB()).encryptor().update(sample)  # noqa: S305  # RFC 9001 §5.4.3 asks for ECB
    head = bytearray(packet[: at + 4])
    head[0] ^= mask[0] & 0x0F
    size = (head[0] & 3) + 1
    for index in range(size):
        head[at + index] ^= mask[1 + index]
    number = int.from_bytes(head[at : at + size], "big")
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    try:
        return AESGCM(key).decrypt(nonce, packet[at + size :], bytes(head[: at + size]))
    except InvalidTag:
        return None


def crypto_frames(plain: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, data) of the CRYPTO frames of an opened Initial packet (RFC 9000 §12.4, §19)."""
    at = 0
    while 0 <= at < len(plain):
        kind = plain[at]
        at += 1
        if kind in (0, 1):
            continue
        if kind in (2, 3):
            at = _skip_ack(plain, at, kind)
        elif kind == 6:
            offset, at = _varint(plain, at)
            size, at = _varint(plain, at)
            yield offset, plain[at : at + size]
            at += size
        else:
            return


def _skip_ack(plain: bytes, at: int, kind: int) -> int:
    _, at = _varint(plain, at)
    _, at = _varint(plain, at)
    ranges, at = _varint(plain, at)
    for _ in range(min(2 * ranges + 1 + (3 if kind == 3 else 0), 256)):
        _, at = _varint(plain, at)
    return at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a variable-length integer (RFC 9000 §16); returns it and the offset behind it, past the end if cut."""
    if not 0 <= at < len(data):
        return 0, len(data) + 1
    size = 1 << (data[at] >> 6)
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size
