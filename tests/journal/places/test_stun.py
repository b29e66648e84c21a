"""STUN attributes: the sample request of RFC 5769 §2.1, damage, and near misses."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.journal.places.stun import fields, is_stun

SAMPLE = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff"
    "80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
    "80280004e57a3bcf"
)


def test_the_sample_of_rfc_5769() -> None:
    found = {field.name: SAMPLE[field.start : field.end] for field in fields(SAMPLE)}
    assert found["software"] == b"STUN test client"
    assert found["username"] == b"evtj:h6vY"
    assert found["attribute-8028"] == bytes.fromhex("e57a3bcf")
    assert len(found) == 6


def test_what_is_no_stun_has_no_fields() -> None:
    for data in (b"", SAMPLE[:19], SAMPLE[:-1], SAMPLE + b"x", b"\x80" + SAMPLE[1:], SAMPLE[:4] + b"abcd" + SAMPLE[8:]):
        assert not is_stun(data)
        assert fields(data) == []


@given(st.binary(max_size=80), st.integers(0, 107), st.integers(0, 255))
@settings(max_examples=100, deadline=None)
def test_damage_gives_places_inside_or_none(tail, at, byte):
    broken = SAMPLE[:at] + bytes([byte]) + SAMPLE[at + 1 :]
    body = b"\x00\x01" + len(tail).to_bytes(2, "big") + SAMPLE[4:20] + tail
    for data in (broken, body):
        assert all(20 < field.start <= field.end <= len(data) for field in fields(data))
