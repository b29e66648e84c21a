"""Hexadecimal: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import hex as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b"fe:" + bytes(range(101, 116)).hex(":").encode(),
            b"\xfe" + bytes(range(101, 116)),
            "query:q",
            ("hex",),
            {"location": "query:q"},
        ),
        (b", ".join(b"0x%02X" % byte for byte in IMEI), IMEI, "body", ("hex",), {}),
        ("王小芳".encode("gbk").hex().encode(), "王小芳".encode(), "query:q", ("hex", "gbk"), {"location": "query:q"}),
        (IMEI.hex().encode(), IMEI, "body", ("hex",), {}),
        (b"x=0x" + IMEI.hex().upper().encode() + b" .", IMEI, "body", ("hex",), {}),
        (IMEI.hex(" ").encode(), IMEI, "body", ("hex",), {}),
        (IMEI.hex(":").encode(), IMEI, "body", ("hex",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"an etag: d41d8cd98f00b204e9800998ecf8427e",
        b"02:1a:2b:3c:4d:5e",
        b"867900012345678000",
        b"550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data, whole=b" " not in data) == []
