"""The window over a HAR: every cut gives the same events, in bounded memory."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from leakwatch.journal.events import LedgerNote, Request
from leakwatch.sources import har
from leakwatch.sources.har import window as window_module

Case = Any
"""The fixture `case` of conftest.py."""


def test_windows_of_every_size_give_the_same_events(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    text = case.text(
        case.good,
        case.entry({"postData": {"text": '中文 \\" \ud83d' * 5}}),
        case.entry(None, {"content": {"text": "x"}}),
    )
    expected = case.events(text)
    for size in (4, 5, 7, 13, 64, 300):
        monkeypatch.setattr(window_module, "CHUNK", size)
        assert case.events(text) == expected, size


def test_memory_is_bounded_by_the_longest_entry(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "long.har"
    one = json.dumps(case.entry({"postData": {"text": "x" * 100_000}}))
    with path.open("w") as file:
        file.write('{"log": {"entries": [' + ",".join([one] * 300) + "]}}")
    tracemalloc.start()
    assert sum(1 for e in har.read(path) if isinstance(e, Request)) == 300
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 << 20, "30 MB of HAR in less than 12 MB"


def test_a_gzip_bomb_costs_its_budget(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_module, "FREE_EXPANSION", 4 << 20)
    monkeypatch.setattr(window_module, "MAX_RATIO", 10)
    good = json.dumps(case.entry())
    bomb = gzip.compress(f'{{"log": {{"entries": [{good}, "'.encode() + b"a" * (64 << 20))
    events = case.events(bomb)
    assert isinstance(events[0], Request)
    assert isinstance(events[-1], LedgerNote)
    assert "expands" in events[-1].detail
