"""Escapes by code point: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import unicode_escape as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"\\u674e\\u96f7", "李雷".encode(), "query:q", (), {"location": "query:q"}),
        (b"%u674e%u96f7", "李雷".encode(), "query:q", (), {"location": "query:q"}),
        (b"\\u{1f600}x", "😀x".encode(), "query:q", (), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"c:\\users",
        b"%upper",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
