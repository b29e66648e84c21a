"""lz-string: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import lzstring
import pytest

from leakwatch.decoders import lzstring as decoder

IMEI = b"867900012345678"
LZ = lzstring.LZString()


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            LZ.compressToBase64("imei=" + IMEI.decode()).encode(),
            IMEI,
            "query:q.form:imei",
            ("lzstring", "form"),
            {"location": "query:q"},
        ),
        (
            LZ.compressToEncodedURIComponent("a " + IMEI.decode()).encode(),
            IMEI,
            "query:q",
            ("lzstring",),
            {"location": "query:q"},
        ),
        (LZ.compressToUTF16("a " + IMEI.decode()).encode(), IMEI, "query:q", ("lzstring",), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"ABCDEFGHIJKLMNOP",
        "李雷的手机号码".encode(),
        bytes(range(1, 60)),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
