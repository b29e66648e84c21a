"""What cannot be stored becomes what can, and time reads back as it was written."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.store import plain


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("同意前 é", "同意前 é"),
        ("a\0b", "a\\x00b"),
        ("a\ud800b", "a\\ud800b"),
        (2**70, 2**63 - 1),
        (-(2**70), -(2**63) + 1),
        (math.nan, 0.0),
        (math.inf, 0.0),
        (True, True),
        (None, None),
        (b"\0\xff", b"\0\xff"),
    ],
)
def test_storable(value: object, stored: object) -> None:
    assert plain.storable(value) == stored
    assert type(plain.storable(value)) is type(stored)


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_becomes_utf8_without_nul(text: str) -> None:
    stored = plain.storable(text)
    assert "\0" not in stored
    stored.encode()


@given(st.floats(0, 4e9))
def test_iso_and_back(moment: float) -> None:
    assert plain.seconds(plain.iso(moment)) == pytest.approx(moment, abs=0.001)


@pytest.mark.parametrize("moment", [1e300, -1e300, math.nan, math.inf, None])
def test_no_moment_is_empty(moment: float | None) -> None:
    assert plain.iso(moment) == ""


@pytest.mark.parametrize(
    ("text", "moment"),
    [("1970-01-01T00:01:00Z", 60.0), ("1970-01-01T00:01:00", 60.0), ("1970-01-01T08:01:00+08:00", 60.0), ("soon", 0.0)],
)
def test_seconds(text: str, moment: float) -> None:
    assert plain.seconds(text) == moment


def test_json_reads_back() -> None:
    assert plain.loads(plain.dumps({"名": ["a", 1]})) == {"名": ["a", 1]}
    assert plain.dumps({"名": 1}) == '{"名":1}'
    assert plain.loads("[1]") == plain.loads("{") == {}
