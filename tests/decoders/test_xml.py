"""XML text, attributes and CDATA: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import xml as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"<?xml version='1.0'?><a><b>" + IMEI + b"</b></a>", IMEI, "body.xml:/a/b", ("xml",), {}),
        (b"<a><b id='" + IMEI + b"'/></a>", IMEI, "body.xml:/a/b@id", ("xml",), {}),
        (b"<a><![CDATA[" + IMEI + b"]]></a>", IMEI, "body.xml:/a", ("xml",), {}),
        (b"<a>&#x674e;&#38647;</a>", "李雷".encode(), "body.xml:/a", ("xml",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><html><body>x</body></html>",
        b"a < b and c > d",
        b"<3 you",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_entities_that_a_document_defines_are_never_expanded(alone):
    bomb = b'<!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><z>&b;<!ENTITY c SYSTEM "file:///etc/passwd"></z>'
    pieces = alone(decoder, bomb)
    assert all(len(piece.data) <= len(bomb) and b"aaaaaaaaaa" not in piece.data for piece in pieces)
