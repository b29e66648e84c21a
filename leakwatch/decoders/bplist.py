"""Apple's binary property lists: values under their keys, each object once."""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from typing import Any
from xml.parsers.expat import ExpatError

from leakwatch.decoders.piece import Context, Piece

NAME = "bplist"
RANK = 90
WHOLE = True
TAKES = "bytes"

_MAGIC = b"bplist0"
_MAX_VALUES = 20_000
_MAX_SIZE = 4 << 20


def sniff(data: bytes, context: Context) -> bool:
    """The magic number."""
    return data.startswith(_MAGIC)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield strings, data and numbers; objects that refer to each other in circles are walked once."""
    if len(data) > _MAX_SIZE:
        context.budget.over("bytes", len(data))
        return
    try:
        root = plistlib.loads(data, fmt=plistlib.FMT_BINARY)
    except (plistlib.InvalidFileException, ValueError, TypeError, KeyError, IndexError, OverflowError, ExpatError):
        return
    except (RecursionError, MemoryError, AttributeError):
        context.budget.over("depth", len(data))
        return
    yield from _walk(root, data)


def _walk(root: Any, data: bytes) -> Iterator[Piece]:
    """Walk the tree with a stack of our own, so that nesting costs no recursion."""
    stack: list[tuple[Any, str, str]] = [(root, "", "")]
    walked: set[int] = set()
    for _ in range(_MAX_VALUES):
        if not stack:
            return
        value, path, key = stack.pop()
        if isinstance(value, (dict, list)):
            if id(value) in walked or path.count(".") > 48:
                continue
            walked.add(id(value))
            if isinstance(value, dict):
                stack += [(v, f"{path}.{k}" if path else str(k), str(k)) for k, v in reversed(value.items())]
            else:
                stack += [(v, f"{path}[{i}]", "") for i, v in reversed(list(enumerate(value)))]
            continue
        text = _text(value)
        if text:
            start = data.find(text) if len(text) >= 6 else -1
            run = (start, len(text)) if start >= 0 else (0, -1)
            yield Piece(text, *run, f"bplist:{path}", key[:128], True, _chain(value))


def _text(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, bytes):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value).encode()
    return b""


def _chain(value: Any) -> tuple[str, ...]:
    if isinstance(value, float):
        return (NAME, "double")
    return (NAME, "uint64") if isinstance(value, int) else (NAME,)
