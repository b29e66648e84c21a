"""JSON text cut into its strings and the rest at the speed of `bytes.split`; no structure is built (RFC 8259)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from leakwatch.decoders.jsontext import AWKWARD, unescape
from leakwatch.decoders.unfolding import is_leaf

_STRING = re.compile(rb'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)', re.DOTALL)
"""One without an end goes to the end of the data, so that no byte is looked at twice."""
_BEGINS = re.compile(rb"\s*(?:\{\s*[\"}]|\[\s*(?:[\"{\[\]]|-?\d|true|false|null))")
_STRUCTURE = b" \t\r\n,:{}[]0123456789.eE+-truefalsn"
_ODD = re.compile(rb"(?<![0-9.])[0-9]{12}|[0-9]{4}\.[0-9]|\.[0-9]{21}|[0-9.][eE]")
"""A number beyond 11 digits or three places before the point: others are leaves for sure."""
_NUMBER = re.compile(rb"-?[0-9][0-9.eE+-]*")
_NAME = re.compile(rb'(?<!\\)"([^"\\]*(?:\\.[^"\\]*)*)"\s*:\s*(?:"[^"]|[-0-9])', re.DOTALL)
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class JsonText:
    """A text that is JSON as far as its strings and what stands between them tell."""

    data: bytes
    strings: list[bytes]
    """The text between each pair of quotes as it stands, names of members among them."""
    rest: bytes
    """Everything else: punctuation, numbers and literals."""

    def plain(self, numbers: Collection[bytes] = ()) -> set[bytes]:
        """Return the strings without escapes, each once, and the numbers that are long or odd or one of `numbers`."""
        values = set(self.strings) if b"\\" not in self.data else {s for s in self.strings if b"\\" not in s}
        values.discard(b"")
        if numbers or _ODD.search(self.rest):
            found = _NUMBER.findall(self.rest)
            values.update(number for number in found if number in numbers or not is_leaf(number))
        return values

    def escaped(self) -> set[bytes]:
        """Return the strings with escapes, as they stand."""
        return {s for s in self.strings if b"\\" in s} if b"\\" in self.data else set()

    def names(self) -> Iterator[str]:
        """Yield the names of the root's members that have a string, a number or a container, in their order."""
        if self.rest.count(b"{") + self.rest.count(b"[") == 1:
            names = [unescape(name).decode("utf-8", "backslashreplace") for name in _NAME.findall(self.data)]
        else:
            try:
                root = json.loads(self.data)
            except (ValueError, RecursionError):
                return
            members = root.items() if isinstance(root, dict) else ()
            names = [name for name, value in members if value or (value == 0 and value is not False)]
        yield from (name[:_LONGEST_NAME] for name in names if name and not AWKWARD.search(name))


def read_json(data: bytes) -> JsonText | None:
    """Return the strings of `data` if it looks like one JSON document from beginning to end, else None."""
    if not _BEGINS.match(data):
        return None
    if b"\\" in data:
        strings, rest = _STRING.findall(data), _STRING.sub(b"", data)
    else:
        pieces = data.split(b'"')
        strings, rest = pieces[1::2], b"".join(pieces[::2])
        if not len(pieces) % 2:
            return None
    return None if rest.translate(None, _STRUCTURE) else JsonText(data, strings, rest)
