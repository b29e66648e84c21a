"""Compressed data behind rubbish: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import gzip
import zlib

import pytest

from leakwatch.decoders import embedded as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"\x00\x07junk" + gzip.compress(IMEI), IMEI, "body", ("gzip",), {}),
        (b'\x00\x00%\x1d{"n": "Krak\\u00f3w", "imei": "' + IMEI + b'"}', IMEI, "body.json:$.imei", ("json",), {}),
        (b"\x00\x00\x00\x11\x1a\x0f" + IMEI, IMEI, "body.protobuf:3", ("protobuf",), {}),
        (b"\x00\x01\x00\x07\x11\x00\x00\x00\x1a\x0f" + IMEI, IMEI, "body.protobuf:3", ("protobuf",), {}),
        (b"\x00\x07" + zlib.compress(b"a text long enough: " + IMEI), IMEI, "body", ("zlib",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01x\x9c" + b"\xff" * 20,
        gzip.compress(IMEI),
        b"\x00\x00\x00\x12\x1a\x0f" + IMEI,
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
