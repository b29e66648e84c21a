"""Base58: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import gzip

import base58
import pytest

from leakwatch.decoders import base58 as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (base58.b58encode(b"id:" + IMEI), IMEI, "body", ("base58",), {}),
        (base58.b58encode(b"id:" + IMEI, alphabet=base58.RIPPLE_ALPHABET), IMEI, "body", ("base58",), {}),
        (base58.b58encode(gzip.compress(b"id:" + IMEI)), IMEI, "query:q", ("base58", "gzip"), {"location": "query:q"}),
        (base58.b58encode(b"id:" + IMEI + b" x" * 300), IMEI, "query:q", ("base58",), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
        b"addEventListener",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
