"""QUIC packets: long headers, the Initial keys known to all, packets under logged secrets (RFC 9000, 9001, 9369)."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from leakwatch.sources.pcap.tls_keys import expand_label

VERSION2 = 0x6B3343CF
SALTS = {
    1: bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a"),
    VERSION2: bytes.fromhex("0dede3def700a6db819381be6e269dcbf9bd2ed9"),
}
_DRAFT_SALTS = (
    (22, bytes.fromhex("7fbcdb0e7c66bbe9193a96cd21519ebd7a02644a")),
    (28, bytes.fromhex("c3eef712c72ebb5a11a7d2432bb46365bef9f502")),
    (32, bytes.fromhex("afbfec289993d24c9e9786f19c6111e04390a899")),
)
"""The salts of the drafts, by the last draft that had each (draft-ietf-quic-tls-22, -23 and -29 §5.2)."""
_RELATIVES = {0xFACEB001: 22, 0xFACEB002: 27, 0xFACEB00E: 27}
"""Facebook's mvfst versions: the draft that each was made from."""
GOOGLE_SALTS = {
    0x51303530: bytes.fromhex("504574efd066fe2f9d945cfcdbd3a7f0d3b56b45"),
    0x54303530: bytes.fromhex("7ff579e5acd072915580304c43a2367c60488310"),
    0x54303531: bytes.fromhex("7a4edef4e7ccee5fa4506c19124fc8ccda6e033d"),
}
"""Google's Q050 (no TLS inside), T050 and T051: IETF packets under Google's own salts (Chromium's quiche)."""


class PacketKeys:
    """Keys of one direction from one secret; its length tells the hash, trial tells the cipher."""

    def __init__(self, secret: bytes, version: int, *, chacha: bool = False) -> None:
        self._label = "quicv2 " if version == VERSION2 else "quic "
        self._digest = "sha384" if len(secret) == 48 else "sha256"
        self._size = 32 if chacha or len(secret) == 48 else 16
        self._chacha, self._secret, self.largest = chacha, secret, -1
        self._guard = self._expand("hp", self._size)
        self._phase = 0
        self._renew(secret)

    def _expand(self, label: str, size: int) -> bytes:
        return expand_label(self._secret, self._label + label, size, self._digest)

    def _renew(self, secret: bytes) -> None:
        self._secret = secret
        key = self._expand("key", self._size)
        self._aead: Any = ChaCha20Poly1305(key) if self._chacha else AESGCM(key)
        self._iv = int.from_bytes(self._expand("iv", 12), "big")

    def _mask(self, sample: bytes) -> bytes:
        """Header protection (RFC 9001 §5.4); ECB of a single block is what the standard asks for."""
        if self._chacha:
            return Cipher(algorithms.ChaCha20(self._guard, sample), None).encryptor().update(bytes(5))
        return Cipher(algorithms.AES(self._guard), modes.ECB()).encryptor().update(sample)  # noqa: S305  # RFC 9001

    def open(self, packet: bytes, at: int) -> bytes | None:
        """Open the packet whose packet number lies at `at`; None where these are not its keys."""
        sample = packet[at + 4 : at + 20]
        if len(sample) < 16:
            return None
        mask = self._mask(sample)
        head = bytearray(packet[: at + 4])
        head[0] ^= mask[0] & (0x0F if head[0] & 0x80 else 0x1F)
        size = (head[0] & 3) + 1
        for index in range(size):
            head[at + index] ^= mask[1 + index]
        number = self._full(int.from_bytes(head[at : at + size], "big"), size * 8)
        phase = 0 if head[0] & 0x80 else head[0] >> 2 & 1
        plain = self._decrypt(packet, bytes(head[: at + size]), number)
        if plain is None and phase != self._phase:
            plain = self._after_update(packet, bytes(head[: at + size]), number, phase)
        if plain is not None:
            self.largest = max(self.largest, number)
        return plain

    def _after_update(self, packet: bytes, head: bytes, number: int, phase: int) -> bytes | None:
        """The sender may have gone on to the next key (RFC 9001 §6); go back where it had not."""
        before, aead, iv = self._secret, self._aead, self._iv
        self._renew(self._expand("ku", len(self._secret)))
        plain = self._decrypt(packet, head, number)
        if plain is None:
            self._secret, self._aead, self._iv = before, aead, iv
        else:
            self._phase = phase
        return plain

    def _decrypt(self, packet: bytes, head: bytes, number: int) -> bytes | None:
        try:
            plain: bytes = self._aead.decrypt((self._iv ^ number).to_bytes(12, "big"), packet[len(head) :], head)
        except (InvalidTag, OverflowError):
            return None
        return plain

    def _full(self, truncated: int, bits: int) -> int:
        """Reconstruct a packet number from its low bits (RFC 9000 appendix A.3)."""
        expected, window = self.largest + 1, 1 << bits
        candidate = (expected & ~(window - 1)) | truncated
        if candidate <= expected - window // 2:
            return candidate + window
        if candidate > expected + window // 2 and candidate >= window:
            return candidate - window
        return candidate


