"""One JSON document a line: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import json

import pytest

from leakwatch.decoders import ndjson as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            json.dumps({"dev": {"imei": IMEI.decode()}}).encode()
            + b"\n"
            + json.dumps({"x": [1, "abc" + IMEI.decode()]}).encode()
            + b"\n",
            b"abc" + IMEI,
            "body.ndjson[1]:$.x[1]",
            ("ndjson",),
            {},
        ),
        (b'{"a":1}\r\nnot json\r\n{"imei":"' + IMEI + b'"}', IMEI, "body.ndjson[1]:$.imei", ("ndjson",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        json.dumps({"dev": {"imei": IMEI.decode()}}).encode(),
        b"{not json}\n{neither}",
        json.dumps({"a": {"b": 1}}, indent=1).encode(),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
