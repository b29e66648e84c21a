"""Deflate, raw and as HTTP means it: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import zlib

import pytest

from leakwatch.decoders import deflate as decoder

IMEI = b"867900012345678"


def raw(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def flushed(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (zlib.compress(b"imei=" + IMEI), IMEI, "body.form:imei", ("deflate", "form"), {"encodings": ("deflate",)}),
        (raw(b"imei=" + IMEI), IMEI, "body.form:imei", ("deflate", "form"), {"encodings": ("deflate",)}),
        (raw(b"a text long enough: " + IMEI), IMEI, "body", ("deflate",), {}),
        (flushed(b"a text long enough to be none by chance: " + IMEI), IMEI, "body", ("deflate",), {}),
        (flushed(b"a text long enough to be none by chance: " + IMEI)[:-4], IMEI, "body", ("deflate",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02" * 9,
        bytes(range(200, 250)),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
