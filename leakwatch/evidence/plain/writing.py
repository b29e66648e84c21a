"""How numbers and disguises are written, in plain Python; printed by `prove --commands`."""

from __future__ import annotations


def varint_of(number: int) -> bytes:
    """A number as a base-128 varint (Protocol Buffers)."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def base36(number: int) -> str:
    """A number in base 36, lower case."""
    out = ""
    while number:
        out, number = "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36] + out, number // 36
    return out


def swapped(text: str) -> bytes:
    """Digits two to a byte, the second one first (3GPP TS 24.008)."""
    return bytes(byte >> 4 | (byte & 15) << 4 for byte in bytes.fromhex(text))


def base64_inside(d: bytes, before: str, start: str, end: str, symbols: str) -> bytes:
    """The symbols of base64 that the bytes give `before` bytes into a longer text; 62 and 63 are written `symbols`."""
    import base64

    text = base64.b64encode(b"\0" * int(before) + d, symbols.encode())
    return text[int(start) : int(end)]


def pattern(d: bytes) -> bytes:
    """Which symbols are equal, whatever they are: for each the place where it first stood."""
    return " ".join(str(d.index(symbol)) for symbol in d).encode()


def add(d: bytes, constant: str) -> bytes:
    """Every byte plus a constant."""
    return bytes((byte + int(constant)) % 256 for byte in d)
