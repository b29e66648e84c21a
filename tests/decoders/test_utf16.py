"""UTF-16 in both byte orders: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import utf16 as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (("imei:" + IMEI.decode()).encode("utf-16le"), IMEI, "body", ("utf-16le",), {}),
        (("imei:" + IMEI.decode()).encode("utf-16be"), IMEI, "body", ("utf-16be",), {}),
        (("李雷" + IMEI.decode()).encode("utf-16"), IMEI, "body", ("utf-16le",), {}),
        (b"\x01\xff\x02\x03\x04" + IMEI.decode().encode("utf-16le") + b"\xff\xfe\x01", IMEI, "body", ("utf-16le",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        bytes(32),
        b"\x00\x01\x02\x03" * 8,
        IMEI,
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


@pytest.mark.parametrize("text", ["Кухня_3505", "Сергей Малиновский", "Ελένη Παπαδοπούλου", "Überraschungsgast"])
@pytest.mark.parametrize("coding", ["utf-16le", "utf-16be"])
def test_alphabets_of_europe(where, text, coding):
    data = text.encode(coding).hex().encode()
    assert where(data, text.encode(), location="query:q") == ("query:q", ("hex", coding))
