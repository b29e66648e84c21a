"""Ciphertext whose plaintext a hook on the device saw: opened without a key."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.decoders.piece import Context, Piece
from leakwatch.model import Hooked

NAME = "hooked"
RANK = 97
WHOLE = False
TAKES = "bytes"

_HEAD = 8
"""So many first bytes of a ciphertext are looked up at every offset; then the rest is compared."""

_WITHIN = 1 << 18
"""Ciphertexts that begin later are not looked for."""

Table = dict[bytes, list[Hooked]]


def sniff(data: bytes, context: Context) -> bool:
    """A hook log is there, and the bytes are long enough for one of its ciphertexts."""
    return bool(context.keys.hooked) and len(data) >= _HEAD


def decode(data: bytes, context: Context) -> Iterator[Piece]:
    """Yield the plaintext of each ciphertext that stands in the bytes, under the algorithm that the hook saw."""
    table = _table(context.keys.hooked)
    at, end = 0, min(len(data), _WITHIN) - _HEAD
    while at <= end:
        call = next((c for c in table.get(data[at : at + _HEAD], ()) if data.startswith(c.ciphertext, at)), None)
        if call is None:
            at += 1
            continue
        name = call.algorithm.removesuffix("3")
        yield Piece(call.plaintext, at, len(call.ciphertext), whole=True, chain=(name,))
        at += len(call.ciphertext)


_latest: tuple[tuple[Hooked, ...], Table] = ((), {})


def _table(hooked: tuple[Hooked, ...]) -> Table:
    """Return the calls by their ciphertext's first bytes, the longest first; made once for a log."""
    global _latest  # noqa: PLW0603  # comparing long logs by value, as a cache would, costs more than the look-up
    known, table = _latest
    if known is not hooked:
        table = {}
        for call in sorted(hooked, key=lambda call: -len(call.ciphertext)):
            table.setdefault(call.ciphertext[:_HEAD], []).append(call)
        _latest = (hooked, table)
    return table
