"""Java's serialised strings: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import java as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"\xac\xed\x00\x05t\x00\x0f" + IMEI, IMEI, "body.java", ("java",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\xac\xed\x00\x05" + bytes(20),
        b"t\x00\x03abc",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
