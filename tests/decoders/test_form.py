"""Form fields: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import form as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (b"os=android&imei=" + IMEI, IMEI, "body.form:imei", ("form",), {}),
        (b"q=%7B%22imei%22%3A%22" + IMEI + b"%22%7D&z=1", IMEI, "body.form:q.json:$.imei", ("form", "json"), {}),
        (b"name=Ada+Lovelace", b"Ada Lovelace", "body.form:name", ("form",), {}),
        (b"a%5B0%5D=" + IMEI, IMEI, "body.form:a[0]", ("form",), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"x == y",
        b"aGVsbG8gd29ybGQ=",
        b"https://example.com/p?a=b",
        b"if (a=b) {}",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_settings_in_a_row_are_no_form() -> None:
    from leakwatch.decoders import Budget, unfold
    from leakwatch.model import Part

    for data, form in ((b"SN=A1B2C3D4E5;model=X1", False), (b"sn=A1B2C3D4E5&m=a;b", True)):
        chains = [s.chain for s in unfold(Part("header:X-Dev", data, 0, len(data)), Budget())]
        assert (("form",) in chains) is form
