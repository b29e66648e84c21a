"""MessagePack: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import msgpack
import pytest

from leakwatch.decoders import msgpack as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (msgpack.packb({"d": {"imei": IMEI.decode()}}), IMEI, "body.msgpack:$.d.imei", ("msgpack",), {}),
        (msgpack.packb({"l": [1, int(IMEI)]}), IMEI, "body.msgpack:$.l[1]", ("msgpack", "uint64"), {}),
        (msgpack.packb({"lat": 30.123456}), b"30.123456", "body.msgpack:$.lat", ("msgpack", "double"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x85\xa1",
        msgpack.packb({"a": "bcdefgh"})[:-2],
        b"\x93\x01\x02\xc1",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
