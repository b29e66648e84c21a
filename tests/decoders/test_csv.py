"""Comma-separated values: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import csv as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"imei,name\n" + IMEI + b",x\n1,2\n", IMEI, "body.csv:imei", ("csv",), {}),
        (b'id\tnote\r\n1\t"say ""' + IMEI + b'"""\r\n', IMEI, "body.csv:note", ("csv",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"Dear Ada, hello\nhow are you, and you, and you?",
        b"one,line,only",
        b"a=1, b=2\nc=3, d=4",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
