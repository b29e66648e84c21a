"""Header and claims of tokens: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from leakwatch.decoders import jwt as decoder

IMEI = b"867900012345678"
TOKEN = b".".join(
    base64.urlsafe_b64encode(p).rstrip(b"=") for p in (b'{"alg":"none"}', b'{"sub":"' + IMEI + b'"}', b"s" * 32)
).decode()


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
        (
            quote(json.dumps({"tok": TOKEN}, separators=(",", ":"))).encode(),
            IMEI,
            "query:d.json:$.tok.jwt:payload.json:$.sub",
            ("json", "jwt", "json"),
            {"location": "query:d"},
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
