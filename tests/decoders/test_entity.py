"""Character references: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import entity as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"".join(b"&#%d;" % b for b in IMEI), IMEI, "query:q", (), {"location": "query:q"}),
        (b"&#x674e;&amp;&#x96f7;", "李&雷".encode(), "query:q", (), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"a=1&b=2;c",
        b"AT&T; fine",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
