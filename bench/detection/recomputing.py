"""What cannot be undone is computed again: digests, positions, and text layers that readers undo in silence."""

from __future__ import annotations

import html
import itertools
import quopri
import re
import struct
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any


def silently(data: bytes) -> Iterator[bytes]:
    """Yield `data` without each silent text layer."""
    yield urllib.parse.unquote_to_bytes(data)
    if b"&#" in data:
        yield html.unescape(data.decode("utf-8", "ignore")).encode()
    if b"\\" in data:
        text = data.decode("utf-8", "ignore")
        text = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
        yield re.sub(rb"\\x([0-9a-fA-F]{2})", lambda m: bytes([int(m[1], 16)]), text.encode("utf-8", "surrogatepass"))
    if b"=" in data:
        yield from (quopri.decodestring(data), quopri.decodestring(data.partition(b"=")[2]))
    if b"data:" in data:
        yield from re.findall(rb"data: ?(.*)", data)
    if re.match(rb"\d+\[", data):
        yield data.lstrip(b"0123456789")


def positions_of(candidates: list[bytes], ends: list[str], person: Any) -> Iterator[tuple[float, float]]:
    """Yield the positions that two numbers of one candidate make, back in WGS-84."""
    from bench.detection.encoders import bd09, gcj02, plus_code

    scale = 1e7 if "e7" in ends else 1e6 if "e6" in ends else 1.0
    moved = {"gcj02": gcj02, "bd09": bd09}
    shift = next((moved[name](person.lat, person.lon) for name in ends if name in moved), (person.lat, person.lon))
    off = shift[0] - person.lat, shift[1] - person.lon
    for data in candidates:
        text = data.decode("utf-8", "ignore")
        if plus_code(person.lat, person.lon) in text:
            yield person.lat, person.lon
        numbers = [float(n) / scale for n in re.findall(r"-?\d+(?:\.\d+)?", text)[:60]]
        if "dms" in ends:
            numbers = [
                int(d) + int(m) / 60 + float(s) / 3600 for d, m, s in re.findall(r"(\d+)°(\d+)'([\d.]+)\"", text)
            ]
        for one, other in itertools.permutations(numbers, 2):
            yield one - off[0], other - off[1]


def _md4(data: bytes) -> bytes:
    """MD4 by RFC 1320, written out."""
    mask = 0xFFFFFFFF
    rol = lambda x, n: (x << n | (x & mask) >> (32 - n)) & mask  # noqa: E731  # the RFC's own notation
    h = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476]
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + struct.pack("<Q", len(data) * 8)
    orders = [
        list(range(16)),
        [i + 4 * j for i in range(4) for j in range(4)],
        [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
    ]
    shifts = [(3, 7, 11, 19), (3, 5, 9, 13), (3, 9, 11, 15)]
    adds = [0, 0x5A827999, 0x6ED9EBA1]
    mix = [lambda x, y, z: x & y | ~x & z, lambda x, y, z: x & y | x & z | y & z, lambda x, y, z: x ^ y ^ z]
    for at in range(0, len(padded), 64):
        words = struct.unpack("<16I", padded[at : at + 64])
        a, b, c, d = h
        for step in range(3):
            for i, k in enumerate(orders[step]):
                a = rol((a + (mix[step](b, c, d) & mask) + words[k] + adds[step]) & mask, shifts[step][i % 4])
                a, b, c, d = d, a, b, c
        h = [(x + y) & mask for x, y in zip(h, (a, b, c, d))]
    return struct.pack("<4I", *h)


def _fnv1a64(data: bytes) -> bytes:
    value = 14695981039346656037
    for byte in data:
        value = ((value ^ byte) * 1099511628211) & (2**64 - 1)
    return value.to_bytes(8, "big")


def _library(name: str) -> Callable[[bytes], bytes]:
    """Murmur3 and xxHash by their packages, RIPEMD-160 and SM3 by OpenSSL: the corpus has them from elsewhere."""

    def digest(data: bytes) -> bytes:
        if name == "sm3" or name == "ripemd160":
            from cryptography.hazmat.primitives import hashes

            if name == "ripemd160":
                from Crypto.Hash import RIPEMD160

                return RIPEMD160.new(data).digest()
            state = hashes.Hash(hashes.SM3())
            state.update(data)
            return state.finalize()
        import mmh3
        import xxhash

        if name == "mmh3_32":
            return (mmh3.hash(data) % 2**32).to_bytes(4, "big")
        if name == "mmh3_128":
            return mmh3.hash128(data, signed=False).to_bytes(16, "little")
        return xxhash.xxh64_digest(data)

    return digest


DIGESTS: dict[str, Callable[[bytes], bytes]] = {
    "md4": _md4, "fnv1a64": _fnv1a64,
    **{name: _library(name) for name in ("sm3", "ripemd160", "mmh3_32", "mmh3_128", "xxh64")},
}  # fmt: skip
