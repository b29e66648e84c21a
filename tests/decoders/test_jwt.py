"""Header and claims of tokens: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import base64
import json

import pytest

from leakwatch.decoders import jwt as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b"Bearer "
            + b".".join(
                base64.urlsafe_b64encode(p).rstrip(b"=")
                for p in (b'{"alg":"none"}', json.dumps({"sub": IMEI.decode()}).encode(), b"s" * 32)
            ),
            IMEI,
            "header:Authorization.jwt:payload.json:$.sub",
            ("jwt", "json"),
            {"location": "header:Authorization"},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"eyJust a word.eyJ.x",
        b"www.example.com",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
