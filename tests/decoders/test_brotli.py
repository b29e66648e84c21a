"""Brotli: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import brotlicffi
import pytest

from leakwatch.decoders import brotli as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (brotlicffi.compress(b"imei=" + IMEI), IMEI, "body.form:imei", ("brotli", "form"), {"encodings": ("br",)}),
        (brotlicffi.compress(b"a text long enough: " + IMEI), IMEI, "body", ("brotli",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(200, 250)),
        b"\x0b\x02\x80" + bytes(9),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
