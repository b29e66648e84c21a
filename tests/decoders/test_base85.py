"""Base85: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import base64

import pytest

from leakwatch.decoders import base85 as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (base64.b85encode(b"id:" + IMEI), IMEI, "query:q", ("base85",), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"Hello-World!",
        b"a@b.example",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
