"""Archives: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import io
import zipfile

import pytest

from leakwatch.decoders import zip as decoder

IMEI = b"867900012345678"


def archive(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        file.writestr("a/dev.txt", b"imei=" + IMEI)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (archive(zipfile.ZIP_DEFLATED), IMEI, "body.zip:a/dev.txt.form:imei", ("zip", "form"), {}),
        (archive(zipfile.ZIP_STORED)[:-40], IMEI, "body.zip:a/dev.txt.form:imei", ("zip", "form"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        b"PK\x05\x06" + bytes(18),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
