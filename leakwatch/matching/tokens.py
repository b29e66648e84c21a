"""Signs of encoding in a text, all in one pass of Hyperscan: escapes, binary bytes, long base64-like runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from leakwatch.matching.prefilter import hyperscan

_LEAST = 16
_CLASS = "[A-Za-z0-9+/_-]"
_TOKEN = re.compile(f"(?![0-9]{{{_LEAST},19}}(?!{_CLASS})){_CLASS}{{{_LEAST},}}".encode())
"""A run that is a number of up to 19 digits is none: fractions and times are the commonest of long runs."""

# The byte before a run is part of the pattern, so that each run is told once.
_BEGINS = f"(?:^|[^A-Za-z0-9+/_-]){_CLASS}{{{_LEAST}}}".encode()
_RUN = f"{_CLASS}{{{_LEAST}}}".encode()
_SIGNS = (
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]",
    rb"\\[ux\"'/\\]",
    rb"%[0-9a-fA-F]{2}",
    rb"&(?:#|[a-z]{2,6};)",
    rb"=(?:[0-9A-F]{2}[^&0-9A-Za-z]|\r?\n)",
    rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd|PK\x03\x04|bplist0|\x04\x22\x4d\x18|\xff\x06\x00\x00sNaPpY",
)
_PATTERNS = [re.compile(sign) for sign in _SIGNS]
_FLAGS_ONCE = 0 if hyperscan is None else hyperscan.HS_FLAG_SINGLEMATCH


@dataclass(frozen=True, slots=True)
class Signs:
    """What a text shows: whether it has binary bytes, each kind of escape, and first bytes of compressed data or a
    property list (which are the same for gzip, zstd, zip, bplist, lz4, snappy); and its runs of base64-like symbols.
    """

    binary: bool
    backslash: bool
    percent: bool
    entity: bool
    quoted: bool
    compressed: bool
    tokens: list[bytes]


class SignFinder:
    """Looks for signs of encoding: runs of at least 16 symbols of the base64 alphabets, and escapes."""

    def __init__(self, *, prefilter: bool = True) -> None:
        # Two databases: one for both takes more than twice as long, and most data has no long run at all.
        usable = prefilter and hyperscan is not None
        self._once = _compile((*_SIGNS, _RUN), _FLAGS_ONCE) if usable else None
        self._begins = _compile((_BEGINS,), 0) if usable else None

    def find(self, data: bytes) -> Signs:
        """Return the signs in `data`."""
        if self._once is not None and self._begins is not None:
            try:
                return self._scanned(data, self._once, self._begins)
            except hyperscan.error:
                pass
        seen = {number for number, pattern in enumerate(_PATTERNS) if pattern.search(data)}
        return _signs(seen, [match[0] for match in _TOKEN.finditer(data)])

    def _scanned(self, data: bytes, once: Any, begins: Any) -> Signs:
        seen: set[int] = set()
        ends: list[int] = []
        once.scan(data, match_event_handler=lambda number, *_: seen.add(number))
        if len(_SIGNS) in seen:
            begins.scan(data, match_event_handler=lambda _, __, end, *___: ends.append(end))
        runs = (_TOKEN.match(data, end - _LEAST) for end in ends)
        return _signs(seen, [run[0] for run in runs if run])


def _signs(seen: set[int], tokens: list[bytes]) -> Signs:
    return Signs(0 in seen, 1 in seen, 2 in seen, 3 in seen, 4 in seen, 5 in seen, tokens)


@cache
def _compile(patterns: tuple[bytes, ...], flag: int) -> Any:
    """Return a database for all finders; where two threads use it at once, one of them looks without it."""
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    count = len(patterns)
    try:
        database.compile(expressions=list(patterns), ids=list(range(count)), elements=count, flags=[flag] * count)
    except hyperscan.error:
        return None
    return database