def initial_keys(version: int, destination: bytes, direction: int) -> PacketKeys:
    """The keys of Initial packets, which follow from the client's first connection id (RFC 9001 §5.2)."""
    secret = hmac.digest(_salt(version), destination, "sha256")
    return PacketKeys(expand_label(secret, ("client in", "server in")[direction], 32, "sha256"), version)


def is_known(version: int) -> bool:
    """Whether packets of this version have the form of RFC 9000 (or are an invitation to negotiate, §6.3)."""
    families = version >> 8 in (0xFF0000, 0xFACEB0) or version & 0x0F0F0F0F == 0x0A0A0A0A
    return families or version in SALTS or version in GOOGLE_SALTS


def _salt(version: int) -> bytes:
    draft = version & 0xFF if version >> 8 == 0xFF0000 else _RELATIVES.get(version, 99)
    salt = next((salt for last, salt in _DRAFT_SALTS if draft <= last), SALTS[1])
    return SALTS.get(version) or GOOGLE_SALTS.get(version) or salt


class LongPacket:
    """A long-header packet: `kind` 0 Initial, 1 0-RTT, 2 Handshake, 3 Retry; `at` the offset of its packet number."""

    __slots__ = ("at", "data", "destination", "kind", "source", "version")

    def __init__(self, version: int, kind: int, data: bytes, destination: bytes, source: bytes, at: int) -> None:
        self.version, self.kind, self.data = version, kind, data
        self.destination, self.source, self.at = destination, source, at


def packets(data: bytes) -> Iterator[LongPacket | bytes]:
    """Yield the packets that a datagram coalesces: long ones read, a short one (the rest) as bytes."""
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
        kind = (first >> 4) - (1 if version == VERSION2 else 0) & 3
        if kind == 3:  # Retry carries nothing to be read but the id that the client shall use (RFC 9000 §17.2.5)
            yield LongPacket(version, kind, data[start:], ids[0], ids[1], at - start)
            return
        if kind == 0:
            size, at = varint(data, at)
            at += size
        length, at = varint(data, at)
        if length > len(data) - at or length < 20:
            return
        yield LongPacket(version, kind, data[start : at + length], ids[0], ids[1], at - start)
        at += length
    if at < len(data) and not data[at] & 0x80:  # the fixed bit may be greased (RFC 9287)
        yield data[at:]


def varint(data: bytes | bytearray, at: int) -> tuple[int, int]:
    """Read a variable-length integer (RFC 9000 §16); returns it and the offset behind it, past the end if cut."""
    if not 0 <= at < len(data):
        return 0, len(data) + 1
    size = 1 << (data[at] >> 6)
    return int.from_bytes(data[at : at + size], "big") & ((1 << (8 * size - 2)) - 1), at + size
