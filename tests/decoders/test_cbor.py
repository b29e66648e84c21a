"""CBOR: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import cbor2
import pytest

from leakwatch.decoders import cbor as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (cbor2.dumps({"d": {"imei": IMEI.decode()}}), IMEI, "body.cbor:$.d.imei", ("cbor",), {}),
        (cbor2.dumps({"l": [1, int(IMEI)]}), IMEI, "body.cbor:$.l[1]", ("cbor", "uint64"), {}),
        (cbor2.dumps({"a": 1}) + cbor2.dumps({"imei": IMEI.decode()}), IMEI, "body.cbor:$.imei", ("cbor",), {}),
        (b"\xbf\x61a\x7f\x67" + IMEI[:7] + b"\x68" + IMEI[7:] + b"\xff\xff", IMEI, "body.cbor:$.a", ("cbor",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\xa2\x61a",
        b"\x9f\x01\x02",
        cbor2.dumps({"a": "bcdefgh"})[:-2],
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
