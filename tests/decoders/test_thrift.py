"""Thrift's two protocols: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import struct

import pytest

from leakwatch.decoders import Budget, Context
from leakwatch.decoders import thrift as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b"\x80\x01\x00\x01"
            + struct.pack(">I", 3)
            + b"log"
            + bytes(4)
            + b"\x0b\x00\x02"
            + struct.pack(">I", 15)
            + IMEI
            + b"\x00",
            IMEI,
            "body.thrift:2",
            ("thrift",),
            {},
        ),
        (b"\x82\x21\x01\x03log\x1c\x28\x0f" + IMEI + b"\x00\x00", IMEI, "body.thrift:1.2", ("thrift",), {}),
        (
            b"\x0b\x00\x01"
            + struct.pack(">I", 15)
            + IMEI
            + b"\x0a\x00\x02"
            + struct.pack(">q", int(IMEI) + 1)
            + b"\x00",
            IMEI,
            "body.thrift:1",
            ("thrift",),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"\x0b\x00\x01\xff\xff\xff\xff" + bytes(9),
        bytes(20),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_an_announced_protobuf_message_is_none(alone):
    """Field 16 as bytes begins with the compact protocol's mark."""
    data = b"\x82\x01\x0f867900012345678\x12\x01a"
    assert alone(decoder, data, media_type="application/x-protobuf") == []


@pytest.mark.parametrize("size", range(8))
def test_a_few_bytes_are_no_struct(size: int) -> None:
    """Found by fuzzing: the head of a message was looked for behind the end."""
    assert not list(decoder.decode(b"\x0b" * size, Context(Budget())))
