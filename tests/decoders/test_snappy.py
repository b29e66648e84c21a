"""Snappy blocks and streams: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import cramjam
import pytest

from leakwatch.decoders import snappy as decoder

IMEI = b"867900012345678"


def java(data: bytes) -> bytes:
    block = bytes(cramjam.snappy.compress_raw(data))
    return b"\x82SNAPPY\x00" + b"\0\0\0\1" * 2 + len(block).to_bytes(4, "big") + block


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (bytes(cramjam.snappy.compress_raw(b"a text long enough: " + IMEI * 3)), IMEI, "body", ("snappy",), {}),
        (java(b"a text long enough: " + IMEI * 3), IMEI, "body", ("snappy",), {}),
        (bytes(cramjam.snappy.compress(b"a text long enough: " + IMEI * 3)), IMEI, "body", ("snappy",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\x06\x00\x00sNaPpY" + b"\xff" * 9,
        b"\x20" + bytes(range(200, 250)),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
