"""Apple's property lists in XML: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import plistlib

import pytest

from leakwatch.decoders import plist as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (plistlib.dumps({"imei": IMEI.decode()}), IMEI, "body.plist:imei", ("plist",), {}),
        (plistlib.dumps({"a": [{"b": IMEI.decode()}]}), IMEI, "body.plist:a[0].b", ("plist",), {}),
        (plistlib.dumps({"d": b"--" + IMEI}), IMEI, "body.plist:d", ("plist", "base64"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"<string>x</string>",
        b"the <plis",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
