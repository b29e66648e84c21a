"""Where a position was found: the numbers read again, and their distance from the profile's position."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator

from leakwatch.evidence.proof import ProofStep, Status
from leakwatch.evidence.trace import Trace
from leakwatch.model import Identifier

_RADIUS = 6_371_008.8
"""Mean radius of the earth in metres (IUGG)."""
_FAR = 400.0
"""Metres: beyond what rounding to three places and a phone's own error explain."""
_DMS = re.compile(
    r"(\d{1,3})\D{1,3}(\d{1,2}(?:\.\d+)?)\D{1,3}(?:(\d{1,2}(?:\.\d+)?)(?![\d°])\D{0,2})?([NSEW])?", re.IGNORECASE
)
_DATUM = {"gcj02": "GCJ-02", "bd09": "BD-09"}


def meet(found: Trace, identifier: Identifier) -> ProofStep | None:
    """Return the step that compares the two positions; None where the find is a text form (a code, a digest)."""
    chain = found.find.chain
    if set(chain) - {"gcj02", "bd09", "e6", "e7", "dms", "double"} or "plus code" in found.find.form:
        return None
    texts = [found.needle, *(segment.data for segment in found.find.context)]
    notation = next((name for name in chain if name in ("e6", "e7", "dms", "double")), "")
    if notation == "double":
        numbers = list(_doubles(found.needle))
    else:
        numbers = [number for text in texts for number in _numbers(text.decode("utf-8", "replace"), notation)]
    latitude, longitude = (float(part) for part in re.split(r"[,;\s]+", identifier.value.strip())[:2])
    target = _moved(latitude, longitude, chain)
    pairs = [
        (one, other)
        for one in numbers
        for other in numbers
        if one is not other and abs(one) <= 90 and abs(other) <= 180  # not of what was read in the wrong byte order
    ]
    if not pairs:
        return _step(found, "two coordinates could not be read in it", Status.FAILED)
    near = min(_metres(one, other, *target) for one, other in pairs)
    datum = next((_DATUM[name] for name in chain if name in _DATUM), "WGS-84")
    detail = f"{near:.0f} m from the profile's position in {datum}"
    recipe = (datum.lower().replace("-", ""), notation or "degrees")
    return _step(found, detail, Status.CHECKED if near <= _FAR else Status.FAILED, recipe)


def _step(found: Trace, detail: str, status: Status, recipe: tuple[str, ...] = ()) -> ProofStep:
    return ProofStep(
        "meeting", "near", detail, "haversine", status, "**.***,**.***", found.needle, found.find.start,
        len(found.needle), recipe=recipe,
    )  # fmt: skip


def _numbers(text: str, notation: str) -> Iterator[float]:
    if notation == "dms":
        for match in _DMS.finditer(text):
            sign = -1 if (match[4] or "").upper() in ("S", "W") else 1
            yield sign * (int(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600)
        return
    scale = {"e6": 1e6, "e7": 1e7}.get(notation, 1.0)
    for number in re.findall(r"-?\d+(?:\.\d+)?", text):
        yield float(number) / scale


def _doubles(data: bytes) -> Iterator[float]:
    """Yield the first and the last eight bytes as a number, in either byte order."""
    for order in "<>":
        yield from (struct.unpack_from(f"{order}d", data, at)[0] for at in (0, len(data) - 8) if at >= 0)


def _moved(latitude: float, longitude: float, chain: tuple[str, ...]) -> tuple[float, float]:
    import prcoords

    here = prcoords.Coords(latitude, longitude)
    moved = prcoords.wgs_gcj(here) if "gcj02" in chain else prcoords.wgs_bd(here) if "bd09" in chain else here
    return moved.lat, moved.lon


def _metres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    one, other = math.radians(latitude), math.radians(other_latitude)
    east = math.radians(longitude - other_longitude)
    half = math.sin((one - other) / 2) ** 2 + math.cos(one) * math.cos(other) * math.sin(east / 2) ** 2
    return 2 * _RADIUS * math.asin(math.sqrt(min(1.0, half)))
