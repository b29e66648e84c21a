"""A tolerant, iterative reader of JSON text (RFC 8259) that says where each value lies; it never recurses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from leakwatch.decoders.piece import Piece

_TOKEN = re.compile(
    rb"([\s,:]*)(?:\"([^\"\\]*(?:\\.[^\"\\]*)*)(\"?)|([{\[])|([}\]])|([^\s,:\"{}\[\]]+)|\Z)",
    re.DOTALL,
)
_END, _STRING, _OPEN, _CLOSE, _BARE = 1, 3, 4, 5, 6
_LITERAL = re.compile(rb"-?(?:\d[\d.eE+-]*|Infinity|NaN)\Z|true\Z|false\Z|null\Z|undefined\Z")
_NUMBER = re.compile(rb"-?\d")
AWKWARD = re.compile("[\\s.\\[\\]'\"\\\\\x00-\x1f]")
"""What a member's name must not hold to stand in a path as it is."""
_ESCAPE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)
_SIMPLE = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"f": b"\f"}
_MAX_LEVEL = 48
"""Levels that a path names; what lies deeper has the path of its ancestor there, with an ellipsis."""
_MAX_FRAMES = 50_000
"""Nobody's document is nested so deep; what follows is left to the other decoders."""
_MAX_NAME = 128
_TELLING = 8
"""A shorter member name cannot hold an identifier."""


class Leaf(NamedTuple):
    """One string, number or telling member name: where its text lies (without quotes), under what path and name."""

    start: int
    end: int
    path: str
    key: str
    text: bool
    """A string, with escapes still in it; else a number."""
    name: bool = False
    """The member's name itself, not its value."""


class Reading:
    """A document being read; `end` is where the reader stopped, `complete` whether the root was closed there."""

    def __init__(self, data: bytes, start: int = 0) -> None:
        self.data = data
        self.end = start
        self.complete = False
        self._frames: list[tuple[bool, str, int]] = []
        self._object, self._path, self._index = False, "$", -1
        self._key: str | None = None

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaves in their order, up to the end of the root or the first thing that is not JSON."""
        for token in _TOKEN.finditer(self.data, self.end):
            kind = token.lastindex
            if (
                len(self._frames) > _MAX_FRAMES
                or token.start() != self.end
                or kind == _END
                or (kind == _BARE and not _LITERAL.match(token[_BARE]))
            ):
                return
            self.end = token.end()
            if kind == _CLOSE:
                self._close()
            else:
                if self._object and self._key is not None and b"," in token[1]:
                    self._key = None  # a member without a value
                if kind == _STRING and self._object and self._key is None:
                    if leaf := self._name(token):
                        yield leaf
                    continue
                if leaf := self._value(token):
                    yield leaf
            if not self._frames:
                self.complete = kind != _STRING or bool(token[_STRING])
                return

    def _close(self) -> None:
        if self._frames:
            self._object, self._path, self._index = self._frames.pop()
        self._key = None

    def _name(self, token: re.Match[bytes]) -> Leaf | None:
        """Take a member's name; return it where it could tell something itself."""
        start, end = token.span(2)
        self._key = key = unescape(token[2]).decode("utf-8", "backslashreplace")
        if end - start >= _TELLING and not key.isalpha():
            return Leaf(start, end, self._here(), "", True, True)
        return None

    def _value(self, token: re.Match[bytes]) -> Leaf | None:
        """Take a value: return a string or a number, enter an object or an array."""
        if not self._object:
            self._index += 1
        here, key, kind = self._here(), self._key or "", token.lastindex
        self._key = None
        if kind == _OPEN:
            self._frames.append((self._object, self._path, self._index))
            deep = len(self._frames) == _MAX_LEVEL
            self._object, self._path, self._index = token[_OPEN] == b"{", f"{here}…" if deep else here, -1
        elif kind == _STRING:
            start, end = token.span(2)
            if end > start:
                return Leaf(start, end, here, key, True)
        elif _NUMBER.match(token[_BARE]):
            return Leaf(*token.span(_BARE), here, key, False)
        return None

    def _here(self) -> str:
        """Return the path of the value that comes next: `$.a`, `$['a b']`, `$[0]`."""
        if not self._frames or len(self._frames) >= _MAX_LEVEL:
            return self._path
        if not self._object:
            return f"{self._path}[{self._index}]"
        key = self._key or ""
        if not key or len(key) > _MAX_NAME or AWKWARD.search(key):
            quoted = key[:_MAX_NAME].replace("\\", "\\\\").replace("'", "\\'")
            return f"{self._path}['{quoted}']"
        return f"{self._path}.{key}"


def unescape(raw: bytes) -> bytes:
    """Undo the escapes of a string's text; what is no escape stays. Lone surrogates stay as WTF-8 writes them."""
    if b"\\" not in raw:
        return raw
    try:
        text = json.loads(b'"%s"' % raw, strict=False)
    except ValueError:
        return _ESCAPE.sub(_undo, raw)
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else raw


def _undo(escape: re.Match[bytes]) -> bytes:
    text = escape[0]
    if len(text) == 2:
        return _SIMPLE.get(text[1:], text[1:])
    units = [int(unit, 16) for unit in text.decode("ascii").split("\\u")[1:]]
    if len(units) == 2:
        return chr(0x10000 + ((units[0] - 0xD800) << 10) + (units[1] - 0xDC00)).encode()
    return chr(units[0]).encode("utf-8", "surrogatepass")


def piece_of(data: bytes, leaf: Leaf, path: str) -> Piece:
    """Return the piece of one leaf, its escapes undone."""
    raw = data[leaf.start : leaf.end]
    return Piece(unescape(raw) if leaf.text else raw, leaf.start, leaf.end - leaf.start, path, leaf.key, not leaf.name)
