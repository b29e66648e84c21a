"""Positions on the earth: the three data that Chinese maps use, and how far two positions lie apart."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import prcoords

_RADIUS = 6_371_000.0
"""Mean radius of the earth in metres."""

METRES_PER_DEGREE = math.pi * _RADIUS / 180
EARTH_AREA = 4 * math.pi * _RADIUS**2


@dataclass(frozen=True, slots=True)
class Place:
    """A position that is looked for: `chain` names its datum, empty for WGS-84."""

    identifier: str
    latitude: float
    longitude: float
    chain: tuple[str, ...] = ()


def places(identifier: str, latitude: float, longitude: float) -> Iterator[Place]:
    """Yield a WGS-84 position in every datum that an app may send it in: GCJ-02 and BD-09 exist in China only."""
    yield Place(identifier, latitude, longitude)
    here = prcoords.Coords(latitude, longitude)
    if prcoords.sanity_in_china_p(here):
        for name, moved in (("gcj02", prcoords.wgs_gcj(here)), ("bd09", prcoords.wgs_bd(here))):
            yield Place(identifier, moved.lat, moved.lon, (name,))


def distance(latitude: float, longitude: float, place: Place) -> float:
    """Return the metres between a position and a place (haversine)."""
    one, other = math.radians(latitude), math.radians(place.latitude)
    east = math.radians(place.longitude - longitude)
    half = math.sin((other - one) / 2) ** 2 + math.cos(one) * math.cos(other) * math.sin(east / 2) ** 2
    return 2 * _RADIUS * math.asin(math.sqrt(min(1.0, half)))
