"""Base85: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import base64
import re

import pytest

from leakwatch.decoders import base85 as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (base64.b85encode(b"id:" + IMEI), IMEI, "query:q", ("base85",), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"Hello-World!",
        b"a@b.example",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_a_percent_sign_that_could_begin_an_escape_hides_nothing(where):
    """Percent signs belong to the alphabet, and some stand before two hex digits."""
    values = (b"id:%x" % (number * 0x9E3779B97F) for number in range(40_000))
    texts = ((data, base64.b85encode(data)) for data in values)
    data, text = next(pair for pair in texts if re.search(rb"%[0-9A-F]{2}[^%]*\Z", pair[1]))
    assert where(text, data, location="query:q") == ("query:q", ("base85",))
