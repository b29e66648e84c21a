"""Character references of HTML and XML: `&amp;`, `&#26446;`, `&#x674e;`."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import runs
from leakwatch.decoders.tokens import Alphabet

NAME = "entity"
RANK = 2
WHOLE = False
TAKES = "any"

_REFERENCE = re.compile(rb"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos|commat|period|colon|plus|nbsp);")
_LONGEST = 1 << 20
_STOPS = Alphabet(b"\r\n<>")


def sniff(data: bytes, context: Context) -> bool:
    """An ampersand and a semicolon with a reference between them."""
    return b"&" in data and b";" in data and bool(_REFERENCE.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield each run with its references undone."""
    for start, end in runs(data, _REFERENCE, _STOPS, context.whole):
        end = min(end, start + _LONGEST)
        text = data[start:end].decode("utf-8", "surrogateescape")
        plain = html.unescape(text).encode("utf-8", "surrogatepass" if text.isascii() else "surrogateescape")
        yield Piece(plain, start, end - start, whole=context.whole)
