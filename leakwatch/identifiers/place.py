"""A position as literal text: geohash, plus code, and the exact `lat,lon` string for digests."""

from __future__ import annotations

from collections.abc import Iterator

from leakwatch.identifiers.forms import Depth, Form
from leakwatch.model import Boundary

_SYMBOLS = "23456789CFGHJMPQRVWX"


def place_forms(value: str, lat: float, lon: float) -> Iterator[Form]:
    """Yield geohashes and plus codes of the position in each datum, and spellings that are only digested.

    China's maps shift WGS-84 to GCJ-02 and BD-09; an app may encode either.
    """
    import prcoords
    import pygeohash

    spots: list[tuple[tuple[str, ...], float, float]] = [((), lat, lon)]
    here = prcoords.Coords(lat, lon)
    if prcoords.sanity_in_china_p(here):
        gcj, bd = prcoords.wgs_gcj(here), prcoords.wgs_bd(here)
        spots += [(("gcj02",), gcj.lat, gcj.lon), (("bd09",), bd.lat, bd.lon)]
    seen: set[str] = set()
    for chain, y, x in spots:
        full = pygeohash.encode(y, x, 12)
        for length in range(6, 13):
            # 30 bits turn up by chance; under a key that names a place they are one.
            short = length < 7
            if full[:length] in seen:
                continue  # the cell holds the shifted place too: then nothing says that it was shifted
            seen.add(full[:length])
            for text, name in ((full[:length], ""), (full[:length].upper(), "upper")):
                yield Form(
                    text.encode(),
                    name,
                    Boundary.WORD,
                    32,
                    ("geohash", *chain),
                    Depth.PLAIN if short else Depth.BRIEF,
                    True,
                    short,
                )
        code = plus_code(y, x)
        for name, text in (("plus code", code), ("plus code, long", plus_code(y, x, 11))):
            yield Form(text.encode(), name, Boundary.WORD, 20, chain, Depth.BRIEF)
    for spelled in (
        value,
        value.replace(" ", ""),
        f"{lat},{lon}",
        f"{lat}, {lon}",
        f"{lon},{lat}",
        f"{lat:.6f},{lon:.6f}",
        f"{lon:.6f},{lat:.6f}",
    ):
        name, depth = ("", Depth.FULL) if spelled == value else ("spelling", Depth.BRIEF)
        yield Form(spelled.encode(), name, Boundary.DIGIT, 10, (), depth, needle=False)


def plus_code(lat: float, lon: float, length: int = 10) -> str:
    """Return the Open Location Code of 10 or 11 digits (specification 1.0: base 20 pairs, then a 4 × 5 grid)."""
    # In whole units of the 11-digit cell (1/32000° by 1/40000° ...), so that no rounding error moves a digit.
    rows = min(max(int((lat + 90) * 8000 * 5 + 1e-9), 0), 180 * 8000 * 5 - 1)
    columns = int((lon + 180) % 360 * 8000 * 4 + 1e-9)
    grid = _SYMBOLS[rows % 5 * 4 + columns % 4]
    y, x = rows // 5, columns // 4
    pairs = ""
    for _ in range(5):
        pairs = _SYMBOLS[y % 20] + _SYMBOLS[x % 20] + pairs
        y, x = y // 20, x // 20
    return pairs[:8] + "+" + pairs[8:] + (grid if length == 11 else "")
