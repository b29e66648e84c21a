"""Digests by the names that chains use: one table from name to a function from bytes to the raw digest."""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Callable
from importlib.util import find_spec
from typing import Protocol

import mmh3
import xxhash
from Crypto.Hash import MD4, RIPEMD160, SHA512

Digest = Callable[[bytes], bytes]


def _openssl(name: str) -> Digest:
    def digest(data: bytes) -> bytes:
        return hashlib.new(name, data).digest()

    return digest


class _State(Protocol):
    def digest(self) -> bytes: ...


def _constructor(make: Callable[[bytes], _State]) -> Digest:
    def digest(data: bytes) -> bytes:
        return make(data).digest()

    return digest


def _fnv1a(bits: int, basis: int, prime: int) -> Digest:
    """Return FNV-1a of so many bits, big-endian (draft-eastlake-fnv)."""

    def digest(data: bytes) -> bytes:
        value, limit = basis, (1 << bits) - 1
        for byte in data:
            value = (value ^ byte) * prime & limit
        return value.to_bytes(bits // 8, "big")

    return digest


def _sm3() -> Digest:
    """SM3 (GB/T 32905-2016): OpenSSL's where it is built in, else cryptography's own OpenSSL."""
    if "sm3" in hashlib.algorithms_available:
        return _openssl("sm3")
    from cryptography.hazmat.primitives import hashes

    def digest(data: bytes) -> bytes:
        state = hashes.Hash(hashes.SM3())
        state.update(data)
        return state.finalize()

    return digest


def _whirlpool() -> Digest | None:
    """Whirlpool (ISO/IEC 10118-3) where OpenSSL's legacy provider is loaded or the package `whirlpool` installed."""
    if "whirlpool" in hashlib.algorithms_available:
        return _openssl("whirlpool")
    if find_spec("whirlpool") is None:
        return None
    import whirlpool  # type: ignore[import-not-found,unused-ignore]  # optional, and without type stubs

    return _constructor(whirlpool.new)


def _table() -> dict[str, Digest]:
    table: dict[str, Digest] = {
        "md5": _constructor(hashlib.md5),
        "sha1": _constructor(hashlib.sha1),
        "sha256": _constructor(hashlib.sha256),
        "sha512": _constructor(hashlib.sha512),
        "md4": lambda data: MD4.new(data).digest(),  # noqa: S303  # what apps send; nothing is secured by it
        "sha224": _constructor(hashlib.sha224),
        "sha384": _constructor(hashlib.sha384),
        "sha512_256": lambda data: SHA512.new(data, truncate="256").digest(),
        "sha3_224": _constructor(hashlib.sha3_224),
        "sha3_256": _constructor(hashlib.sha3_256),
        "sha3_384": _constructor(hashlib.sha3_384),
        "sha3_512": _constructor(hashlib.sha3_512),
        "blake2b": _constructor(hashlib.blake2b),
        "blake2s": _constructor(hashlib.blake2s),
        "ripemd160": lambda data: RIPEMD160.new(data).digest(),
        "sm3": _sm3(),
        "crc32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
        "adler32": lambda data: zlib.adler32(data).to_bytes(4, "big"),
        "fnv1a32": _fnv1a(32, 0x811C9DC5, 0x01000193),
        "fnv1a64": _fnv1a(64, 0xCBF29CE484222325, 0x100000001B3),
        "mmh3_32": lambda data: mmh3.hash(data, signed=False).to_bytes(4, "big"),
        "mmh3_128": mmh3.hash_bytes,
        "xxh32": xxhash.xxh32_digest,
        "xxh64": xxhash.xxh64_digest,
    }
    whirlpool = _whirlpool()
    if whirlpool is not None:
        table["whirlpool"] = whirlpool
    return table


DIGESTS: dict[str, Digest] = _table()
"""Every digest by its chain name. Non-cryptographic ones are seedless and big-endian; `mmh3_128` is the x64 variant in
the order of its canonical hex (`mmh3.hash_bytes`). `whirlpool` is there only where a library has it."""

COMMON = ("md5", "sha1", "sha256", "sha512")
"""What apps really use on identifiers: these also come twice over, cut short, salted and keyed."""

BRIEF = ("md5", "sha1", "sha256")
"""What items of a set (contacts, messages) and salted forms are digested with."""

NUMBERS = ("crc32", "adler32", "fnv1a32", "mmh3_32", "xxh32", "fnv1a64", "xxh64", "mmh3_128")
"""Digests that are also written as decimal numbers."""


def hmac_digest(name: str, key: bytes, data: bytes) -> bytes:
    """Return the HMAC (RFC 2104) of `data` under `key` with the digest `name`, one of `COMMON`."""
    return hmac.digest(key, data, name)
