"""gzip: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import gzip

import pytest

from leakwatch.decoders import gzip as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (gzip.compress(b"imei=" + IMEI), IMEI, "body.form:imei", ("gzip", "form"), {}),
        (gzip.compress(b"x" * 100) + gzip.compress(IMEI), IMEI, "body", ("gzip",), {}),
        (gzip.compress(IMEI + bytes(range(256)) * 9)[:-30], IMEI, "body", ("gzip",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x1f\x8b\x08" + b"\xff" * 30,
        b"\x1f\x8b\x08",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
