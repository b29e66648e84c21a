"""zlib streams: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import zlib

import pytest

from leakwatch.decoders import zlib as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (zlib.compress(b"imei=" + IMEI), IMEI, "body.form:imei", ("zlib", "form"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x78\x9c" + b"\xff" * 30,
        b"x\x9c",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
