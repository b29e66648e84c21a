"""Protocol Buffers without a schema (protobuf.dev, "Encoding"): strict about what counts as a message."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import NamedTuple

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import readable

NAME = "protobuf"
RANK = 30
WHOLE = True
TAKES = "bytes"

_MEDIA = ("protobuf", "protobuffer", "x-protobuf", "grpc")
_FIRST_TAGS = frozenset(number << 3 | wire for number in range(1, 16) for wire in (0, 1, 2, 3, 5)) | frozenset(
    range(0x80, 0x100)
)
_MAX_FIELD = 20_000
_MAX_LEVELS = 32
_MAX_FIELDS = 50_000
_LEAST = 10_000
"""Smaller numbers say nothing about a person and are everywhere."""


class Field(NamedTuple):
    """One field: its number, wire type, and where its value lies; `value` is the number of wire types 0, 1 and 5."""

    number: int
    wire: int
    start: int
    end: int
    value: int


def sniff(data: bytes, context: Context) -> bool:
    """A possible first tag, and bytes that are not text unless a message is announced."""
    if len(data) < 4 or (context.text and not _announced(context)):
        return False
    return data[0] in _FIRST_TAGS or _is_delimited(data)


def _announced(context: Context) -> bool:
    if context.media_type.startswith("application/grpc-web-text"):
        return False  # base64 of frames
    return context.parent == "grpc" or any(word in context.media_type for word in _MEDIA)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield strings, byte strings and numbers of a message whose every byte belongs to a field."""
    fields = parse(data, 0, len(data), cut=_announced(context))
    if fields and (_announced(context) or _plausible(fields, data)):
        yield from _pieces(data, fields)
    elif fields is None and _is_delimited(data):
        fields = [field for begin, end in _delimited(data) for field in parse(data, begin, end) or ()]
        if _plausible(fields, data):
            yield from _pieces(data, fields)


def _is_delimited(data: bytes) -> bool:
    """Tell whether messages stand in a row, each behind its length, as `writeDelimitedTo` puts them."""
    runs = _delimited(data)
    return len(runs) > 1 and all(parse(data, begin, end) for begin, end in runs)


