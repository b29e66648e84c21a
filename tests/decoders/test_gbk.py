"""Chinese text in GBK: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest

from leakwatch.decoders import gbk as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        ("姓名李雷".encode("gbk"), "李雷".encode(), "body", ("gbk",), {}),
        (b'{"n": "' + "李雷".encode("gb18030") + b'"}', "李雷".encode(), "body.json:$.n", ("gbk", "json"), {}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        "李雷".encode(),
        bytes(range(128, 256)),
        b"\xff\xd8\xff\xe0" + bytes(20),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []
