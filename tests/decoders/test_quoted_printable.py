"""Quoted-printable: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import quopri

import pytest

from leakwatch.decoders import quoted_printable as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (quopri.encodestring("李雷".encode()), "李雷".encode(), "query:q", (), {"location": "query:q"}),
        (b"8679000=\r\n12345678", b"867900012345678", "query:q", (), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"a=1&b=3D"[:5],
        b"x == y",
        b"k=DE=zz",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
