"""Documents in GBK: opened where present, left alone where something only looks like one."""

from __future__ import annotations

import pytest

from leakwatch.decoders import gbk_document as decoder

NAME = "李雷"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (f'{{"n": "{NAME}"}}'.encode("gbk"), NAME.encode(), "body.json:$.n", ("gbk", "json"), {}),
        (
            f'{{"n": "{NAME}", "m": "{NAME}", "c": "Kraków ±"}}'.encode("gb18030"),
            NAME.encode(),
            "body.json:$.n",
            ("gbk", "json"),
            {},
        ),
        (f"<r><n>{NAME}</n></r>".encode("gbk"), NAME.encode(), "body.xml:/r/n", ("gbk", "xml"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        f'{{"n": "{NAME}"}}'.encode(),
        f"n={NAME}".encode("gbk"),
        '{"n": "Jérôme à côté"}'.encode("latin-1"),
        b"{" + bytes(range(128, 256)),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
