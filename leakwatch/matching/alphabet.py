"""Base64 under an unknown substituted alphabet: parameterised matching (Baker 1993, "p-match").

A substitution keeps which symbols are equal. So an identifier's base64 form is compared with a long base64-like value
by the pattern of equal symbols alone; a match fixes what each symbol stands for, and that either agrees with the other
matches or not. Where base64 text begins with the value, a form can stand only where its alignment allows.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from leakwatch.model import Variant

_STANDARD = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SHORTEST_TEXT, _LONGEST_TEXT = 40, 1 << 15
_SHORTEST_PIECE = 12
_ALONE = 20
"""A single form of fewer symbols is not believed: it takes two identifiers then."""

_WINDOW = 10
_DISTINCT = bytes(range(_WINDOW))
"""The pattern of a window in which no symbol comes twice."""
_CERTAIN = 1e-9
_MOST_CANDIDATES = 20_000


@dataclass(frozen=True, slots=True)
class Piece:
    """One identifier's form as base64 symbols: those that its neighbours cannot change, at one alignment."""

    variant: Variant
    symbols: bytes
    phase: int
    """Where its first symbol stands in a group of four."""
    anchor: int
    """Where its most telling window begins: the one with the fewest different symbols."""


@dataclass(frozen=True, slots=True)
class Substituted:
    """An identifier in substituted base64, from `start` to `end` of the value; `known` of its symbols were mapped."""

    variant: Variant
    start: int
    end: int
    chance: float


@dataclass(frozen=True, slots=True)
class Recovered:
    """A consistent alphabet: what it explains, and the value in the standard alphabet (`?` where nothing is known)."""

    found: tuple[Substituted, ...]
    alphabet: Mapping[int, int]
    """From the value's symbol to the standard one."""
    text: bytes
    complete: bool
    """True where every symbol of the value is known."""


class Substitution:
    """Looks for plain identifiers in values that are base64 of an alphabet nobody told."""

    def __init__(self, variants: Iterable[Variant]) -> None:
        self._pieces: dict[tuple[int, bytes], list[Piece]] = {}
        self._count = 0
        for variant in variants:
            if not variant.chain and not variant.whole:
                for piece in _pieces(variant):
                    window = piece.symbols[piece.anchor : piece.anchor + _WINDOW]
                    key = (piece.phase + piece.anchor) % 4, _pattern(window)
                    self._pieces.setdefault(key, []).append(piece)
                    self._count += 1

    def search(self, value: bytes) -> Recovered | None:
        """Return the alphabet that explains most of `value`, or None: then it is something else, or holds nothing."""
        text = value.rstrip(b"=")
        if not self._pieces or not _SHORTEST_TEXT <= len(text) <= _LONGEST_TEXT or len(set(text)) > len(_STANDARD):
            return None
        candidates = sorted(self._candidates(text), key=lambda c: (c[0].chance, c[0].start))
        for number, (seed, mapping) in enumerate(candidates[:50]):
            alphabet = dict(mapping)
            agreed = [seed]
            for other, more in candidates[:number] + candidates[number + 1 :]:
                apart = all(other.end <= known.start or known.end <= other.start for known in agreed)
                if apart and _agrees(alphabet, more):
                    alphabet |= more
                    agreed.append(other)
            if _is_believed(agreed) and any(symbol != standard for symbol, standard in alphabet.items()):
                return _recovered(text, agreed, alphabet, len(text) * self._count)
        return None

    def _candidates(self, text: bytes) -> Iterator[tuple[Substituted, dict[int, int]]]:
        for start, piece in islice(self._places(text), _MOST_CANDIDATES):
            end = start + len(piece.symbols)
            mapping = _mapping(text[start:end], piece.symbols) if start >= 0 else None
            if mapping is not None:
                chance = _chance(piece.symbols) * len(text) * self._count
                yield Substituted(piece.variant, start, end, min(1.0, chance)), mapping

    def _places(self, text: bytes) -> Iterator[tuple[int, Piece]]:
        """Yield where a piece could begin by its telling window; one that repeats no symbol fits anywhere, so last."""
        vague = []
        for at in range(len(text) - _WINDOW + 1):
            window = _pattern(text[at : at + _WINDOW])
            if window == _DISTINCT:
                vague.append(at)
                continue
            for piece in self._pieces.get((at % 4, window), ()):
                yield at - piece.anchor, piece
        for at in vague:
            for piece in self._pieces.get((at % 4, _DISTINCT), ()):
                yield at - piece.anchor, piece


