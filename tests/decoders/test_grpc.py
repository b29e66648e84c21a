"""gRPC frames: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import gzip
import struct

import pytest

from leakwatch.decoders import grpc as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b"\x00" + struct.pack(">I", 17) + b"\x0a\x0f" + IMEI,
            IMEI,
            "body.grpc[0].protobuf:1",
            ("grpc", "protobuf"),
            {},
        ),
        (
            b"\x00\x00\x00\x00\x02\x08\x01\x01"
            + struct.pack(">I", len(gzip.compress(b"\x0a\x0f" + IMEI)))
            + gzip.compress(b"\x0a\x0f" + IMEI),
            IMEI,
            "body.grpc[1].protobuf:1",
            ("grpc", "gzip", "protobuf"),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x00\x00\x00\xff" + bytes(20),
        b"\x02\x00\x00\x00\x02ab",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
