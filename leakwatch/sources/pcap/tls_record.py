"""TLS record protection: opens records of TLS 1.0 to 1.3 with derived keys (RFC 5246 §6.2.3, RFC 8446 §5.2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

from leakwatch.sources.pcap.tls_keys import expand_label, prf


@dataclass(frozen=True)
class Suite:
    """A cipher suite: `kind` gcm, ccm, chacha, cbc or rc4; sizes in bytes; `digest` of the PRF; `mac` of old suites."""

    kind: str
    key: int
    digest: str = "sha256"
    mac: int = 0
    iv: int = 4
    block: int = 16
    tag: int = 16


_GCM128, _GCM256 = Suite("gcm", 16), Suite("gcm", 32, "sha384")
_CHACHA = Suite("chacha", 32, iv=12)
_CCM, _CCM8 = Suite("ccm", 16), Suite("ccm", 16, tag=8)
_CBC128, _CBC256 = Suite("cbc", 16, mac=20, iv=16), Suite("cbc", 32, mac=20, iv=16)
_CBC128_256, _CBC256_256 = Suite("cbc", 16, mac=32, iv=16), Suite("cbc", 32, mac=32, iv=16)
_CBC256_384 = Suite("cbc", 32, "sha384", mac=48, iv=16)
_3DES = Suite("3des", 24, mac=20, iv=8, block=8)
_RC4, _RC4_MD5 = Suite("rc4", 16, mac=20, iv=0), Suite("rc4", 16, mac=16, iv=0)

SUITES: dict[int, Suite] = (
    dict.fromkeys((0x1301, 0x009C, 0x009E, 0x00A2, 0xC02B, 0xC02D, 0xC02F, 0xC031), _GCM128)
    | dict.fromkeys((0x1302, 0x009D, 0x009F, 0x00A3, 0xC02C, 0xC02E, 0xC030, 0xC032), _GCM256)
    | dict.fromkeys((0x1303, 0xCCA8, 0xCCA9, 0xCCAA), _CHACHA)
    | dict.fromkeys((0x1304, 0xC09C, 0xC09E, 0xC0AC), _CCM)
    | dict.fromkeys((0xC09D, 0xC09F, 0xC0AD), Suite("ccm", 32))
    | dict.fromkeys((0xC0A1, 0xC0A3, 0xC0AF), Suite("ccm", 32, tag=8))
    | dict.fromkeys((0x1305, 0xC0A0, 0xC0A2, 0xC0AE), _CCM8)
    | dict.fromkeys((0x002F, 0x0032, 0x0033, 0xC004, 0xC009, 0xC00E, 0xC013), _CBC128)
    | dict.fromkeys((0x0035, 0x0038, 0x0039, 0xC005, 0xC00A, 0xC00F, 0xC014), _CBC256)
    | dict.fromkeys((0x003C, 0x0040, 0x0067, 0xC023, 0xC025, 0xC027, 0xC029), _CBC128_256)
    | dict.fromkeys((0x003D, 0x006A, 0x006B), _CBC256_256)
    | dict.fromkeys((0xC024, 0xC026, 0xC028, 0xC02A), _CBC256_384)
    | dict.fromkeys((0x000A, 0x0013, 0x0016, 0xC003, 0xC008, 0xC00D, 0xC012), _3DES)
    | dict.fromkeys((0x0005, 0xC002, 0xC007, 0xC00C, 0xC011), _RC4)
    | {0x0004: _RC4_MD5}
)
"""Every suite that can be opened, by its number (IANA TLS parameters)."""

_SEARCH = 64
"""How many lost records a gap may hide before the sequence number is given up."""

Opener = Callable[[int, int, bytes], bytes | None]


class Protection:
    """One direction under one key: counts records and opens them; None where a record does not open."""

    def __init__(self, opener: Opener) -> None:
        self._open = opener
        self._sequence = 0
        self.lost = False
        """Set when records went missing, so that the sequence number must be searched."""

    def open(self, kind: int, version: int, payload: bytes) -> bytes | None:
        """Return the plaintext of the next record of this direction."""
        for ahead in range(_SEARCH if self.lost else 1):
            plain = self._open(self._sequence + ahead, kind << 16 | version, payload)
            if plain is not None:
                self._sequence += ahead + 1
                self.lost = False
                return plain
        return None


def protection13(suite: Suite, secret: bytes) -> Protection:
    """TLS 1.3 protection under a traffic secret; the plaintext still carries its content type and padding."""
    key = expand_label(secret, "key", suite.key, suite.digest)
    iv = int.from_bytes(expand_label(secret, "iv", 12, suite.digest), "big")
    aead = _aead(suite, key)

    def opener(sequence: int, kind: int, payload: bytes) -> bytes | None:
        header = bytes([kind >> 16]) + (kind & 0xFFFF).to_bytes(2, "big") + len(payload).to_bytes(2, "big")
        return _decrypt(aead, (iv ^ sequence).to_bytes(12, "big"), payload, header)

    return Protection(opener)


def protections12(
    suite: Suite, version: int, master: bytes, client_random: bytes, server_random: bytes, encrypt_then_mac: bool
) -> tuple[Protection, Protection]:
    """Client's and server's protection of TLS 1.0 to 1.2, from the master secret."""
    size = 2 * (suite.mac + suite.key + suite.iv)
    block = prf(version, suite.digest, master, b"key expansion", server_random + client_random, size)
    at = 2 * suite.mac
    keys = (block[at : at + suite.key], block[at + suite.key : at + 2 * suite.key])
    at += 2 * suite.key
    ivs = (block[at : at + suite.iv], block[at + suite.iv : at + 2 * suite.iv])
    make = {"cbc": _cbc, "3des": _cbc, "rc4": _rc4}.get(suite.kind)
    if make is None:
        return _aead12(suite, keys[0], ivs[0]), _aead12(suite, keys[1], ivs[1])
    sides = [make(suite, version, keys[d], ivs[d], encrypt_then_mac) for d in (0, 1)]
    return Protection(sides[0]), Protection(sides[1])


def _aead12(suite: Suite, key: bytes, iv: bytes) -> Protection:
    aead = _aead(suite, key)

    def opener(sequence: int, kind: int, payload: bytes) -> bytes | None:
        if suite.kind == "chacha":
            nonce, sealed = (int.from_bytes(iv, "big") ^ sequence).to_bytes(12, "big"), payload
        else:
            nonce, sealed = iv + payload[:8], payload[8:]
        size = len(sealed) - suite.tag
        if size < 0:
            return None
        header = sequence.to_bytes(8, "big") + bytes([kind >> 16]) + (kind & 0xFFFF).to_bytes(2, "big")
        return _decrypt(aead, nonce, sealed, header + size.to_bytes(2, "big"))

    return Protection(opener)


def _cbc(suite: Suite, version: int, key: bytes, iv: bytes, encrypt_then_mac: bool) -> Opener:
    algorithm: Any = algorithms.AES(key)
    if suite.kind == "3des":
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

        algorithm = TripleDES(key)
    chained = [iv]

    def opener(sequence: int, kind: int, payload: bytes) -> bytes | None:
        if encrypt_then_mac:
            payload = payload[: -suite.mac]
        vector = chained[0] if version == 0x0301 else payload[: suite.block]
        sealed = payload if version == 0x0301 else payload[suite.block :]
        if not sealed or len(sealed) % suite.block or len(vector) != suite.block:
            return None
        chained[0] = sealed[-suite.block :]
        decryptor = Cipher(algorithm, modes.CBC(vector)).decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        end = len(plain) - plain[-1] - 1 - (0 if encrypt_then_mac else suite.mac)
        # A wrong key shows in its padding: all of its bytes are the same (RFC 5246 §6.2.3.2).
        padding = plain[len(plain) - plain[-1] - 1 :]
        return plain[:end] if end >= 0 and padding == bytes([plain[-1]]) * len(padding) else None

    return opener


def _rc4(suite: Suite, version: int, key: bytes, iv: bytes, encrypt_then_mac: bool) -> Opener:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4

    decryptor = Cipher(ARC4(key), mode=None).decryptor()

    def opener(sequence: int, kind: int, payload: bytes) -> bytes | None:
        plain = decryptor.update(payload)
        return plain[: -suite.mac] if len(plain) >= suite.mac else None

    return opener


def _aead(suite: Suite, key: bytes) -> Any:
    if suite.kind == "chacha":
        return ChaCha20Poly1305(key)
    return AESCCM(key, tag_length=suite.tag) if suite.kind == "ccm" else AESGCM(key)


def _decrypt(aead: Any, nonce: bytes, sealed: bytes, header: bytes) -> bytes | None:
    try:
        plain: bytes = aead.decrypt(nonce, sealed, header)
    except (InvalidTag, ValueError):
        return None
    return plain
