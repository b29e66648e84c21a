"""XOR under known keys: opened where all of it makes sense, left alone where not."""

from __future__ import annotations

import gzip
from itertools import cycle

import pytest

from leakwatch.decoders import xor as decoder
from leakwatch.model import Keys

IMEI = b"867900012345678"
KEY = b"\x5a\x91\x07\xee\x33"
KEYS = Keys(xor_keys=(b"other", KEY))


def hidden(data: bytes) -> bytes:
    return bytes(byte ^ key for byte, key in zip(data, cycle(KEY)))


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            hidden(b'{"n": "Beno\\u00eet Saint-Ex"}'),
            "Benoît Saint-Ex".encode(),
            "body.json:$.n",
            ("xor", "json"),
            {"keys": KEYS},
        ),
        (hidden(gzip.compress(IMEI)), IMEI, "body", ("xor", "gzip"), {"keys": KEYS}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize("data", [hidden(IMEI * 3)[1:], bytes(range(128, 200)), b"plain text it is", b"\x00\x01short"])
def test_leaves_alone(alone, data):
    assert alone(decoder, data, keys=KEYS) == []
