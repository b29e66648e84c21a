"""Apple's binary property lists: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import plistlib

import pytest

from leakwatch.decoders import bplist as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            plistlib.dumps({"a": [{"b": IMEI.decode()}]}, fmt=plistlib.FMT_BINARY),
            IMEI,
            "body.bplist:a[0].b",
            ("bplist",),
            {},
        ),
        (plistlib.dumps({"n": int(IMEI)}, fmt=plistlib.FMT_BINARY), IMEI, "body.bplist:n", ("bplist", "uint64"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"bplist00" + bytes(40),
        b"bplist",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
