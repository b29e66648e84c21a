"""Obfuscation without a key: ROT13, reversal, XOR with any short key, a constant added; searched for by differences.

XOR with one byte leaves the XOR of neighbouring bytes as it was; XOR with a key of n bytes that repeats leaves the XOR
of bytes n apart. So the needles' differences are searched for in the data's differences, whatever the key is: one pass
for each key length. An added constant leaves the neighbours' arithmetic difference.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial

from leakwatch.matching.automaton import is_text
from leakwatch.matching.boundaries import stands_alone
from leakwatch.matching.matcher import Matcher
from leakwatch.model import Boundary, Match, Variant

_MOST = 1_000
"""So many are told apart in one piece of data."""
_SHORTEST = 8
"""Shorter plain needles turn up by chance under some key."""

_SHORTEST_KNOWN = 6
"""Under a key that the tester knows there is only one reading."""

_LONGEST = 1 << 20
"""Longer data is not looked at: obfuscated payloads are small."""

_DIGITS = 11
"""Of a number among numbers so many digits must be left beside those that fix the key."""

_NUMBER = re.compile(rb"[0-9 :._/()+-]+")
"""A number among others, however it is spaced: separators four apart say nothing of a key of four bytes."""

_PERIODS = (1, 2, 3, 4)
MIRRORED = (("reverse",), ("rot13",), ("byteswap",))
"""The chains of variants that are disguised themselves, for short values wherever they stand."""
_SEPARATORS = re.compile(rb"[ :._/-]")
_BETWEEN = b"\0\n\0"
_ROT13 = bytes(codecs.encode(chr(byte), "rot13").encode("latin-1")[0] for byte in range(256))


@dataclass(frozen=True, slots=True)
class Disguise:
    """How bytes were obfuscated: `name` as in the chain, `key` of an XOR or the constant added, and what undoes it."""

    name: str
    key: bytes = b""

    def undo(self, data: bytes) -> bytes:
        """Return all of `data` with the obfuscation undone; a key is taken to start with the data."""
        if self.name == "rot13":
            return data.translate(_ROT13)
        if self.name == "reverse":
            return _reversed(data)
        if self.name == "byteswap":
            pairs = bytearray(data)
            pairs[: len(data) & ~1 : 2], pairs[1::2] = data[1::2], data[: len(data) & ~1 : 2]
            return bytes(pairs)
        if self.name == "add":
            return data.translate(bytes((byte - self.key[0]) % 256 for byte in range(256)))
        return xor(data, self.key)


@dataclass(frozen=True, slots=True)
class Disguised:
    """A match in obfuscated data, where it stands there; `guessed`: the key was made up from the match itself."""

    match: Match
    disguise: Disguise
    guessed: bool


class Obfuscation:
    """Looks for needles of at least 8 bytes in obfuscated data: any of `matcher`'s where nothing has to be guessed,
    only plain ones where a key has to. What it needs is built on first use.
    """

    def __init__(
        self, variants: Sequence[Variant], matcher: Matcher, xor_keys: Sequence[bytes] = (), *, prefilter: bool = True
    ) -> None:
        self._plain = matcher
        self._variants = [v for v in variants if not v.chain and not v.whole and _tells(v.needle)]
        self._keys = [key for key in xor_keys if any(key)]
        self._prefilter = prefilter

    def search(self, data: bytes) -> list[Disguised]:
        """Return the obfuscated needles in `data`, the simplest explanation of each place only."""
        if not _SHORTEST <= len(data) <= _LONGEST:
            return []
        found: list[Disguised] = []
        taken: list[tuple[int, int]] = []
        for disguised in self._all(data):
            start, end = disguised.match.start, disguised.match.end
            if not any(start < e and s < end for s, e in taken):
                taken.append((start, end))
                found.append(disguised)
                if len(found) >= _MOST:
                    break
        return found

    def shows(self, data: bytes) -> bool:
        """Say whether `search` could find anything in `data`; costs two passes, whatever the kinds of obfuscation."""
        if not _SHORTEST <= len(data) <= _LONGEST:
            return False
        if self._plain.touches(data.translate(_ROT13) + _BETWEEN + data[::-1], self._disguisable):
            return True
        if self._keys and any(True for key in self._keys for _ in self._transformed(data, Disguise("xor", key))):
            return True
        changed = _BETWEEN.join([*xor_differences(data), difference(data)])
        return self._changed.touches(changed, range(len(self._variants) * 5))

    @cached_property
    def _disguisable(self) -> frozenset[int]:
        """The needles that are looked for reversed and under ROT13."""
        return frozenset(
            number
            for number, needle, variants in self._plain.numbered()
            if len(needle) >= _SHORTEST
            and is_text(needle)
            and any(not (variant.whole or _is_mirrored(variant)) for variant in variants)
        )

    @cached_property
    def _changed(self) -> Matcher:
        """All needles' differences of every kind; which is which does not matter to who only asks."""
        kinds: list[tuple[Callable[[bytes], bytes], int]] = [
            *((partial(xor_difference, period=period), period) for period in _PERIODS), (difference, 1),
        ]  # fmt: skip
        return Matcher(
            [variant for change, lost in kinds for variant in self._variants_of(change, lost)],
            prefilter=self._prefilter, cache=False,
        )  # fmt: skip

    def _all(self, data: bytes) -> Iterator[Disguised]:
        for name in ("rot13", "reverse"):
            yield from self._transformed(data, Disguise(name))
        for key in self._keys:
            yield from self._transformed(data, Disguise("xor", key))
        for period in _PERIODS:
            yield from self._differences(data, period)
        yield from self._added(data)

    # -- with a known transformation -----------------------------------------------------------------------------------

    def _transformed(self, data: bytes, disguise: Disguise) -> Iterator[Disguised]:
        for match in self._plain.search(disguise.undo(data)):
            start, end = match.start, match.end
            if disguise.name == "reverse":
                start, end = len(data) - end, len(data) - start
            needle = match.variant.needle
            # Numbers reversed are the other byte order, and digits stay as they are under ROT13.
            told = not match.variant.whole and not _is_mirrored(match.variant) and (disguise.key or is_text(needle))
            if told and len(needle) >= (_SHORTEST_KNOWN if disguise.key else _SHORTEST) and data[start:end] != needle:
                yield Disguised(Match(match.variant, start, end), disguise, guessed=False)

    # -- with a key that nobody knows ----------------------------------------------------------------------------------

    @cached_property
    def _by_period(self) -> dict[int, Matcher]:
        return {period: self._matcher(partial(xor_difference, period=period), period) for period in _PERIODS}

    @cached_property
    def _sums(self) -> Matcher:
        return self._matcher(difference, 1)

    def _matcher(self, change: Callable[[bytes], bytes], lost: int) -> Matcher:
        return Matcher(self._variants_of(change, lost), prefilter=self._prefilter, cache=False)

    def _variants_of(self, change: Callable[[bytes], bytes], lost: int) -> list[Variant]:
        return [
            replace(v, needle=needle, boundary=Boundary.NONE, form=str(number))
            for number, v in enumerate(self._variants)
            if len(v.needle) - lost >= _SHORTEST - 1 and _tells(needle := change(v.needle))
        ]

    def _differences(self, data: bytes, period: int) -> Iterator[Disguised]:
        for match in self._by_period[period].search(xor_difference(data, period)):
            variant = self._variants[int(match.variant.form)]
            start, end = match.start, match.start + len(variant.needle)
            if _NUMBER.fullmatch(data, start, end) and 0 < _count(variant.needle) < _DIGITS + period:
                continue  # digits differ by so little that other numbers, of which there are many, fit often
            phase = xor(data[start : start + period], variant.needle[:period])
            key = bytes(phase[(i - start) % period] for i in range(period))
            if _respelled(data[start:end], variant.needle):
                continue
            around = max(0, start - start % period - period)
            plain = xor(data[around : end + 1], key)
            if stands_alone(plain, start - around, end - around, variant.boundary):
                yield Disguised(Match(variant, start, end), Disguise("xor", key), guessed=True)

    def _added(self, data: bytes) -> Iterator[Disguised]:
        for match in self._sums.search(difference(data)):
            variant = self._variants[int(match.variant.form)]
            start, end = match.start, match.start + len(variant.needle)
            constant = (data[start] - variant.needle[0]) % 256
            disguise = Disguise("add", bytes([constant]))
            around = max(0, start - 1)
            plain = disguise.undo(data[around : end + 1])
            if constant and stands_alone(plain, start - around, end - around, variant.boundary):
                yield Disguised(Match(variant, start, end), disguise, guessed=True)


