"""Base62: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import base62 as decoder

IMEI = b"867900012345678"


def written(data: bytes, digits: str) -> bytes:
    number, out = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 62)
        out = digits[digit] + out
    return out.encode()


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            written(b"id:" + IMEI, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
            IMEI,
            "body",
            ("base62",),
            {},
        ),
        (
            written(b"id:" + IMEI, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
            IMEI,
            "body",
            ("base62",),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"getElementsByTagName",
        IMEI,
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
