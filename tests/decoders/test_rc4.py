"""RC4 under known keys: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest
from Crypto.Cipher import ARC4

from leakwatch.decoders import rc4 as decoder
from leakwatch.model import Cipher, Keys

IMEI = b"867900012345678"
KEY, IV = b"0123456789abcdef", b"fedcba9876543210"
TEXT = b"a text with " + IMEI


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (ARC4.new(KEY).encrypt(TEXT), IMEI, "body", ("rc4",), {"keys": Keys(ciphers=(Cipher("rc4", "", KEY, b""),))}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(128, 160)),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
