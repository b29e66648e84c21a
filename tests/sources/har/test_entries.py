"""Damaged HARs: read as far as they go, stepped over, or refused in one line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.errors import SourceError
from leakwatch.journal.events import ExchangeFailed, LedgerNote, Request
from leakwatch.sources import har

Case = Any
"""The fixture `case` of conftest.py."""
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12)


def test_a_torn_file_is_read_as_far_as_it_goes(case: Case) -> None:
    whole = case.text(case.good, case.entry(), case.entry())
    second = whole.index("h.example")
    for cut in range(
        whole.index('"entries": [') + len('"entries": ['), whole.index("]", whole.rindex("h.example")) + 1
    ):
        events = case.events(whole[:cut])
        requests = [e for e in events if isinstance(e, Request)]
        assert len(requests) >= (1 if cut > second else 0)
        if len(requests) < 3:
            assert isinstance(events[-1], LedgerNote)
            assert events[-1].kind == "truncated"


def test_a_torn_gzip_file_too(case: Case) -> None:
    packed = gzip.compress(case.text(*[case.entry({"postData": {"text": str(i) * 50}}) for i in range(500)]).encode())
    events = case.events(packed[: len(packed) // 2])
    assert 50 < len([e for e in events if isinstance(e, Request)]) < 500
    assert isinstance(events[-1], LedgerNote)
    assert (events[-1].kind, "gzip" in events[-1].detail) == ("truncated", True)


@pytest.mark.parametrize(
    "broken",
    [
        '{"request": tru}',
        '{"request": {"a" 1}}',
        '{"request": "\\q"}',
        "[" * 100_000 + "]" * 100_000,
        "1" * 5000,
        "[1 2]",
    ],
    ids=["literal", "colon", "escape", "depth", "digits", "brackets"],
)
def test_a_broken_entry_is_stepped_over(case: Case, broken: str) -> None:
    good = json.dumps(case.entry())
    events = case.events(f'{{"log": {{"entries": [{good}, {broken}, {good}]}}}}')
    assert [r.index for r in events if isinstance(r, Request)] == [0, 2]
    (note,) = [e for e in events if isinstance(e, LedgerNote)]
    assert note.kind == "unreadable"
    assert note.detail.startswith("entry 1: ")


def test_entries_that_hold_no_request_are_noted(case: Case) -> None:
    events = case.events(case.text(None, 5, {}, {"request": []}, case.entry()))
    assert [type(e) for e in events] == [LedgerNote] * 4 + [Request, ExchangeFailed]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        '{"log": 5}',
        '{"log": {"entries": {}}}',
        "[]",
        "nonsense",
        '{"log": {"version": "1.2"',
        '{"a": "b',
        "{",
    ],
)
def test_what_is_no_har_is_refused_in_one_line(case: Case, content: str) -> None:
    with pytest.raises(SourceError) as refused:
        case.events(content)
    assert "capture.har" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="No such file"):
        list(har.read(tmp_path / "none.har"))


def test_entries_beside_log_and_unknown_members_before_it(case: Case) -> None:
    odd = {"x": {"entries": [1], "s": '}]"\\'}, "n": [1, {"log": 2}], "log": {"creator": {}}, "entries": [case.entry()]}
    assert isinstance(case.events(json.dumps(odd))[0], Request)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
members = ["headers", "cookies", "postData", "queryString", "url", "method", "httpVersion", "bodySize", "_content"]


@settings(max_examples=150, deadline=None)
@given(
    request=st.dictionaries(st.sampled_from(members), json_values | st.lists(st.dictionaries(names, json_values))),
    response=json_values | st.dictionaries(st.sampled_from(["status", "content", "headers", "cookies"]), json_values),
    other=st.dictionaries(
        st.sampled_from(["_id", "time", "timings", "startedDateTime", "serverIPAddress", "_webSocketMessages"]),
        json_values | st.lists(st.dictionaries(st.sampled_from(["type", "opcode", "data", "time"]), json_values)),
    ),
)
def test_members_of_any_type_never_raise(case: Case, request: Any, response: Any, other: dict[str, Any]) -> None:
    made = {**other, "request": request, "response": response}
    events = case.events(json.dumps({"log": {"entries": [made]}}))
    assert isinstance(events[0], Request)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_byte_changed_anywhere_never_raises_anything_else(case: Case, data: st.DataObject) -> None:
    content = bytearray(case.text(case.good, case.entry(), case.entry()).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        case.events(bytes(content))
    except SourceError as error:
        assert "\n" not in str(error)
