"""Runs of an alphabet inside any bytes, found at the speed of `bytes.find`."""

from __future__ import annotations

from collections.abc import Iterator


class Alphabet:
    """A set of bytes, as a table that marks them with 1 and everything else with 0."""

    def __init__(self, symbols: bytes) -> None:
        self.table = bytes(byte in symbols for byte in range(256))

    def has_run(self, data: bytes, least: int) -> bool:
        """Tell whether `least` symbols stand in a row somewhere."""
        return data.translate(self.table).find(b"\x01" * least) >= 0

    def runs(self, data: bytes, least: int) -> Iterator[tuple[int, int]]:
        """Yield where each run of at least `least` symbols begins and ends."""
        marked = data.translate(self.table)
        needle = b"\x01" * least
        at = marked.find(needle)
        while at >= 0:
            end = marked.find(b"\x00", at + least)
            if end < 0:
                end = len(data)
            yield at, end
            at = marked.find(needle, end)


DIGITS = b"0123456789"
LOWER = b"abcdefghijklmnopqrstuvwxyz"
UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALPHANUMERIC = DIGITS + LOWER + UPPER
