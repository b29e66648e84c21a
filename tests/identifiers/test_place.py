"""Positions as text: plus codes and geohashes against published examples, each datum, nothing for another place."""

import pytest

from leakwatch.identifiers.place import place_forms, plus_code
from leakwatch.identifiers.variants import variants_of
from leakwatch.model import Identifier


@pytest.mark.parametrize(
    ("lat", "lon", "length", "code"),
    [  # from the test data of the Open Location Code specification
        (47.0000625, 8.0000625, 10, "8FVC2222+22"),
        (-41.2730625, 174.7859375, 10, "4VCPPQGP+Q9"),
        (20.3701125, 2.782234375, 11, "7FG49QCJ+2VX"),
        (90, 1, 10, "CFX3X2X2+X2"),
        (1, 180, 10, "62H22222+22"),
    ],
)
def test_plus_codes_are_those_of_the_specification(lat: float, lon: float, length: int, code: str) -> None:
    assert plus_code(lat, lon, length) == code


def test_geohashes_stand_in_the_chain_with_their_datum() -> None:
    forms = list(place_forms("57.64911,10.40744", 57.64911, 10.40744))
    assert {f.chain for f in forms if f.data == b"u4pruydqqvj"} == {("geohash",)}  # the format's own first example
    chains = {f.chain for f in place_forms("30.1123,120.3547", 30.1123, 120.3547)}
    assert {("geohash",), ("geohash", "gcj02"), ("geohash", "bd09")} <= chains


def test_coarse_geohashes_count_only_under_a_key_that_names_a_place() -> None:
    whole = {v.needle: v.whole for v in variants_of(Identifier("gps", "gps", "30.1123,120.3547"), "CN")}
    assert whole[b"wtme69"]
    assert not whole[b"wtme69z"]
    assert b"wtme6" not in whole


def test_a_place_abroad_has_no_shifted_datum() -> None:
    assert all("gcj02" not in f.chain for f in place_forms("48.137,11.575", 48.137, 11.575))


def test_a_cell_that_holds_the_shifted_place_too_is_not_said_to_be_shifted() -> None:
    needles = {v.needle: v.chain for v in variants_of(Identifier("gps", "gps", "12.9716,77.5946"))}
    assert needles[b"tdr1v9"] == ("geohash",)
