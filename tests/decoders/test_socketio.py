"""Socket.IO packets: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import socketio as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b'42["ev",{"imei":"' + IMEI + b'"}]', IMEI, "body.socketio.json:$[1].imei", ("json",), {}),
        (b'42/ns,7["ev","' + IMEI + b'"]', IMEI, "body.socketio.json:$[1]", ("json",), {}),
        (b'4{"sid":"x"}\x1e42["ev","' + IMEI + b'"]', IMEI, "body.socketio.json:$[1]", ("json",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"42",
        b"42 [apples]",
        b"2024-01-01[x]",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
