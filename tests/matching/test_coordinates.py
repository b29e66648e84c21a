"""Coordinates are found in every datum, notation and order, and only where both are near."""

import prcoords
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.matching.coordinates import Locator, positions, siblings
from leakwatch.matching.geodesy import Place, distance
from leakwatch.model import Identifier

LAT, LON = 30.657412, 104.065735
GCJ = prcoords.wgs_gcj((LAT, LON))
BD = prcoords.wgs_bd((LAT, LON))


def locate(text: str, lat=LAT, lon=LON):
    locator = Locator([Identifier("gps", "gps", f"{lat},{lon}")])
    data = text.encode()
    starts = [i for hint in locator.hints for i in range(len(data)) if data.startswith(hint, i)]
    return positions(locator.halves(data, starts), data)


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        (f"{LAT},{LON}", ()),
        (f"{LON:.3f} {LAT:.3f}", ()),
        (f"lat: {LAT}\nlng: {LON}\n", ()),
        (f'{{"lat":{{"v":{LAT}}},"lng":{{"v":{LON}}}}}', ()),
        (f"POINT({LON} {LAT})", ()),
        (f"lat={LAT:.4f}&lng={LON:.4f}", ()),
        (f"{GCJ.lat:.6f},{GCJ.lon:.6f}", ("gcj02",)),
        (f"{BD.lon:.5f};{BD.lat:.5f}", ("bd09",)),
        (f"{int(LAT * 1e6)},{int(LON * 1e6)}", ("e6",)),
        (f"{int(GCJ.lat * 1e7)},{int(GCJ.lon * 1e7)}", ("e7", "gcj02")),
        ("30°39'26.68\"N 104°3'56.65\"E", ("dms",)),
        ("30:39:26.68,104:3:56.65", ("dms",)),
        ("30°39.4447'N, 104°03.9441'E", ("dms",)),
        ("30°39.4447' 104°03.9441'", ("dms",)),
    ],
)
def test_a_position_is_found(text, chain):
    found = locate(text)
    assert [p.chain for p in found] == [chain]
    assert found[0].metres <= 150


@pytest.mark.parametrize(
    "text",
    [
        "30.66,104.07",  # too coarse
        f"{LAT}",
        f"{LAT},{LAT}",
        f"{LAT},104.2",
        f"{LAT + 0.003:.6f},{LON:.6f}",  # 330 m to the north
        f"1{LAT},{LON}",
        f'[{{"lat":{LAT},"lng":103.1234}},{{"lng":{LON},"lat":31.9}}]',
        f'[{{"lng":103.1234,"lat":{LAT}}}, {{"lng":{LON},"lat":31.9}}]',
        f"a;103.12345;{LAT}\nb;{LON};31.98765",
        f"<p><x>103.1</x><y>{LAT}</y></p><p><x>{LON}</x><y>31.9</y></p>",
        f"v30.657.412,{LON}",
        f"{LAT},{' ' * 200}{LON}",
        "30.659999,104.069999",
    ],
)
def test_what_is_far_coarse_or_single_is_none(text):
    assert locate(text) == []


def test_a_number_drops_its_trailing_zeros():
    assert locate("30.6574, 104.06", 30.6574, 104.06)
    assert not locate("30.65, 104.06", 30.6524, 104.0599)


def test_south_and_west_keep_their_sign():
    assert locate("-22.951916,-43.210487", -22.951916, -43.210487)
    assert not locate("22.951916,43.210487", -22.951916, -43.210487)
    assert locate("22°57'6.9\"S 43°12'37.75\"W", -22.951916, -43.210487)


def test_outside_china_there_is_one_datum():
    locator = Locator([Identifier("gps", "gps", "48.85837,2.294481")])
    assert [place.chain for place in locator.places] == [()]


def test_each_number_is_used_once_and_the_nearest_pair_wins():
    found = locate(f"{LAT},{LON},{LAT + 0.0001:.6f}")
    assert len(found) == 1
    assert found[0].metres < 1


def test_siblings_pair_across_texts_but_never_within_one():
    locator = Locator([Identifier("gps", "gps", f"{LAT},{LON}")])
    one = locator.halves(str(LAT).encode(), [0], source=0)
    two = locator.halves(str(LON).encode(), [0], source=1)
    assert len(siblings(one + two)) == 1
    assert siblings(one) == []


@settings(max_examples=100, deadline=None)
@given(
    lat=st.floats(18.5, 53),
    lon=st.floats(74, 134),
    decimals=st.integers(3, 9),
    datum=st.sampled_from(["", "gcj", "bd"]),
)
def test_any_chinese_position_at_any_precision(lat, lon, decimals, datum):
    lat, lon = round(lat, 6), round(lon, 6)
    sent = {"": (lat, lon), "gcj": prcoords.wgs_gcj((lat, lon)), "bd": prcoords.wgs_bd((lat, lon))}[datum]
    assert locate(f"{sent[0]:.{decimals}f},{sent[1]:.{decimals}f}", lat, lon)


@settings(max_examples=100, deadline=None)
@given(north=st.floats(-0.02, 0.02), east=st.floats(-0.02, 0.02))
def test_nothing_beyond_300_metres_of_every_datum(north, east):
    lat, lon = round(LAT + north, 6), round(LON + east, 6)
    spots = [Place("", p[0], p[1]) for p in ((LAT, LON), GCJ, BD)]
    nearest = min(distance(lat, lon, spot) for spot in spots)
    found = locate(f"{lat:.6f},{lon:.6f}")
    assert bool(found) == (nearest <= 50.2) or 49.8 < nearest < 50.4
