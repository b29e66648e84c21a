"""Coordinates: pairs of numbers near an identifier's position, in any datum, notation and order, tested by distance."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from leakwatch.matching.geodesy import EARTH_AREA, METRES_PER_DEGREE, Place, distance, places
from leakwatch.model import Identifier

_REACH = 0.005
"""Degrees around a place within which a number may be one of its coordinates."""

_JITTER = 50.0
_FARTHEST = 300.0
"""Metres: how far a phone's fix may lie from the place given, and the most that any precision is granted."""

_FEWEST_DECIMALS = 3
_MOST = 300
_GAP = 100
"""Bytes of text between two numbers of one pair."""

_BINARY_GAP = 16
"""Bytes between two bare doubles of one pair."""
_DOUBLE = ("double",)
_DOUBLE_DECIMALS = 6

_NEXT_RECORD = re.compile(rb"[}\])]\s*,\s*[{\[(]|</([\w:.-]{1,64})>\s*<\1[\s/>]")
_LONGEST_LINE = 4096
_DECIMAL = re.compile(rb"(\d{1,3})\.(\d{1,18})(?!\d)(?!\.\d)")
_SCALED = re.compile(rb"\d{6,10}(?!\d)(?!\.\d)")
_DEGREES = re.compile(
    rb"(\d{1,3})\s*(?:\xc2\xb0|\xba|\xe5\xba\xa6|:)\s*(\d{1,2}(?:\.\d+)?)\s*(?:'|\xe2\x80\xb2|\xe2\x80\x99|\xe5\x88\x86|:)"
    rb"\s*(?:(\d{1,2}(?:\.\d+)?)(?!\d|\s*(?:\xc2\xb0|\xba|\xe5\xba\xa6))"
    rb"\s*(?:\"|''|\xe2\x80\xb3|\xe2\x80\x9d|\xe7\xa7\x92)?)?\s*([NSEWnsew])?"
)
_MARKS = ("°".encode(), b"\xba", "度".encode())


@dataclass(frozen=True, slots=True)
class Half:
    """A number that may be one coordinate of one place, from `start` to `end` of the data it stands in."""

    start: int
    end: int
    degrees: float
    decimals: int
    """Its precision: 5 for 0.00001 degrees."""
    notation: tuple[str, ...]
    """The notation's share of the chain: `e6`, `e7`, `dms` or nothing."""
    latitude: bool
    place: Place
    source: int = 0
    """Which of several texts it stands in, where they are told apart."""


@dataclass(frozen=True, slots=True)
class Position:
    """Two halves that make a position near a place; `chance` is that of one pair of random numbers doing so."""

    latitude: Half
    longitude: Half
    metres: float
    precision: float
    """What the last digit is worth, in metres."""
    chance: float

    @property
    def chain(self) -> tuple[str, ...]:
        """Its share of the chain, outermost first: the notation, then the datum."""
        return self.latitude.notation + self.latitude.place.chain


class Locator:
    """Looks for the positions of a profile. `hints` are to be searched with everything else, at no further cost."""

    def __init__(self, identifiers: Iterable[Identifier]) -> None:
        self.places = [place for identifier in identifiers for place in _places(identifier)]
        self.doubles = tuple(pair for place in self.places for pair in _doubles(place))
        """What 64-bit floating-point numbers near both coordinates have in common, in either byte order."""
        hints = {hint for place in self.places for hint in _hints(place)}
        self.hints = tuple(sorted(hints.union(*self.doubles)))
        """What a number near one of the places begins with (a little-endian double ends)."""

    def halves(self, data: bytes, starts: Iterable[int], source: int = 0) -> list[Half]:
        """Return the coordinates that stand in `data` where `hints` were found."""
        found: dict[tuple[int, int, bool, Place], Half] = {}
        for start in sorted(set(starts))[:10_000]:
            for begin, end, degrees, decimals, notation in (*_numbers(data, start), *_bare_doubles(data, start)):
                for place in self.places:
                    for latitude, wanted in ((True, place.latitude), (False, place.longitude)):
                        if abs(degrees - wanted) <= _REACH:
                            half = Half(begin, end, degrees, decimals, notation, latitude, place, source)
                            found[begin, end, latitude, place] = half
        return sorted(found.values(), key=lambda half: (half.start, half.end))

    def tells(self, data: bytes, starts: Iterable[int]) -> bool:
        """Say whether a coordinate stands in `data`: of bare doubles, which any bytes may be, two beside each other."""
        halves = self.halves(data, starts)
        return any(half.notation != _DOUBLE for half in halves) or bool(positions(halves))


