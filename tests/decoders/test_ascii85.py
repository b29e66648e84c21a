"""Ascii85: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import base64

import pytest

from leakwatch.decoders import ascii85 as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (base64.a85encode(b"id:" + IMEI), IMEI, "query:q", ("ascii85",), {"location": "query:q"}),
        (b"see " + base64.a85encode(b"id:" + IMEI, adobe=True), IMEI, "query:q", ("ascii85",), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"/index.html?a#b",
        b"<~>",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