def _pieces(variant: Variant) -> Iterator[Piece]:
    needle = variant.needle
    for offset in range(3):
        symbols = base64.b64encode(b"\0" * offset + needle)
        first = (0, 2, 3)[offset]
        piece = symbols[first : (offset + len(needle)) * 8 // 6]
        if len(piece) >= _SHORTEST_PIECE and len(set(piece)) < len(piece):
            yield Piece(variant, piece, first, _telling(piece))


def _telling(symbols: bytes) -> int:
    """Return where the window with the fewest different symbols begins, the first of them."""
    return min(range(len(symbols) - _WINDOW + 1), key=lambda at: len(set(symbols[at : at + _WINDOW])))


def _pattern(symbols: bytes) -> bytes:
    """Return the pattern of equality: each symbol replaced by the place of its first occurrence."""
    return bytes(map(symbols.index, symbols))


def _mapping(text: bytes, symbols: bytes) -> dict[int, int] | None:
    """Return what each symbol of `text` stands for, None where no one-to-one mapping makes `symbols` of it."""
    if len(text) != len(symbols):
        return None
    mapping = dict(zip(text, symbols))
    if len(set(mapping.values())) != len(mapping) or any(mapping[a] != b for a, b in zip(text, symbols)):
        return None
    return mapping


def _agrees(alphabet: Mapping[int, int], more: Mapping[int, int]) -> bool:
    """Say whether two mappings can be one: none maps a symbol otherwise, or two symbols to one."""
    backwards = {standard: symbol for symbol, standard in alphabet.items()}
    return all(
        alphabet.get(symbol, standard) == standard and backwards.get(standard, symbol) == symbol
        for symbol, standard in more.items()
    )


def _chance(symbols: bytes) -> float:
    """Return the chance that n random symbols, k of them different, show this pattern: 64·63·…·(65-k) / 64^n."""
    distinct = len(set(symbols))
    exponent = sum(math.log10(64 - i) for i in range(distinct)) - len(symbols) * math.log10(64)
    return float(10 ** max(exponent, -300.0))


def _chance_beside(text: bytes, one: Substituted, agreed: list[Substituted], tries: int) -> float:
    """Return the chance that `one` fits the alphabet that the other forms fix: 1 in 64 for each symbol they have."""
    fixed = {symbol for other in agreed if other is not one for symbol in text[other.start : other.end]}
    known = sum(symbol in fixed for symbol in text[one.start : one.end])
    return float(min(1.0, 10 ** max(math.log10(max(1, tries)) - known * math.log10(64), -300.0)))


def _is_believed(agreed: list[Substituted]) -> bool:
    """One long form at a small enough chance, or two identifiers that agree."""
    if any(one.end - one.start >= _ALONE and one.chance <= _CERTAIN for one in agreed):
        return True
    names = {one.variant.identifier: one.chance for one in agreed}
    return len(names) >= 2 and math.prod(names.values()) <= _CERTAIN


def _recovered(text: bytes, agreed: list[Substituted], alphabet: dict[int, int], tries: int) -> Recovered:
    agreed = [replace(one, chance=min(one.chance, _chance_beside(text, one, agreed, tries))) for one in agreed]
    believed = [one for one in agreed if one.chance <= _CERTAIN or len(agreed) > 1]
    plain = bytes(alphabet.get(symbol, 0x3F) for symbol in text)
    complete = all(symbol in alphabet for symbol in text)
    return Recovered(tuple(sorted(believed, key=lambda one: one.start)), alphabet, plain, complete)
