"""Escapes by byte: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import hex_escape as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"".join(b"\\x%02x" % b for b in IMEI), IMEI, "query:q", (), {"location": "query:q"}),
        (b"\\346\\235\\216", "李".encode(), "query:q", (), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"c:\\xavier",
        b"a\\b",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
