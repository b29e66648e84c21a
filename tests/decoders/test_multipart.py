"""Multipart fields and files: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import multipart as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b'--B\r\nContent-Disposition: form-data; name="imei"\r\n\r\n' + IMEI + b"\r\n--B--\r\n",
            IMEI,
            "body.multipart:imei",
            ("multipart",),
            {},
        ),
        (
            b'--B\r\nContent-Disposition: form-data; name="' + IMEI + b'"\r\n\r\nx\r\n--B--\r\n',
            IMEI,
            "body.multipart:867900012345678",
            ("multipart",),
            {},
        ),
        (
            b'--B\nContent-Disposition: form-data; name="f"; filename="' + IMEI + b'.txt"\n\nx',
            IMEI,
            "body.multipart:f",
            ("multipart",),
            {},
        ),
        (
            b'--B\r\nContent-Disposition: form-data; name="j"\r\nContent-Type: application/json\r\n\r\n{"a":"'
            + IMEI
            + b'"}\r\n--B\r\n',
            IMEI,
            "body.multipart:j.json:$.a",
            ("multipart", "json"),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"-- a comment\nselect 1",
        b"---\ntitle: x\n---\n",
        b"--only a line",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
