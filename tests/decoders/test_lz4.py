"""LZ4 frames and blocks: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import lz4.block
import lz4.frame
import pytest

from leakwatch.decoders import lz4 as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (lz4.frame.compress(b"imei=" + IMEI), IMEI, "body.form:imei", ("lz4", "form"), {}),
        (lz4.block.compress(b"a text long enough: " + IMEI * 3), IMEI, "body", ("lz4",), {}),
        (lz4.block.compress(b"a text long enough: " + IMEI * 3, store_size=False), IMEI, "body", ("lz4",), {}),
        (
            b"\0\0\0A" + lz4.block.compress(b"a text long enough: " + IMEI * 3, store_size=False),
            IMEI,
            "body",
            ("lz4",),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x04\x22\x4d\x18" + b"\xff" * 30,
        bytes(64),
        bytes(range(200, 250)),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
