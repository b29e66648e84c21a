"""CBOR (RFC 8949): strings, byte strings and numbers under their keys, also of indefinite length."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.tree import MAX_ITEMS, Cursor, TornError, integer, real

NAME = "cbor"
RANK = 41
WHOLE = True
TAKES = "bytes"

_SELF_DESCRIBED = b"\xd9\xd9\xf7"
_FLOATS = {25: ">e", 26: ">f", 27: ">d"}


def sniff(data: bytes, context: Context) -> bool:
    """A map or an array that is not empty begins, and the bytes are not text."""
    if len(data) < 4 or (context.text and "cbor" not in context.media_type):
        return False
    return _begins(data, 0)


def _begins(data: bytes, at: int) -> bool:
    return 0x81 <= data[at] <= 0x9F or 0xA1 <= data[at] <= 0xBF or data.startswith(_SELF_DESCRIBED, at)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the leaves of a document that fills the bytes to their end."""
    reader = _Reader(data)
    try:
        pieces = reader.read()
        while reader.at < len(data) and _begins(data, reader.at):  # a sequence of documents (RFC 8742)
            pieces = reader.read()
    except (TornError, struct.error, IndexError):
        pieces = reader.found if "cbor" in context.media_type else []
    else:
        if reader.at != len(data) and "cbor" not in context.media_type:
            return
    yield from pieces


class _Reader:
    """One document being read, with a cursor instead of recursion."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0
        self.cursor = Cursor()
        self.found: list[Piece] = []

    def read(self) -> list[Piece]:
        self.cursor = Cursor()
        for _ in range(MAX_ITEMS):
            piece = self._item()
            if piece:
                self.found.append(piece)
            if self.cursor.done:
                return self.found
        raise TornError

    def _item(self) -> Piece | None:
        begin = self.at
        lead = self.data[begin]
        major, minor = lead >> 5, lead & 31
        self.at += 1
        if lead == 0xFF:
            if not self.cursor.open_ended or (not self.cursor.expects_key and self.cursor.key is not None):
                raise TornError
            self.cursor.leave()
            return None
        if major == 7:
            return self._simple(minor, begin)
        if minor == 31 and major not in (2, 3, 4, 5):
            raise TornError
        count = -1 if minor == 31 else self._argument(minor)
        if major == 6:
            return None  # a tag says what follows; what follows is read as it stands
        if major in (4, 5):
            if self.cursor.expects_key or count > len(self.data) - self.at:
                raise TornError
            self.cursor.enter(major == 5, count)
            return None
        if major in (2, 3):
            return self._string(count, text=major == 3)
        return self._integer(count if major == 0 else -1 - count, begin)

    def _argument(self, minor: int) -> int:
        if minor < 24:
            return minor
        if minor > 27:
            raise TornError
        size = 1 << (minor - 24)
        self.at += size
        if self.at > len(self.data):
            raise TornError
        return int.from_bytes(self.data[self.at - size : self.at], "big")

    def _string(self, length: int, text: bool) -> Piece | None:
        start = self.at
        if length < 0:
            value = self._chunks()
        else:
            self.at += length
            value = self.data[start : self.at]
        if self.at > len(self.data):
            raise TornError
        if self.cursor.expects_key:
            path, _ = self.cursor.take()
            self.cursor.key = value[:128].decode("utf-8", "replace")
            telling = len(value) >= 8 and not value.isalpha()
            return Piece(value, start, self.at - start, f"{NAME}:{path}") if telling else None
        path, key = self.cursor.take()
        self.cursor.value()
        return Piece(value, start, self.at - start, f"{NAME}:{path}", key, True) if value else None

    def _chunks(self) -> bytes:
        """Join the chunks of a string of indefinite length (RFC 8949 §3.2.3)."""
        parts = []
        while self.data[self.at] != 0xFF:
            lead = self.data[self.at]
            if lead >> 5 not in (2, 3) or lead & 31 == 31:
                raise TornError
            self.at += 1
            length = self._argument(lead & 31)
            parts.append(self.data[self.at : self.at + length])
            self.at += length
        self.at += 1
        return b"".join(parts)

    def _integer(self, value: int, begin: int) -> Piece | None:
        if self.cursor.expects_key:
            self.cursor.key = str(value)
            return None
        path, key = self.cursor.take()
        self.cursor.value()
        return integer(NAME, value, begin, self.at - begin, path, key)

    def _simple(self, minor: int, begin: int) -> Piece | None:
        if self.cursor.expects_key or minor > 27:
            raise TornError
        path, key = self.cursor.take()
        self.cursor.value()
        if minor not in _FLOATS:
            self.at += minor == 24
            return None
        shape = _FLOATS[minor]
        value = struct.unpack_from(shape, self.data, self.at)[0]
        self.at += struct.calcsize(shape)
        return real(NAME, value, begin, self.at - begin, path, key)
