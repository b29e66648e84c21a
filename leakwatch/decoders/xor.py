"""XOR under keys of the device profile, where all of what it gives makes sense; single needles are found elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import MAGICS, readable

NAME = "xor"
RANK = 96
WHOLE = True
TAKES = "bytes"

_SHORTEST = 16
_HEAD = 64
_LARGEST = 4 << 20
_MAGICS = tuple(magic for magic in MAGICS if len(magic) > 2)


def sniff(data: bytes, context: Context) -> bool:
    """A key is known, and the bytes are neither text nor a known format."""
    if not context.keys.xor_keys or context.text or len(data) < _SHORTEST:
        return False
    return not data.startswith(_MAGICS)


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield what the first key gives under which all of it is text, or begins as a known format."""
    for key in context.keys.xor_keys:
        if any(key) and _begins_well(_xor(data[:_HEAD], key)):
            plain = _xor(data[:_LARGEST], key)
            if plain.startswith(_MAGICS) or readable(plain):
                yield Piece(plain, whole=True)
                return


def _begins_well(head: bytes) -> bool:
    # up to three bytes of a character may be cut off at the end
    return head.startswith(_MAGICS) or any(readable(head[: len(head) - cut]) for cut in range(4))


def _xor(data: bytes, key: bytes) -> bytes:
    stream = (key * (len(data) // len(key) + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")
