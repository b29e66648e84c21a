"""Messages without a schema: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import struct

import pytest

from leakwatch.decoders import protobuf as decoder

IMEI = b"867900012345678"


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"\x0a\x11\x0a\x0f" + IMEI + b"\x10\x01", IMEI, "body.protobuf:1.1", ("protobuf",), {}),
        (b"\x0a\x03app\x18" + varint(int(IMEI)), IMEI, "body.protobuf:3", ("protobuf", "varint"), {}),
        (b"\x0a\x03app\x18" + varint(2 * int(IMEI)), IMEI, "body.protobuf:3", ("protobuf", "varint"), {}),
        (
            b"\x0a\x03app\x18" + varint((1 << 63) + 7),
            b"9223372036854775815",
            "body.protobuf:3",
            ("protobuf", "varint"),
            {},
        ),
        (
            b"\x0a\x03app\x21" + struct.pack("<Q", (1 << 63) + 7),
            b"9223372036854775815",
            "body.protobuf:4",
            ("protobuf", "fixed64"),
            {},
        ),
        # behind their lengths, as `writeDelimitedTo` puts them in a row
        (b"\x07\x0a\x03app\x10\x02\x13\x0a\x0f" + IMEI + b"\x10\x01", IMEI, "body.protobuf:1", ("protobuf",), {}),
        # a length below 0x20 before JSON is a field's, not white space
        (
            b"\x08\x02\x12\x17" + b'{"d":"' + IMEI + b'"}',
            IMEI,
            "body.protobuf:2.json:$.d",
            ("protobuf", "json"),
            {},
        ),
        (b"\x0a\x03app\x21" + struct.pack("<Q", int(IMEI)), IMEI, "body.protobuf:4", ("protobuf", "fixed64"), {}),
        (
            b"\x0a\x03app\x21" + struct.pack("<d", 30.123456),
            b"30.123456",
            "body.protobuf:4",
            ("protobuf", "double"),
            {},
        ),
        (b"\x0a\x03app\x13\x1a\x0f" + IMEI + b"\x14", IMEI, "body.protobuf:2.3", ("protobuf",), {}),
        (
            b"\x0a\x03app\x22" + bytes([2 * len(varint(int(IMEI)))]) + 2 * varint(int(IMEI)),
            IMEI,
            "body.protobuf:4",
            ("protobuf", "varint"),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"plain text that is long enough",
        b"13800138000",
        b"\x89PNG\r\n\x1a\n" + bytes(20),
        bytes(16),
        b"\x0a\xff\xff\xff\xff\x0f",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_a_uuid_that_looks_like_a_message_is_yielded_as_it_stands_too() -> None:
    from leakwatch.decoders import Budget, unfold
    from leakwatch.model import Part

    raw = bytes.fromhex("6d605ab723684c2995ce1e101aaf139d")
    body = b"\x0a\x03did\x12\x10" + raw + b"\x18\x01"
    found = {(s.location, s.data) for s in unfold(Part("body", body, 0, len(body)), Budget())}
    assert ("body.protobuf:2", raw) in found
    assert any(location == "body.protobuf:2.13" for location, _ in found)
