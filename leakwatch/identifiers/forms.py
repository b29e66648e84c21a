"""What normal forms are made of: one form, and the pieces that several kinds of identifier share."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from leakwatch.model import Boundary


class Depth(IntEnum):
    """How many transforms a form goes through; each word includes those before it."""

    PLAIN = 0
    """Searched as it stands, undigested."""
    BRIEF = 1
    """The digests of `digests.BRIEF`, and base64 at three alignments."""
    WIDE = 2
    """Every digest."""
    FULL = 3
    """Also double, truncated, salted and keyed digests."""


class Form(NamedTuple):
    """One normal form of a value: the bytes that an app may send or digest.

    `name` is the leak's `form` (empty: as the tester wrote it), `chain` what is more than cosmetic (`raw-bytes`).
    `needle` is false where only digests of it are worth searching; `whole` where it means nothing outside a key that
    names the type.
    """

    data: bytes
    name: str = ""
    boundary: Boundary = Boundary.WORD
    alphabet: int = 36
    chain: tuple[str, ...] = ()
    depth: Depth = Depth.FULL
    needle: bool = True
    whole: bool = False


def join(*names: str) -> str:
    """Return form names as one, in the order given: `no separators, upper`."""
    return ", ".join(name for name in names if name)


def cases(
    text: str,
    name: str = "",
    *,
    boundary: Boundary = Boundary.WORD,
    alphabet: int = 36,
    depth: Depth = Depth.FULL,
    needle: bool = True,
    whole: bool = False,
) -> Iterator[Form]:
    """Yield `text` as it is, in lower and in upper case (equal ones are dropped by `expand`)."""
    for case, form in (("", text), ("lower", text.lower()), ("upper", text.upper())):
        yield Form(form.encode(), join(name, case), boundary, alphabet, (), depth, needle, whole)


def digits(text: str, name: str = "", *, depth: Depth = Depth.FULL, needle: bool = True, whole: bool = False) -> Form:
    """Return a string of decimal digits as a form of its own boundary class."""
    return Form(text.encode(), name, Boundary.DIGIT, 10, (), depth, needle, whole)


def raw(
    data: bytes, chain: str = "raw-bytes", name: str = "", *, depth: Depth = Depth.PLAIN, alphabet: int = 256
) -> Form:
    """Return a binary form; its own length makes chance negligible, so it needs no boundary."""
    return Form(data, name, Boundary.NONE, alphabet, (chain,), depth)


def varint(number: int) -> bytes:
    """Return `number` as a base-128 varint (Protocol Buffers encoding, "Base 128 Varints")."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def bcd(text: str) -> Iterator[Form]:
    """Yield digits two to a byte: packed, and with nibbles swapped and filler F (3GPP TS 24.008 §10.5.1.4)."""
    odd = len(text) % 2
    fillers = (("0", "", "left zero"), ("", "f", "right F"), ("", "0", "right zero"))
    for before, after, name in fillers if odd else (("", "", ""),):
        yield raw(bytes.fromhex(before + text + after), "bcd", name, alphabet=100)
    packed = bytes.fromhex(text + "f" * odd)
    yield raw(bytes((b & 15) << 4 | b >> 4 for b in packed), "bcd", "nibbles swapped", alphabet=100)


def integers(number: int, *, text: bool = True) -> Iterator[Form]:
    """Yield a number as 64-bit integers of both byte orders, varint, and (with `text`) in base 16 and 36.

    Numbers under 2^32 yield nothing: their bytes turn up by chance. The zero bytes of a number that fills less than 64
    bits say nothing, so the alphabet is chosen that chance comes out as 2^-bits.
    """
    if not 1 << 32 <= number < 1 << 64:
        return
    bits = number.bit_length()
    for chain, data in (("uint64", number.to_bytes(8, "big")), ("fixed64", number.to_bytes(8, "little"))):
        yield raw(data, chain, alphabet=int(2 ** (bits / 8)))
    for name, value in (("", number), ("zigzag", number << 1))[: 2 if bits < 64 else 1]:
        data = varint(value)
        yield raw(data, "varint", name, alphabet=int(2 ** (bits / len(data))))
    if text:
        for case, change in (("", str.lower), ("upper", str.upper)):
            yield Form(change(f"{number:x}").encode(), case, Boundary.WORD, 16, ("base16-int",), Depth.PLAIN)
            yield Form(change(base36(number)).encode(), case, Boundary.WORD, 36, ("base36-int",), Depth.PLAIN)


