"""MessagePack (msgpack specification): strings, byte strings and numbers under their keys."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.tree import MAX_ITEMS, Cursor, TornError, integer, real

NAME = "msgpack"
RANK = 42
WHOLE = True
TAKES = "bytes"

_FIRST = frozenset([*range(0x81, 0x90), *range(0x91, 0xA0), 0xDC, 0xDD, 0xDE, 0xDF])
_NUMBERS = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i",
    0xD3: ">q",
}  # fmt: skip
_STRINGS = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_BINARY = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


def sniff(data: bytes, context: Context) -> bool:
    """A map or an array begins, and the bytes are not text."""
    return len(data) > 3 and data[0] in _FIRST and (not context.text or "msgpack" in context.media_type)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the leaves of a document that fills the bytes to their end (several may follow each other)."""
    pieces: list[Piece] = []
    at = 0
    try:
        while at < len(data):
            if data[at] not in _FIRST:
                raise TornError
            reader = _Reader(data, at)
            pieces += reader.read()
            at = reader.at
    except (TornError, struct.error, IndexError):
        if "msgpack" not in context.media_type or not pieces:
            return
    yield from pieces


class _Reader:
    """One document being read, with a cursor instead of recursion."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at
        self.cursor = Cursor()

    def read(self) -> list[Piece]:
        found = []
        for _ in range(MAX_ITEMS):
            piece = self._item()
            if piece:
                found.append(piece)
            if self.cursor.done:
                return found
        raise TornError

    def _item(self) -> Piece | None:
        lead = self.data[self.at]
        begin, self.at = self.at, self.at + 1
        if 0x80 <= lead <= 0x9F or 0xDC <= lead <= 0xDF:
            self._container(lead)
            return None
        if 0xA0 <= lead <= 0xBF:
            return self._string(lead & 0x1F, text=True)
        if lead in _STRINGS or lead in _BINARY:
            size = _STRINGS.get(lead) or _BINARY[lead]
            return self._string(self._length(size), text=lead in _STRINGS)
        if lead in _EXTENSIONS or lead in _FIXED_EXTENSIONS:
            length = _FIXED_EXTENSIONS.get(lead) or self._length(_EXTENSIONS[lead])
            self.at += 1
            return self._string(length, text=False)
        if lead == 0xC1:
            raise TornError
        return self._number(lead, begin)

    def _container(self, lead: int) -> None:
        count = lead & 0x0F if lead < 0xDC else self._length(4 if lead in (0xDD, 0xDF) else 2)
        if self.cursor.expects_key or count > len(self.data) - self.at:
            raise TornError
        self.cursor.enter(0x80 <= lead <= 0x8F or lead >= 0xDE, count)

    def _length(self, size: int) -> int:
        length = int.from_bytes(self.data[self.at : self.at + size], "big")
        self.at += size
        return length

    def _string(self, length: int, text: bool) -> Piece | None:
        start, self.at = self.at, self.at + length
        if self.at > len(self.data):
            raise TornError
        value = self.data[start : self.at]
        if text and length < 256 and not _utf8(value):
            raise TornError
        if self.cursor.expects_key:
            path, _ = self.cursor.take()
            self.cursor.key = value[:128].decode("utf-8", "replace")
            return Piece(value, start, length, f"{NAME}:{path}") if length >= 8 and not value.isalpha() else None
        path, key = self.cursor.take()
        self.cursor.value()
        return Piece(value, start, length, f"{NAME}:{path}", key, True) if value else None

    def _number(self, lead: int, begin: int) -> Piece | None:
        if lead in _NUMBERS:
            shape = _NUMBERS[lead]
            value = struct.unpack_from(shape, self.data, self.at)[0]
            self.at += struct.calcsize(shape)
        elif lead in (0xC0, 0xC2, 0xC3):
            value = 0
        else:
            value = lead if lead < 0x80 else lead - 0x100
        if self.cursor.expects_key:
            self.cursor.key = str(value)
            return None
        path, key = self.cursor.take()
        self.cursor.value()
        make = real if lead in (0xCA, 0xCB) else integer
        return make(NAME, value, begin, self.at - begin, path, key)


def _utf8(value: bytes) -> bool:
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