def _reversed(data: bytes) -> bytes:
    """Return a text with its characters in the other order, else the bytes: both have ASCII at the same places."""
    try:
        return data[::-1] if data.isascii() else data.decode()[::-1].encode()
    except UnicodeDecodeError:
        return data[::-1]


def xor(data: bytes, key: bytes) -> bytes:
    """Return `data` XOR the repeated `key`."""
    stream = (key * (len(data) // len(key) + 1))[: len(data)]
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def xor_difference(data: bytes, period: int) -> bytes:
    """Return each byte XOR the one `period` further on: `period` bytes shorter than `data`."""
    if len(data) <= period:
        return b""
    return xor(data[:-period], data[period:])


def xor_differences(data: bytes) -> list[bytes]:
    """Return `xor_difference` for every period, each with up to 4 bytes more at its end that mean nothing."""
    size = len(data)
    number = int.from_bytes(data, "little")
    return [(number ^ (number >> 8 * period)).to_bytes(size, "little") for period in _PERIODS]


def difference(data: bytes) -> bytes:
    """Return each following byte less the one before, modulo 256: one byte shorter than `data`.

    All bytes are subtracted in one big integer: the high bits are kept from borrowing and put right afterwards.
    """
    size = len(data) - 1
    if size < 1:
        return b""
    high = int.from_bytes(b"\x80" * size, "big")
    low = int.from_bytes(b"\x7f" * size, "big")
    one, other = int.from_bytes(data[1:], "big"), int.from_bytes(data[:-1], "big")
    rest = ((one | high) - (other & low)) ^ ((one ^ ~other) & high)
    return rest.to_bytes(size, "big")


def _is_mirrored(variant: Variant) -> bool:
    return variant.chain[:1] in MIRRORED


def _respelled(data: bytes, needle: bytes) -> bool:
    """Say whether they differ in separators only: those of a MAC stand as far apart as the bytes of a key."""
    letters = _SEPARATORS.sub(b"", data)
    return data == needle or letters == _SEPARATORS.sub(b"", needle)


def _count(needle: bytes) -> int:
    """Return how many digits a number has, 0 for anything else."""
    return sum(byte in b"0123456789" for byte in needle) if _NUMBER.fullmatch(needle) else 0


def _tells(data: bytes) -> bool:
    """Say whether bytes are varied enough to be told from filling: their differences are not all alike."""
    return len(data) >= _SHORTEST - 1 and len(set(data)) >= 4 and max(map(data.count, set(data))) * 2 <= len(data)
