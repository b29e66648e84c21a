"""What is readable text, and where in a text the runs lie that carry a marker."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leakwatch.decoders.tokens import Alphabet

_PRINTABLE = bytes(range(0x20, 0x7F)) + b"\t\n\r"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_SAMPLE = 4096
_SHORT = 4096
"""A text no longer than this is decoded as one run."""

MAX_RUNS = 20_000
"""How many runs of one text a decoder takes up."""

MAGICS = (
    b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"PK\x03\x04", b"bplist", b"\xff\x06\x00\x00sNaPpY",
    b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda", b"\xac\xed\x00\x05", b"%PDF", b"\x89PNG", b"\xff\xd8\xff",
)  # fmt: skip
"""First bytes of what other decoders open, or of what is plainly no accident."""


def readable(data: bytes) -> bool:
    """Tell whether all of `data` is text: UTF-8 without control characters. Empty bytes are not."""
    if data.isascii():
        return bool(data) and not data.translate(None, _PRINTABLE)
    try:
        return not _CONTROL.search(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def is_text(data: bytes) -> bool:
    """Tell from its beginning whether `data` is text in UTF-8, as `readable` would for all of it."""
    if len(data) <= _SAMPLE:
        return readable(data)
    sample = data[:_SAMPLE]
    # a character may be cut at the end: take away up to three bytes of it
    return readable(sample) or any(readable(sample[:-cut]) for cut in (1, 2, 3))


def meaningful(data: bytes) -> bool:
    """Tell whether decoded bytes are evidence that decoding them was right: text, or a known magic number."""
    return data.startswith(MAGICS) or readable(data)


def runs(data: bytes, marker: re.Pattern[bytes], stops: Alphabet, whole: bool) -> Iterator[tuple[int, int]]:
    """Yield where runs that hold `marker` begin and end; a run reaches to the next byte of `stops` on both sides.

    A whole value and a short text are one run, so that what belongs together stays together.
    """
    if whole or len(data) <= _SHORT:
        if marker.search(data):
            yield 0, len(data)
        return
    marked = data.translate(stops.table)
    end = count = 0
    while (hit := marker.search(data, end)) and count < MAX_RUNS:
        start = max(end, marked.rfind(b"\x01", end, hit.start()) + 1)
        end = marked.find(b"\x01", hit.end())
        end = len(data) if end < 0 else end
        yield start, end
        count += 1
