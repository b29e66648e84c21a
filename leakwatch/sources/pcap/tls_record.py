"""TLS record protection: opens records of SSL 3.0 to TLS 1.3 with derived keys (RFC 5246 §6.2.3, RFC 8446 §5.2)."""

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
    """A cipher suite: `kind` gcm, ccm, chacha, cbc, rc4 …; sizes in bytes; `digest` of the PRF; `mac` of old suites."""

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

_CAMELLIA128, _CAMELLIA256 = Suite("camellia", 16, mac=20, iv=16), Suite("camellia", 32, mac=20, iv=16)
_CAMELLIA128_256, _CAMELLIA256_256 = Suite("camellia", 16, mac=32, iv=16), Suite("camellia", 32, mac=32, iv=16)

_NUMBERS = (
    (_GCM128, "1301 009C 009E 00A0 00A2 00A4 00A6 00A8 00AA 00AC C02B C02D C02F C031 D001"),
    (_GCM256, "1302 009D 009F 00A1 00A3 00A5 00A7 00A9 00AB 00AD C02C C02E C030 C032 D002"),
    (_CHACHA, "1303 CCA8 CCA9 CCAA CCAB CCAC CCAD CCAE"),
    (_CCM, "1304 C09C C09E C0A4 C0A6 C0AC D005"),
    (Suite("ccm", 32), "C09D C09F C0A5 C0A7 C0AD"),
    (_CCM8, "1305 C0A0 C0A2 C0A8 C0AA C0AE D003"),
    (Suite("ccm", 32, tag=8), "C0A1 C0A3 C0A9 C0AB C0AF"),
    (_CBC128, "002F 0030 0031 0032 0033 0034 008C 0090 0094 C004 C009 C00E C013 C018 C035"),
    (_CBC256, "0035 0036 0037 0038 0039 003A 008D 0091 0095 C005 C00A C00F C014 C019 C036"),
    (_CBC128_256, "003C 003E 003F 0040 0067 006C 00AE 00B2 00B6 C023 C025 C027 C029 C037"),
    (_CBC256_256, "003D 0068 0069 006A 006B 006D"),
    (_CBC256_384, "00AF 00B3 00B7 C024 C026 C028 C02A C038"),
    (_3DES, "000A 000D 0010 0013 0016 001B 008B 008F 0093 C003 C008 C00D C012 C017 C034"),
    (_CAMELLIA128, "0041 0042 0043 0044 0045 0046"),
    (_CAMELLIA256, "0084 0085 0086 0087 0088 0089"),
    (_CAMELLIA128_256, "00BA 00BB 00BC 00BD 00BE 00BF C072 C074 C076 C078"),
    (_CAMELLIA256_256, "00C0 00C1 00C2 00C3 00C4 00C5"),
    (Suite("camellia", 32, "sha384", mac=48, iv=16), "C073 C075 C077 C079"),
    (Suite("null", 0, mac=16, iv=0), "0001"),
    (Suite("null", 0, mac=20, iv=0), "0002 002C 002D 002E C001 C006 C00B C010 C015 C039"),
    (Suite("null", 0, mac=32, iv=0), "003B 00B0 00B4 00B8 C03A"),
    (Suite("null", 0, "sha384", mac=48, iv=0), "00B1 00B5 00B9 C03B"),
    (_RC4, "0005 008A 008E 0092 C002 C007 C00C C011 C016 C033"),
    (_RC4_MD5, "0004 0018"),
)
SUITES: dict[int, Suite] = {int(number, 16): suite for suite, numbers in _NUMBERS for number in numbers.split()}
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
    make = {"cbc": _cbc, "3des": _cbc, "camellia": _cbc, "rc4": _rc4, "null": _null}.get(suite.kind)
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
    algorithm: Any = algorithms.AES(key) if suite.kind == "cbc" else None
    if suite.kind == "3des":
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES

        algorithm = TripleDES(key)
    elif suite.kind == "camellia":
        from cryptography.hazmat.decrepit.ciphers import algorithms as old

        algorithm = (getattr(old, "Camellia", None) or algorithms.Camellia)(key)  # its place depends on the version
    chained = [iv]

    def opener(sequence: int, kind: int, payload: bytes) -> bytes | None:
        if encrypt_then_mac:
            payload = payload[: -suite.mac]
        vector = chained[0] if version <= 0x0301 else payload[: suite.block]
        sealed = payload if version <= 0x0301 else payload[suite.block :]
        if not sealed or len(sealed) % suite.block or len(vector) != suite.block:
            return None
        chained[0] = sealed[-suite.block :]
        decryptor = Cipher(algorithm, modes.CBC(vector)).decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
        end = len(plain) - plain[-1] - 1 - (0 if encrypt_then_mac else suite.mac)
        # A wrong key shows in its padding: all of its bytes are the same (RFC 5246 §6.2.3.2), but for SSL 3.0.
        padding = plain[len(plain) - plain[-1] - 1 :]
        right = plain[-1] < suite.block if version == 0x0300 else padding == bytes([plain[-1]]) * len(padding)
        return plain[:end] if end >= 0 and right else None

    return opener


def _rc4(suite: Suite, version: int, key: bytes, iv: bytes, encrypt_then_mac: bool) -> Opener:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4

    decryptor = Cipher(ARC4(key), mode=None).decryptor()

    def opener(sequence: int, kind: int, payload: bytes) -> bytes | None:
        plain = decryptor.update(payload)
        return plain[: -suite.mac] if len(plain) >= suite.mac else None

    return opener


def _null(suite: Suite, version: int, key: bytes, iv: bytes, encrypt_then_mac: bool) -> Opener:
    def opener(sequence: int, kind: int, payload: bytes) -> bytes | None:
        return payload[: -suite.mac] if len(payload) >= suite.mac else None

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
