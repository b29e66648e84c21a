"""Apache Thrift (thrift-binary-protocol.md, thrift-compact-protocol.md): messages and bare structs, framed or not."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import readable
from leakwatch.decoders.tree import MAX_ITEMS, TornError

NAME = "thrift"
RANK = 32
WHOLE = True
TAKES = "bytes"

_BINARY_VERSION = b"\x80\x01\x00"
_COMPACT_ID = 0x82
_COMPACT_TYPES = {1: 2, 2: 2, 3: 3, 4: 6, 5: 8, 6: 10, 7: 4, 8: 11, 9: 15, 10: 14, 11: 13, 12: 12}
_BOOL, _BYTE, _DOUBLE, _I16, _I32, _I64, _STRING, _STRUCT, _MAP, _SET, _LIST = 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15
_SIZES = {_BOOL: 1, _BYTE: 1, _DOUBLE: 8, _I16: 2, _I32: 4, _I64: 8}
_MAX_LEVEL = 32
_LEAST = 10_000
_SHORTEST = 8


def sniff(data: bytes, context: Context) -> bool:
    """A message's first bytes, also behind a frame's length, or a struct's first field."""
    if "protobuf" in context.media_type or "grpc" in context.media_type or context.parent == "grpc":
        return False  # a message's first tag may be the compact protocol's mark
    if context.text and "thrift" not in context.media_type:
        return False
    return bool(_starts(data)) or "thrift" in context.media_type


def _starts(data: bytes) -> list[tuple[int, bool, bool]]:
    """Return where a struct may begin: offset, compact, and whether a message's head precedes it."""
    if len(data) < _SHORTEST:
        return []
    for at in (0, 4):
        framed = at == 0 or int.from_bytes(data[:4], "big") == len(data) - 4
        if framed and data.startswith(_BINARY_VERSION, at):
            return [(at, False, True)]
        if framed and data[at] == _COMPACT_ID and data[at + 1] & 0x1F == 1:
            return [(at, True, True)]
    starts = []
    if data[-1] == 0:
        if data[0] in (*_SIZES, _STRING, _STRUCT, _MAP, _SET, _LIST) and data[1] == 0 and data[2] > 0:
            starts.append((0, False, False))
        if data[0] >> 4 >= 1 and data[0] & 0x0F in _COMPACT_TYPES:
            starts.append((0, True, False))
    return starts


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield strings and wide numbers of a struct that fills the bytes to their end."""
    for start, compact, headed in _starts(data):
        reader = _Compact(data, start) if compact else _Binary(data, start)
        try:
            if headed:
                reader.head()
            reader.struct("", 0)
        except (TornError, struct.error, IndexError):
            if not headed:
                continue
        if headed or (reader.at == len(data) and any(readable(piece.data) for piece in reader.found)):
            yield from reader.found
            return


class _Reader:
    """What both protocols share: fields in structs, elements in containers."""

    WIDE = "uint64"
    """The chain's name for its integers."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at
        self.found: list[Piece] = []
        self._left = MAX_ITEMS

    def head(self) -> None:
        raise TornError

    def field(self, last: int) -> tuple[int, int]:
        """Return type and number of the next field; type 0 ends the struct."""
        raise TornError

    def container(self, kind: int) -> tuple[list[int], int]:
        """Return the element types of a list, set or map, and how many there are."""
        raise TornError

    def number(self, kind: int) -> int | float:
        raise TornError

    def length(self) -> int:
        raise TornError

    def struct(self, path: str, level: int) -> None:
        """Read a struct's fields up to its stop."""
        if level > _MAX_LEVEL:
            raise TornError
        last = 0
        while True:
            kind, last = self.field(last)
            if kind == 0:
                return
            self.value(kind, f"{path}.{last}" if path else str(last), level)

    def value(self, kind: int, path: str, level: int) -> None:
        """Read a value and keep it where it can tell something."""
        self._left -= 1
        if self._left < 0 or self.at > len(self.data):
            raise TornError
        if kind == _STRUCT:
            self.struct(path, level + 1)
        elif kind in (_LIST, _SET, _MAP):
            self._elements(kind, path, level)
        elif kind == _STRING:
            length = self.length()
            start, self.at = self.at, self.at + length
            if length < 0 or self.at > len(self.data):
                raise TornError
            if length:
                self.found.append(Piece(self.data[start : self.at], start, length, f"thrift:{path}", "", True))
        else:
            self._keep(kind, path)

    def _elements(self, kind: int, path: str, level: int) -> None:
        kinds, count = self.container(kind)
        if not 0 <= count <= len(self.data) - self.at or level > _MAX_LEVEL:
            raise TornError
        for index in range(count):
            for element in kinds:
                self.value(element, f"{path}[{index}]", level + 1)

    def _keep(self, kind: int, path: str) -> None:
        start = self.at
        number = self.number(kind)
        size = self.at - start
        if self.at > len(self.data):
            raise TornError
        where = f"thrift:{path}"
        if kind == _DOUBLE and 1e-5 < abs(number) < 1e16:
            self.found.append(Piece(repr(number).encode(), start, size, where, "", True, (NAME, "double")))
        elif kind in (_I32, _I64) and abs(number) >= _LEAST:
            width = self.WIDE if kind == _I64 or self.WIDE == "varint" else ""
            chain = (NAME, width) if width else (NAME,)
            self.found.append(Piece(b"%d" % int(number), start, size, where, "", True, chain))


