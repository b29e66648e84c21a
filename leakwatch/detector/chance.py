"""The probability that a match came about at random: what a leak's `chance` says and its confidence rests on."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from leakwatch.model import Boundary, Segment, Variant

_CLASSES: dict[Boundary, str] = {
    Boundary.DIGIT: "0-9",
    Boundary.HEX: "0-9A-Fa-f",
    Boundary.WORD: "0-9A-Za-z",
    Boundary.BASE64: "0-9A-Za-z+",
}


class Odds:
    """Computes chance for the variants of one profile.

    The model: every place where the needle could stand is filled by symbols drawn evenly from its alphabet. A needle
    that is one run of its boundary class can stand only where a run has exactly its length, so only those count as
    places; any other needle could stand at every offset. The variants of the same identifier with the same length and
    class are as many tries. The figure is their product, at most 1.
    """

    def __init__(self, variants: Iterable[Variant]) -> None:
        self._tries = Counter((v.identifier, len(v.needle), v.boundary) for v in variants)
        self._places: dict[tuple[int, Boundary, int], int] = {}

    def forget(self) -> None:
        """Drop what was counted for one message: segments are told apart by identity while they live."""
        self._places.clear()

    def chance(self, variant: Variant, segment: Segment, tries: int = 1) -> float:
        """Return the chance of `variant` in the bytes searched: the segment's and its whole part's.

        `tries` counts what else was tried on the same bytes (255 keys of a XOR, say).
        """
        places = self._count(variant, segment)
        root = segment
        while root.parent is not None:
            root = root.parent
        if root is not segment:
            places += self._count(variant, root)
        same = self._tries[variant.identifier, len(variant.needle), variant.boundary] or 1
        return probability(variant.alphabet, len(variant.needle), places * same * tries)

    def _count(self, variant: Variant, segment: Segment) -> int:
        length = len(variant.needle)
        pattern = _runs(variant.boundary, length) if _is_run(variant) else None
        if pattern is None:
            return max(1, len(segment.data) - length + 1)
        key = (id(segment), variant.boundary, length)
        if key not in self._places:
            self._places[key] = max(1, sum(1 for _ in pattern.finditer(segment.data)))
        return self._places[key]


def probability(alphabet: int, length: int, tries: int) -> float:
    """Return `tries / alphabet**length`, at most 1, computed as logarithms so that it never under- or overflows."""
    exponent = math.log10(max(1, tries)) - length * math.log10(max(2, alphabet))
    return 1.0 if exponent >= 0 else float(10 ** max(exponent, -300.0))


def _is_run(variant: Variant) -> bool:
    symbols = _CLASSES.get(variant.boundary)
    return symbols is not None and re.fullmatch(f"[{symbols}]+".encode(), variant.needle) is not None


@cache
def _runs(boundary: Boundary, length: int) -> re.Pattern[bytes]:
    symbols = _CLASSES[boundary]
    return re.compile(f"(?<![{symbols}])[{symbols}]{{{length}}}(?![{symbols}])".encode())
