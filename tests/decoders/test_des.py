"""DES and triple DES under known keys: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest
from Crypto.Cipher import DES, DES3
from Crypto.Util.Padding import pad

from leakwatch.decoders import des as decoder
from leakwatch.model import Cipher, Keys

IMEI = b"867900012345678"
KEY, IV = b"0123456789abcdef", b"fedcba9876543210"
TEXT = b"a text with " + IMEI


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            DES.new(KEY[:8], DES.MODE_CBC, IV[:8]).encrypt(pad(TEXT, 8)),
            IMEI,
            "body",
            ("des",),
            {"keys": Keys(ciphers=(Cipher("des", "cbc", KEY[:8], IV[:8]),))},
        ),
        (
            DES3.new(KEY, DES3.MODE_ECB).encrypt(pad(TEXT, 8)),
            IMEI,
            "body",
            ("des",),
            {"keys": Keys(ciphers=(Cipher("3des", "ecb", KEY, b""),))},
        ),
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
