"""DES and triple DES under keys of the device profile."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.ciphers import known, pieces
from leakwatch.decoders.piece import Context, Piece

NAME = "des"
RANK = 96
WHOLE = True
TAKES = "bytes"
LOOKS_AROUND = True

_ALGORITHMS = frozenset({"des", "3des", "des3", "tripledes", "desede"})
_SHORTEST = 8


def sniff(data: bytes, context: Context) -> bool:
    """A key is known, and the bytes are not text."""
    return bool(context.keys.ciphers) and not context.text and len(data) >= _SHORTEST and known(context, _ALGORITHMS)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plaintext."""
    return pieces(data, context, _ALGORITHMS, NAME)