class _Binary(_Reader):
    """The binary protocol: big endian, fixed widths."""

    def head(self) -> None:
        self.at += 4
        name = self.length()
        self.at += name + 4

    def field(self, last: int) -> tuple[int, int]:
        kind = self.data[self.at]
        self.at += 1
        if kind == 0:
            return 0, last
        if kind not in (*_SIZES, _STRING, _STRUCT, _MAP, _SET, _LIST):
            raise TornError
        self.at += 2
        return kind, int.from_bytes(self.data[self.at - 2 : self.at], "big")

    def container(self, kind: int) -> tuple[list[int], int]:
        kinds = list(self.data[self.at : self.at + (2 if kind == _MAP else 1)])
        self.at += len(kinds)
        return kinds, self.length()

    def number(self, kind: int) -> int | float:
        if kind not in _SIZES:
            raise TornError
        size = _SIZES[kind]
        raw = self.data[self.at : self.at + size]
        self.at += size
        real: float = struct.unpack(">d", raw)[0] if kind == _DOUBLE else 0.0
        return real if kind == _DOUBLE else int.from_bytes(raw, "big", signed=True)

    def length(self) -> int:
        self.at += 4
        return int.from_bytes(self.data[self.at - 4 : self.at], "big", signed=True)


class _Compact(_Reader):
    """The compact protocol: varints, zigzag, field numbers as differences."""

    WIDE = "varint"
    _pending: bool = False

    def head(self) -> None:
        self.at += 2
        self._varint()
        name = self._varint()
        self.at += name

    def field(self, last: int) -> tuple[int, int]:
        lead = self.data[self.at]
        self.at += 1
        if lead == 0:
            return 0, last
        kind, step = lead & 0x0F, lead >> 4
        if kind not in _COMPACT_TYPES:
            raise TornError
        number = last + step if step else self._zigzag()
        self._pending = kind in (1, 2)  # a field's truth stands in its type
        return _COMPACT_TYPES[kind], number

    def container(self, kind: int) -> tuple[list[int], int]:
        if kind == _MAP:
            count = self._varint()
            kinds = self.data[self.at] if count else 0x11
            self.at += bool(count)
            pair = [kinds >> 4, kinds & 0x0F]
        else:
            lead = self.data[self.at]
            self.at += 1
            count = lead >> 4
            if count == 15:
                count = self._varint()
            pair = [lead & 0x0F]
        if any(element not in _COMPACT_TYPES for element in pair):
            raise TornError
        return [_COMPACT_TYPES[element] for element in pair], count

    def number(self, kind: int) -> int | float:
        if kind == _DOUBLE:
            self.at += 8
            real: float = struct.unpack("<d", self.data[self.at - 8 : self.at])[0]
            return real
        if kind == _BOOL and self._pending:
            self._pending = False
            return 0
        if kind in (_BOOL, _BYTE):
            self.at += 1
            return 0
        return self._zigzag()

    def length(self) -> int:
        return self._varint()

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise TornError

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
