"""Paths and numbers of binary containers that are built like JSON (MessagePack, CBOR)."""

from __future__ import annotations

import math
import re

from leakwatch.decoders.piece import Piece

_AWKWARD = re.compile("[\\s.\\[\\]'\"\\\\\x00-\x1f]")
_LEAST = 100
"""Numbers of one or two digits say nothing."""

MAX_LEVEL = 48
MAX_ITEMS = 50_000


class TornError(ValueError):
    """The bytes end, or break the format, before the value does."""


def member(path: str, key: str) -> str:
    """Return the path of a map's entry: `$.a`, or `$['a b']` where the key is not simple."""
    key = key[:128]
    if key and not _AWKWARD.search(key):
        return f"{path}.{key}"
    quoted = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{quoted}']"


def integer(name: str, value: int, start: int, size: int, path: str, key: str) -> Piece | None:
    """Return an integer's decimal text, or None for one that says nothing; wide ones say so in the chain."""
    if abs(value) < _LEAST:
        return None
    chain = (name, "uint64") if size > 5 else (name,)
    return Piece(b"%d" % value, start, size, f"{name}:{path}", key, True, chain)


def real(name: str, value: float, start: int, size: int, path: str, key: str) -> Piece | None:
    """Return a floating-point number's shortest text; None for infinities and the like."""
    if not math.isfinite(value):
        return None
    text = repr(value) if size > 5 else f"{value:.9g}"
    return Piece(text.encode(), start, size, f"{name}:{path}", key, True, (name, "double" if size > 5 else "float"))


class Cursor:
    """Where a reader stands in a tree: the open maps and arrays, and so the path of the value that comes next."""

    def __init__(self) -> None:
        self._frames: list[tuple[bool, int, str, int]] = []  # map?, items left, path, index
        self.key: str | None = None
        self.done = False

    @property
    def expects_key(self) -> bool:
        """The next value is the key of a map's entry."""
        return bool(self._frames) and self._frames[-1][0] and self.key is None

    @property
    def open_ended(self) -> bool:
        """The innermost container ends with a mark instead of a count."""
        return bool(self._frames) and self._frames[-1][1] < 0

    def take(self) -> tuple[str, str]:
        """Return path and key of the value that comes now."""
        if not self._frames:
            return "$", ""
        is_map, _, path, index = self._frames[-1]
        if len(self._frames) > MAX_LEVEL:
            return path, self.key or ""
        return (member(path, self.key or ""), self.key or "") if is_map else (f"{path}[{index}]", "")

    def enter(self, is_map: bool, count: int) -> None:
        """Enter a container of `count` entries (-1: until its end mark)."""
        path, _ = self.take()
        self.key = None
        if len(self._frames) > 20_000:
            raise TornError
        if count == 0:
            self._step()
        else:
            self._frames.append((is_map, count, path, 0))

    def leave(self) -> None:
        """Leave a container at its end mark."""
        self._frames.pop()
        self._step()

    def value(self) -> None:
        """Count a value that was read, and leave the containers that are full."""
        self.key = None
        self._step()

    def _step(self) -> None:
        self.key = None
        while self._frames:
            is_map, left, path, index = self._frames.pop()
            if left != 1:
                self._frames.append((is_map, left - 1 if left > 0 else left, path, index + 1))
                return
        self.done = True