def positions(halves: Sequence[Half], text: bytes = b"") -> list[Position]:
    """Return the positions that halves of one text make: neighbours of either order, each number used once.

    Numbers of two records of `text` are no pair: the latitude of one shop and the longitude of the next.
    """
    pairs: list[Position] = []
    for number, one in enumerate(halves):
        for other in halves[number + 1 :]:
            if other.start - one.end > (_BINARY_GAP if one.notation == _DOUBLE else _GAP):
                break
            if one.end <= other.start and one.latitude != other.latitude:
                pair = position(one, other) if one.latitude else position(other, one)
                if pair and not apart(text, one.start, one.end, other.start):
                    pairs.append(pair)
    return _nearest(pairs)


def apart(text: bytes, start: int, end: int, following: int, rows: bool = False) -> bool:
    """Say whether two numbers stand in two records of `text`: the first from `start` to `end`, the other `following`.

    A new line begins a new record where each line is one (`rows`), or where the first number's line has two positions'
    worth of decimals itself.
    """
    following = min(following, end + _LONGEST_LINE)
    if _NEXT_RECORD.search(text, end, following):
        return True
    line = text.find(b"\n", end, following)
    if line < 0:
        return False
    own = text[text.rfind(b"\n", 0, start) + 1 : line]
    return rows or sum(len(number[2]) >= _FEWEST_DECIMALS for number in _DECIMAL.finditer(own[:_LONGEST_LINE])) > 1


def position(latitude: Half, longitude: Half) -> Position | None:
    """Return the position that two halves make, or None where they are too coarse or too far from the place.

    The coarser of the two notes has lost its trailing zeros, as numbers do; so the finer one tells the precision.
    """
    if latitude.place != longitude.place or latitude.notation != longitude.notation:
        return None
    decimals = max(latitude.decimals, longitude.decimals)
    if decimals < _FEWEST_DECIMALS or min(latitude.decimals, longitude.decimals) < 1:
        return None
    precision = METRES_PER_DEGREE / 10**decimals
    allowed = min(_FARTHEST, _JITTER + 1.5 * precision)
    metres = distance(latitude.degrees, longitude.degrees, latitude.place)
    if metres > allowed:
        return None
    return Position(latitude, longitude, metres, precision, math.pi * allowed**2 / EARTH_AREA)


def siblings(halves: Sequence[Half], strange: Callable[[Half, Half], bool] | None = None) -> list[Position]:
    """Return the positions made by halves that are the whole values of one container, told apart by `source`.

    `strange` says of two halves that they stand in two records of it.
    """
    latitudes = [half for half in halves if half.latitude][:_MOST]
    longitudes = [half for half in halves if not half.latitude][:_MOST]
    pairs = (position(one, other) for one in latitudes for other in longitudes if one.source != other.source)
    return _nearest([pair for pair in pairs if pair and not (strange and strange(pair.latitude, pair.longitude))])


def _nearest(pairs: list[Position]) -> list[Position]:
    """Keep for each number the pair nearest to its place: where two data fit, the nearer one is meant."""
    kept: list[Position] = []
    taken: set[tuple[str, int, int, int]] = set()
    for pair in sorted(pairs, key=lambda p: (p.metres, p.latitude.source, p.latitude.start, p.longitude.start)):
        name = pair.latitude.place.identifier
        numbers = {(name, half.source, half.start, half.end) for half in (pair.latitude, pair.longitude)}
        if not numbers & taken:
            taken |= numbers
            kept.append(pair)
    return sorted(kept, key=lambda p: (p.latitude.source, p.latitude.start))


