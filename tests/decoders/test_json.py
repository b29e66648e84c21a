"""JSON at any depth: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import json

import pytest

from leakwatch.decoders import json as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (json.dumps({"dev": {"imei": IMEI.decode()}}).encode(), IMEI, "body.json:$.dev.imei", ("json",), {}),
        (json.dumps({"a": [{"b c": IMEI.decode()}]}).encode(), IMEI, "body.json:$.a[0]['b c']", ("json",), {}),
        (
            json.dumps({"d": json.dumps({"imei": IMEI.decode()})}).encode(),
            IMEI,
            "body.json:$.d.json:$.imei",
            ("json", "json"),
            {},
        ),
        (b'{"n": "\\u674e\\u96f7"}', "李雷".encode(), "body.json:$.n", ("json",), {}),
        (b'{"p": "a\\/b\\ud83d\\ude00"}', "a/b😀".encode(), "body.json:$.p", ("json",), {}),
        (b'{"n": 12345678901234567890}', b"12345678901234567890", "body.json:$.n", ("json",), {}),
        (b'\xef\xbb\xbf{"a": NaN, "b": 1,} {"imei": "' + IMEI, IMEI, "body.json:$.imei", ("json",), {}),
        (b'\x1e{"imei":"' + IMEI + b'"}\n\x1e{"a":1}\n', IMEI, "body.json:$.imei", ("json",), {}),
        (b'\x00\x00\x00\x17{"imei":"' + IMEI + b'"}', IMEI, "body.json:$.imei", ("json",), {}),
        (b'/*-secure-*/{"imei":"' + IMEI + b'"}', IMEI, "body.json:$.imei", ("json",), {}),
        (b'throw 1; < do not run >{"imei":"' + IMEI + b'"}', IMEI, "body.json:$.imei", ("json",), {}),
        (b'cb({"imei":"' + IMEI + b'"});', IMEI, "body.json:$.imei", ("json",), {}),
        (b'{"a":"x","a":"' + IMEI + b'"}', IMEI, "body.json:$.a", ("json",), {}),
        (b'{"a": ["x", {"imei": "' + IMEI, IMEI, "body.json:$.a[1].imei", ("json",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"[INFO] started {ok}",
        b"{color: red; margin: 0}",
        b"function(){return 1}",
        b"{{ template }}",
        b"plain words",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_a_digest_that_begins_with_a_bracket_is_no_json() -> None:
    from leakwatch.decoders import Budget, unfold
    from leakwatch.model import Part

    digest = b"[1\x9d\xc3" + bytes(range(128, 156))
    assert all("json" not in s.chain for s in unfold(Part("body", digest, 0, 32), Budget()))
    torn = b'{"imei":"861284579077346","b":"' + bytes(range(200, 232))
    assert any(s.chain[-1:] == ("json",) for s in unfold(Part("body", torn, 0, len(torn)), Budget()))
