"""mitmproxy's flow-file framing: typed netstrings (tnetstrings.info, with mitmproxy's `;` for text), read with limits.

mitmproxy's own parser reads whatever length a file claims, and searches a damaged record byte by byte; a capture file
is hostile, so lengths are held against the file's size before anything is allocated, and nesting is bounded.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, BinaryIO

MAX_DEPTH = 40
MAX_DIGITS = 12
_MAX_NUMBER = 320
"""The longest number, in characters: the longest repr of a float is far below."""


class TornError(ValueError):
    """The file ends, or stops making sense, before the record does."""


def read_record(file: BinaryIO) -> Any:
    """Return the next value of the file, or None at its end; the file stands behind it, even where it is damaged.

    Raises TornError where the framing itself is broken (nothing behind it can be read), ValueError where only this
    record is.
    """
    prefix = file.read(MAX_DIGITS + 1)
    if not prefix:
        return None
    digits, colon, rest = prefix.partition(b":")
    if not colon or not digits.isdigit():
        raise TornError("no length where a record should begin")
    length = int(digits)
    file.seek(-len(rest), os.SEEK_CUR)
    left = os.fstat(file.fileno()).st_size - file.tell()
    if length + 1 > left:
        raise TornError(f"a record of {length} bytes, of which {max(left, 0)} are there")
    data = memoryview(file.read(length))
    kind = file.read(1)
    if len(data) != length or kind not in _PARSERS:
        raise TornError("a record without its end")
    return _PARSERS[kind](data, MAX_DEPTH)


def _pop(data: memoryview, start: int, depth: int) -> tuple[Any, int]:
    """Return the value at `start` and where the next one begins."""
    if depth <= 0:
        raise ValueError("nested too deeply")
    digits, colon, _ = bytes(data[start : start + MAX_DIGITS + 1]).partition(b":")
    if not colon or not digits.isdigit():
        raise ValueError("no length where a value should begin")
    begin = start + len(digits) + 1
    end = begin + int(digits)
    parser = _PARSERS.get(bytes(data[end : end + 1]))
    if parser is None:
        raise ValueError("a value without its type")
    return parser(data[begin:end], depth - 1), end + 1


def _list(data: memoryview, depth: int) -> list[Any]:
    values, at = [], 0
    while at < len(data):
        value, at = _pop(data, at, depth)
        values.append(value)
    return values


def _dict(data: memoryview, depth: int) -> dict[Any, Any]:
    values = _list(data, depth)
    if len(values) % 2:
        raise ValueError("a key without a value")
    try:
        return dict(zip(values[::2], values[1::2]))
    except TypeError:
        raise ValueError("a key that is no name") from None


def _number(convert: Callable[[bytes], Any]) -> Callable[[memoryview, int], Any]:
    def parse(data: memoryview, depth: int) -> Any:
        if len(data) > _MAX_NUMBER:
            raise ValueError("a number too long to be one")
        return convert(bytes(data))

    return parse


_PARSERS: dict[bytes, Callable[[memoryview, int], Any]] = {
    b",": lambda data, depth: bytes(data),
    b";": lambda data, depth: str(data, "utf-8"),
    b"#": _number(int),
    b"^": _number(float),
    b"!": lambda data, depth: bytes(data) == b"true",
    b"~": lambda data, depth: None,
    b"]": _list,
    b"}": _dict,
}
