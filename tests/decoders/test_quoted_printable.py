"""Quoted-printable: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import quopri

import pytest

from leakwatch.decoders import quoted_printable as decoder

IMEI = b"867900012345678"


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (quopri.encodestring("李雷".encode()), "李雷".encode(), "query:q", (), {"location": "query:q"}),
        (b"Ma=C3=ABlle=20Peltier", "Maëlle Peltier".encode(), "query:q", (), {"location": "query:q"}),
        (b"8679000=\r\n12345678", b"867900012345678", "query:q", (), {"location": "query:q"}),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        b"a=1&b=3D"[:5],
        b"x == y",
        b"k=DE=zz",
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_a_lone_equals_sign_before_or_behind_the_escapes() -> None:
    from leakwatch.decoders import Budget, unfold
    from leakwatch.model import Part

    body = b"name=" + "".join(f"={byte:02X}" for byte in "欧阳".encode()).encode() + b"&next=1"
    found = [s.data for s in unfold(Part("body", body, 0, len(body)), Budget()) if "quoted-printable" in s.chain]
    assert any("欧阳".encode() in data for data in found)
    plain = b"a=1; b==2; c=zz"
    assert all("quoted-printable" not in s.chain for s in unfold(Part("body", plain, 0, len(plain)), Budget()))
