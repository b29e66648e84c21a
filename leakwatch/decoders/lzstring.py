"""LZ-based string compression of JavaScript (pieroxy/lz-string): its base64, URI, UTF-16 and byte forms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from leakwatch.decoders.piece import Context, Piece

NAME = "lzstring"
RANK = 10
WHOLE = True
TAKES = "any"

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_URI = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-$"
_DIGITS = {
    alphabet: bytes.maketrans(alphabet, bytes(number & 63 for number in range(len(alphabet))))
    for alphabet in (_BASE64, _URI)
}
"""For each alphabet, what turns its symbols into their numbers."""
_VALUE = re.compile(rb"[A-P][A-Za-z0-9+/$-]{7,}={0,3}\Z")
_UTF16_SHIFT = 32
_SHORTEST = 6
_LONGEST = 1 << 18
_ODD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def sniff(data: bytes, context: Context) -> bool:
    """A whole value that begins as a stream whose first character has eight or sixteen bits."""
    if not context.whole or not _SHORTEST <= len(data) <= _LONGEST:
        return False
    if data.isascii() and context.text:
        return bool(_VALUE.match(data))
    return data[0] < 0x80 or data[0] >= 0xC2


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the text of the form that fits; a stream that is none shows unprintable characters at once."""
    for numbers, width in _forms(data, context.text):
        text = expand(numbers, width, context.room(len(data)))
        if text and len(text) >= _SHORTEST and not _ODD.search(text):
            yield Piece(text.encode("utf-8", "surrogatepass"), whole=True)
            return


def _forms(data: bytes, text: bool) -> Iterator[tuple[Sequence[int], int]]:
    """Yield the stream's digits and how many bits each has, for every form that the bytes may be."""
    if text and data.isascii():
        for alphabet in (_BASE64, _URI):
            if not data.translate(None, alphabet):
                yield data.rstrip(b"=").translate(_DIGITS[alphabet]), 6
        return
    if not text:
        yield data, 8
    try:
        codes = [ord(char) for char in data.decode("utf-8").removesuffix(" ")]
    except UnicodeDecodeError:
        return
    if codes and all(_UTF16_SHIFT <= code < _UTF16_SHIFT + 32768 for code in codes):
        yield [code - _UTF16_SHIFT for code in codes], 15


class _Bits:
    """The stream's bits: digits from the front, each from its highest bit, numbers from their lowest."""

    def __init__(self, digits: Sequence[int], width: int) -> None:
        self.digits, self.width = digits, width
        self.at = 0

    def take(self, count: int) -> int:
        """Return the next number of `count` bits; raises IndexError at the end."""
        value = 0
        for place in range(count):
            digit, bit = divmod(self.at, self.width)
            value |= (self.digits[digit] >> (self.width - 1 - bit) & 1) << place
            self.at += 1
        return value

    def spent(self) -> bool:
        """Tell whether at most the padding of the last two digits is left."""
        return self.at > (len(self.digits) - 3) * self.width


def expand(digits: Sequence[int], width: int, limit: int) -> str | None:
    """Decompress to at most `limit` characters; None where that is no stream that ends properly."""
    bits = _Bits(digits, width)
    try:
        return _expand(bits, limit)
    except IndexError:
        return None


def _literal(bits: _Bits, code: int) -> str | None:
    char = chr(bits.take(8 if code == 0 else 16))
    return None if _ODD.match(char) else char


def _expand(bits: _Bits, limit: int) -> str | None:
    code = bits.take(2)
    if code > 1:
        return None
    entry = _literal(bits, code)
    if entry is None:
        return None
    words: list[str] = ["", "", "", entry]
    out, size, last = [entry], 1, entry
    room, width = 4, 3  # until the dictionary outgrows the code's width
    while True:
        code = bits.take(width)
        if code == 2:
            return "".join(out) if bits.spent() else None
        if code in (0, 1):
            char = _literal(bits, code)
            if char is None:
                return None
            words.append(char)
            code, room = len(words) - 1, room - 1
            if room == 0:
                room, width = 1 << width, width + 1
        if code < len(words):
            entry = words[code]
        elif code == len(words):
            entry = last + last[0]
        else:
            return None
        out.append(entry)
        size += len(entry)
        if size > limit or len(words) > _LONGEST:
            return "".join(out)
        words.append(last + entry[0])
        room, last = room - 1, entry
        if room == 0:
            room, width = 1 << width, width + 1