def _delimited(data: bytes) -> list[tuple[int, int]]:
    """Return where each of such messages lies; nothing where the lengths do not fill `data`."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(data) and len(runs) < _MAX_FIELDS:
        size, begin = _varint(data, at, len(data))
        at = begin + size
        if begin < 0 or size < 2 or at > len(data) or data[begin] not in _FIRST_TAGS:
            return []
        runs.append((begin, at))
    return runs if at == len(data) else []


def parse(data: bytes, start: int, end: int, cut: bool = False) -> list[Field] | None:
    """Return the fields in [start, end), or None if that is no message; with `cut` the last field may be torn."""
    fields: list[Field] = []
    at, groups = start, 0
    while at < end:
        tag, at = _varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if at < 0 or not 0 < number <= _MAX_FIELD or wire > 5 or len(fields) > _MAX_FIELDS:
            return fields if cut and fields else None
        begin, value = at, 0
        if wire == 0:
            value, at = _varint(data, at, end)
        elif wire == 2:
            value, begin = _varint(data, at, end)
            at = begin + value if begin >= 0 else -1
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
            value = int.from_bytes(data[begin:at], "little")
        else:
            groups += 1 if wire == 3 else -1
        if at < 0 or at > end or groups < 0:
            return fields if cut and fields else None
        fields.append(Field(number, wire, begin, at, value))
    return fields if groups == 0 or cut else None


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    """Return the number and where it ends, or -1 where it does not end in time."""
    value = shift = 0
    while at < end and shift < 70:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    return 0, -1


def _plausible(fields: list[Field], data: bytes) -> bool:
    """Without announcement: low field numbers, and some text or a whole submessage to show for it."""
    if max(field.number for field in fields) > 1000:
        return False
    told = sum(f.end - f.start for f in fields if f.wire == 2 and _speaks(data, f))
    return told * 4 >= len(data) or (told >= 6 and len(fields) >= 3) or _numeric(fields)


def _numeric(fields: list[Field]) -> bool:
    """A message of numbers only: rising small field numbers, no zero fields."""
    numbers = [field.number for field in fields]
    return len(fields) >= 2 and numbers == sorted(numbers) and numbers[-1] <= 32 and fields[0].number <= 3


def _speaks(data: bytes, field: Field) -> bool:
    value = data[field.start : field.end]
    return len(value) >= 3 and (readable(value) or bool(parse(data, field.start, field.end)))


_SURE = 5
_RAW = frozenset({6, 8, 16, 20, 32})
"""Lengths of a MAC, a 64-bit id, a UUID and digests: such bytes may look like a message and be none."""


def _pieces(data: bytes, fields: list[Field]) -> Iterator[Piece]:
    """Walk the message and its submessages without recursion, in the order of the bytes."""
    stack: list[tuple[Iterator[Field], str]] = [(iter(fields), "")]
    while stack:
        rest, prefix = stack[-1]
        field = next(rest, None)
        if field is None:
            stack.pop()
            continue
        path = f"{prefix}{field.number}"
        if field.wire == 3:
            stack[-1] = (rest, f"{path}.")
        elif field.wire == 4:
            stack[-1] = (rest, prefix.removesuffix(f"{path.removeprefix(prefix)}."))
        elif field.wire == 2:
            inner = _message(data, field) if len(stack) <= _MAX_LEVELS else None
            value = data[field.start : field.end]
            text = readable(value)
            if value and (inner is None or text or (len(value) in _RAW and not _tells(data, inner))):
                yield Piece(value, field.start, len(value), f"protobuf:{path}", whole=True)
            if inner is not None:
                stack.append((iter(inner), f"{path}."))
            elif not text:
                yield from _packed(data, field, f"protobuf:{path}")
        else:
            yield from _numbers(field, f"protobuf:{path}")


def _tells(data: bytes, fields: list[Field]) -> bool:
    """Tell whether a text in one of the fields shows that this is a message by no accident."""
    for field in fields:
        if field.wire == 2 and field.end - field.start >= _SURE:
            inner = parse(data, field.start, field.end)
            if readable(data[field.start : field.end]) or (inner and _tells(data, inner)):
                return True
    return False


def _message(data: bytes, field: Field) -> list[Field] | None:
    """Parse a submessage; readable text counts as one only where each of its fields is readable text in turn."""
    if field.end - field.start < 2:
        return None
    inner = parse(data, field.start, field.end)
    if not inner:
        return None
    value = data[field.start : field.end]
    if readable(value):
        strict = all(f.wire == 2 and f.end > f.start and readable(data[f.start : f.end]) for f in inner)
        return inner if strict else None
    return inner if max(f.number for f in inner) <= 2000 else None


def _numbers(field: Field, path: str) -> Iterator[Piece]:
    """Yield a number as the decimal texts that it may stand for."""
    size = field.end - field.start
    if field.wire == 0:
        yield from varint_texts(field.value, field.start, size, path)
    elif field.wire == 1:
        yield from fixed_texts(field.value, 8, field.start, path)
    elif field.wire == 5:
        yield from fixed_texts(field.value, 4, field.start, path)


def varint_texts(value: int, start: int, size: int, path: str) -> Iterator[Piece]:
    """Yield a varint unsigned, as a negative number, and undone from zigzag."""
    chain = (NAME, "varint")
    if value >= 1 << 63:
        yield Piece(b"%d" % value, start, size, path, "", True, chain)
        value -= 1 << 64
    if abs(value) < _LEAST:
        return
    yield Piece(b"%d" % value, start, size, path, "", True, chain)
    if value > 0:
        yield Piece(b"%d" % ((value >> 1) ^ -(value & 1)), start, size, path, "", True, chain)


def fixed_texts(value: int, size: int, start: int, path: str) -> Iterator[Piece]:
    """Yield a fixed-width number as an integer and, where that is a sensible one, as a floating-point number."""
    raw = value.to_bytes(size, "little")
    number = struct.unpack("<d" if size == 8 else "<f", raw)[0]
    if math.isfinite(number) and 1e-5 < abs(number) < 1e16:
        text = repr(number) if size == 8 else f"{number:.9g}"
        yield Piece(text.encode(), start, size, path, "", True, (NAME, "double" if size == 8 else "float"))
    chain = (NAME, "fixed64" if size == 8 else "fixed32")
    if value >= 1 << (size * 8 - 1):
        yield Piece(b"%d" % value, start, size, path, "", True, chain)
        value -= 1 << (size * 8)
    if abs(value) >= _LEAST:
        yield Piece(b"%d" % value, start, size, path, "", True, chain)


def _packed(data: bytes, field: Field, path: str) -> Iterator[Piece]:
    """Yield a packed repeated field's numbers: varints that end with the bytes, and 64-bit ones where they fit."""
    size = field.end - field.start
    if size > 4096:
        return
    found: list[tuple[int, int, int]] = []
    at = field.start
    while 0 <= at < field.end:
        begin = at
        value, at = _varint(data, at, field.end)
        found.append((value, begin, at - begin))
    if at == field.end and len(found) >= 2:
        for value, begin, length in found:
            yield from varint_texts(value, begin, length, path)
    if size % 8 == 0:
        for at in range(field.start, field.end, 8):
            yield from fixed_texts(int.from_bytes(data[at : at + 8], "little"), 8, at, path)
