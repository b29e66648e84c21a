"""Calendars: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import ical as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Call " + IMEI + b"\r\nEND:VEVENT\r\n",
            IMEI,
            "body.ical:SUMMARY",
            ("ical",),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"BEGIN:VCARD\nN:x\nEND:VCARD",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