def base36(number: int) -> str:
    """Return `number` in base 36 with lower-case letters, as `Long.toString(n, 36)` does."""
    out = ""
    while number:
        number, rest = divmod(number, 36)
        out = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + out
    return out or "0"


def hexadecimal(value: str, *, numbers: bool = False) -> Iterator[Form]:
    """Yield a bare hex identifier in its cases, as raw bytes, and (with `numbers`, 16 digits) as 64-bit numbers."""
    yield from cases(value, boundary=Boundary.HEX, alphabet=16)
    if len(value) % 2 == 0 and len(value) >= 16:
        yield raw(bytes.fromhex(value), depth=Depth.WIDE)
    stripped = value.lstrip("0")
    if stripped != value and len(stripped) >= 8:
        yield from cases(stripped, "no leading zeros", boundary=Boundary.HEX, alphabet=16, depth=Depth.WIDE)
    if not numbers or not stripped or len(stripped) > 16:
        return
    number = int(value, 16)
    yield digits(str(number), "decimal", depth=Depth.WIDE)
    if number >= 1 << 63:
        yield Form(str(number - (1 << 64)).encode(), "signed decimal", Boundary.DIGIT, 10, (), Depth.WIDE)
    yield from integers(number, text=False)


def uuid(value: str) -> Iterator[Form]:
    """Yield a UUID with and without dashes, in braces, and as 16 raw bytes of both layouts (RFC 9562 §4)."""
    bare = value.strip("{}").replace("-", "")
    dashed = "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
    as_typed = "" if value == dashed else "dashes"
    yield Form(value.encode(), "", Boundary.HEX, 16)
    yield from cases(dashed, as_typed, boundary=Boundary.HEX, alphabet=16)
    yield from cases(bare, "no separators", boundary=Boundary.HEX, alphabet=16)
    yield from cases("{" + dashed + "}", "braces", depth=Depth.WIDE, needle=False)
    data = bytes.fromhex(bare)
    yield raw(data, depth=Depth.WIDE)
    yield raw(data[3::-1] + data[5:3:-1] + data[7:5:-1] + data[8:], name="mixed-endian", depth=Depth.BRIEF)


def words(value: str, *, depth: Depth = Depth.FULL) -> Iterator[Form]:
    """Yield free text: as it is, trimmed, in its cases, and in GB18030 where that differs from UTF-8."""
    trimmed = value.strip()
    if trimmed != value:
        yield Form(value.encode(), "", depth=depth)
    yield from cases(trimmed, "trimmed" if trimmed != value else "", depth=depth)
    yield from gbk(trimmed)


def gbk(text: str, name: str = "") -> Iterator[Form]:
    """Yield a text in GB18030 (GBK is its two-byte part) where it has letters beyond ASCII, and in UTF-16.

    In UTF-16 only where it has nothing else: then there are no zero bytes by which the decoder knows it in binary data.
    """
    if text and not any(letter.isascii() for letter in text):
        for coding in ("utf-16le", "utf-16be"):
            yield Form(text.encode(coding, "replace"), name, Boundary.NONE, 128, (coding,), Depth.PLAIN)
    if not text.isascii():
        yield Form(text.encode("gb18030", "replace"), name, Boundary.NONE, 128, ("gbk",), Depth.BRIEF)
