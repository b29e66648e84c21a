"""Percent encoding: opened where present, left alone where something only looks like it."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from leakwatch.decoders import percent as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (quote(IMEI, safe="").replace("8", "%38").encode(), IMEI, "query:q", (), {"location": "query:q"}),
        (
            b"/c/" + quote(b'{"v":"' + IMEI + b'"}', safe="").encode() + b"/p.gif",
            IMEI,
            "path.json:$.v",
            ("json",),
            {"location": "path"},
        ),
        (b"%2538" + IMEI[1:], IMEI, "query:q", (), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"100 % sure",
        b"50%zz",
        IMEI,
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
