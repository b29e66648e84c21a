"""JSON Web Tokens (RFC 7519): header and claims, wherever a token stands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.base64text import unwrap
from leakwatch.decoders.piece import Context, Piece

NAME = "jwt"
RANK = 2  # as percent escapes: a token hides nothing that is escaped beside it
WHOLE = False
TAKES = "text"

_TOKEN = re.compile(rb"(?<!%[0-9A-Fa-f]{2})(eyJ[\w-]{6,})\.([\w-]{2,})\.[\w-]*(?!%)")
"""Not beside percent escapes: once they are undone, what the token stands in can be told."""


def sniff(data: bytes, context: Context) -> bool:
    """A header that begins an object, then dots."""
    return b"eyJ" in data and bool(_TOKEN.search(data))


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield header and claims of each token whose header is an object; an encrypted payload is left out."""
    for token in _TOKEN.finditer(data):
        for group, path in ((1, "jwt:header"), (2, "jwt:payload")):
            plain = unwrap(token[group])
            if not plain or not plain.lstrip().startswith(b"{"):
                break
            yield Piece(plain, token.start(group), len(token[group]), path, whole=True)
