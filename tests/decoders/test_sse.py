"""Server-sent events: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import sse as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b'event: m\ndata: {"imei":"' + IMEI + b'"}\n\n', IMEI, "body.sse[0].json:$.imei", ("json",), {}),
        (b"id: 1\n\ndata: one\ndata: two " + IMEI + b"\n\n", IMEI, "body.sse[1]", (), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"data:image/png;base64,AAAA",
        b"a: b",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
