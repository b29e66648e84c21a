"""Base32: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import base64

import pytest

from leakwatch.decoders import base32 as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"/c/" + base64.b32encode(b"9d61f0a4") + b"/p", b"9d61f0a4", "path", ("base32",), {"location": "path"}),
        (base64.b32encode(b"id:" + IMEI), IMEI, "body", ("base32",), {}),
        (
            base64.b32encode(b"id:" + IMEI).lower().rstrip(b"=") + b".t.example.com",
            IMEI,
            "host",
            ("base32",),
            {"location": "host"},
        ),
        (base64.b32hexencode(b"id:" + IMEI), IMEI, "query:q", ("base32",), {"location": "query:q"}),
        (
            base64.b32hexencode(b"id:" + IMEI).lower().rstrip(b"="),
            IMEI,
            "query:q",
            ("base32",),
            {"location": "query:q"},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"ABCDEFGHIJKLMNOPQRSTUVWX",
        b"internationalization",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
