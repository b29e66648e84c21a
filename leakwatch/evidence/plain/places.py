"""Positions in plain Python: the Chinese datums, distance, geohash and plus codes; printed by `prove --commands`."""

from __future__ import annotations


def moved(latitude: float, longitude: float, datum: str) -> tuple[float, float]:
    """A WGS-84 position in GCJ-02 or BD-09, by the formulas that every public converter uses."""
    from math import atan2, cos, hypot, pi, sin, sqrt

    if datum not in ("gcj02", "bd09"):
        return latitude, longitude
    x, y = longitude - 105.0, latitude - 35.0
    waves = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (waves + 20 * sin(y * pi) + 40 * sin(y / 3 * pi) + 160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (waves + 20 * sin(x * pi) + 40 * sin(x / 3 * pi) + 150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    axis, flat = 6378245.0, 0.00669342162296594323  # of Krasovsky's ellipsoid
    angle = latitude * pi / 180
    bent = 1 - flat * sin(angle) ** 2
    latitude += north * 180 / (axis * (1 - flat) / (bent * sqrt(bent)) * pi)
    longitude += east * 180 / (axis / sqrt(bent) * cos(angle) * pi)
    if datum == "gcj02":
        return latitude, longitude
    far = hypot(longitude, latitude) + 0.00002 * sin(latitude * pi * 3000 / 180)
    turn = atan2(latitude, longitude) + 0.000003 * cos(longitude * pi * 3000 / 180)
    return far * sin(turn) + 0.006, far * cos(turn) + 0.0065


def near(d: bytes, datum: str, notation: str, value: str) -> bytes:
    """The distance between VALUE and the nearest pair of coordinates in the texts; an error beyond 400 m."""
    import re
    from math import asin, cos, radians, sin, sqrt
    from struct import unpack

    numbers: list[float] = []
    if notation == "double":
        numbers = [unpack(f"{order}d", piece)[0] for order in "<>" for piece in (d[:8], d[-8:])]
    for text in () if numbers else d.decode("utf-8", "replace").split("\n\n\n\n"):
        if notation == "dms":
            found = re.findall(
                r"(\d{1,3})\D{1,3}(\d{1,2}(?:\.\d+)?)\D{1,3}(?:(\d{1,2}(?:\.\d+)?)(?![\d°])\D{0,2})?([NSEWnsew])?", text
            )
            for degrees, minutes, seconds, side in found:
                angle = int(degrees) + float(minutes) / 60 + float(seconds or 0) / 3600
                numbers.append(-angle if side.upper() in ("S", "W") else angle)
        else:
            scale = {"e6": 1e6, "e7": 1e7}.get(notation, 1.0)
            numbers += [float(number) / scale for number in re.findall(r"-?\d+(?:\.\d+)?", text)]
    first, second = re.split(r"[,;\s]+", value.strip())[:2]
    here = moved(float(first), float(second), datum)
    best = float("inf")
    for a, latitude in enumerate(numbers):
        for b, longitude in enumerate(numbers):
            if a != b and abs(latitude) <= 90 and abs(longitude) <= 180:
                north, east = radians(latitude - here[0]), radians(longitude - here[1])
                half = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(here[0])) * sin(east / 2) ** 2
                best = min(best, 2 * 6371008.8 * asin(sqrt(min(1.0, half))))
    if best > 400:
        raise ValueError("the numbers are not near VALUE")
    return f"{best:.0f} m\n".encode()


def geohash(latitude: float, longitude: float, size: int) -> str:
    """The geohash of a position, so many letters long (G. Niemeyer)."""
    lows, highs, bits = [-180.0, -90.0], [180.0, 90.0], ""
    for place in range(size * 5):
        axis = place % 2
        middle = (lows[axis] + highs[axis]) / 2
        above = (longitude, latitude)[axis] >= middle
        (lows if above else highs)[axis] = middle
        bits += "1" if above else "0"
    return "".join("0123456789bcdefghjkmnpqrstuvwxyz"[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def plus_code(latitude: float, longitude: float, size: int) -> str:
    """The plus code of a position, of 10 or 11 digits (Open Location Code)."""
    symbols, out = "23456789CFGHJMPQRVWX", ""
    rows, columns = int((latitude + 90) * 40000 + 1e-9), int((longitude + 180) % 360 * 32000 + 1e-9)
    last = symbols[rows % 5 * 4 + columns % 4] if size == 11 else ""
    north, east = rows // 5, columns // 4
    for _ in range(5):
        out = symbols[north % 20] + symbols[east % 20] + out
        north, east = north // 20, east // 20
    return out[:8] + "+" + out[8:] + last
