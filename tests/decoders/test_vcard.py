"""Contacts: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import vcard as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            b"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=CELL:" + IMEI + b"\r\nEND:VCARD\r\n",
            IMEI,
            "body.vcard:TEL",
            ("vcard",),
            {},
        ),
        (
            b"BEGIN:VCARD\nN:Lovelace;Ada;;;\nNOTE:86790\n  0012345678\nEND:VCARD",
            b"86790 0012345678",
            "body.vcard:NOTE",
            ("vcard",),
            {},
        ),
        (
            b"BEGIN:VCARD\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9D=8E;=E9=9B=B7\nEND:VCARD",
            "李".encode(),
            "body.vcard:N",
            ("vcard",),
            {},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT",
        b"a vcard is not here",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