def _places(identifier: Identifier) -> Iterator[Place]:
    parts = re.split(r"[,;\s]+", identifier.value.strip())
    if identifier.type != "gps" or len(parts) != 2:
        return
    try:
        latitude, longitude = map(float, parts)
    except ValueError:
        return
    if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude):
        yield from places(identifier.name, latitude, longitude)


def _hints(place: Place) -> Iterator[bytes]:
    yield from _prefixes(place.latitude)
    yield from _prefixes(place.longitude)


def _prefixes(degrees: float) -> Iterator[bytes]:
    """Yield what every number near `degrees` begins with: decimal, scaled to an integer, and in degrees and minutes."""
    for near in (abs(degrees) - _REACH, abs(degrees), abs(degrees) + _REACH):
        if near < 0:
            continue
        yield f"{int(near)}.{int(near * 10 + 1e-9) % 10}".encode()
        scaled = str(int(near * 1e6))
        if len(scaled) >= 6:
            yield scaled[: len(scaled) - 4].encode()
        minutes = int(near * 60 + 1e-9) % 60
        for written in {f"{int(near)}", f"{int(near):02d}", f"{int(near):03d}"}:
            yield from (written.encode() + mark for mark in _MARKS)
            yield from (f"{written}:{minute}".encode() for minute in {f"{minutes}", f"{minutes:02d}"})


def _doubles(place: Place) -> Iterator[tuple[bytes, bytes]]:
    """Yield the first three bytes (big-endian) or last three (little-endian) of doubles near both coordinates."""
    reach = (-_REACH, 0.0, _REACH)
    for one, other in {
        (struct.pack(">d", place.latitude + a)[:3], struct.pack(">d", place.longitude + b)[:3])
        for a in reach
        for b in reach
    }:
        yield one, other
        yield one[::-1], other[::-1]


def _bare_doubles(data: bytes, start: int) -> Iterator[tuple[int, int, float, int, tuple[str, ...]]]:
    """Yield the doubles whose three highest bytes are at `start`: big-endian ones from there on, others before."""
    for begin, order in ((start, ">d"), (start - 5, "<d")):
        if 0 <= begin <= len(data) - 8:
            (degrees,) = struct.unpack_from(order, data, begin)
            if 1e-3 < abs(degrees) <= 180:
                yield begin, begin + 8, degrees, _DOUBLE_DECIMALS, _DOUBLE


def _numbers(data: bytes, start: int) -> Iterator[tuple[int, int, float, int, tuple[str, ...]]]:
    """Yield the readings of the number whose first digit is at `start`: (start, end, degrees, decimals, notation)."""
    before = data[start - 1 : start]
    if before.isdigit() or (before == b"." and data[start - 2 : start - 1].isdigit()):
        return
    begin = start - 1 if before == b"-" else start
    sign = -1 if before == b"-" else 1
    if match := _DECIMAL.match(data, start):
        yield begin, match.end(), sign * float(match[1] + b"." + match[2]), len(match[2]), ()
    elif match := _SCALED.match(data, start):
        for name, digits in (("e6", 6), ("e7", 7)):
            yield begin, match.end(), sign * int(match[0]) / 10**digits, digits, (name,)
    elif match := _DEGREES.match(data, start):
        minutes, seconds = float(match[2]), float(match[3] or 0)
        degrees = int(match[1]) + minutes / 60 + seconds / 3600
        if match[4] in (b"S", b"W", b"s", b"w"):
            sign = -1
        fraction = match[3] if match[3] is not None else match[2]
        digits = len(fraction.partition(b".")[2]) + (3 if match[3] is not None else 2)
        yield begin, match.end(), sign * degrees, digits, ("dms",)
