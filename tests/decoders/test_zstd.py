"""Zstandard: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest
import zstandard

from leakwatch.decoders import zstd as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (zstandard.compress(b"imei=" + IMEI), IMEI, "body.form:imei", ("zstd", "form"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x28\xb5\x2f\xfd" + b"\xff" * 30,
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
