"""The live view: folding, order, widths, and hostile names that must not reach the terminal."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from leakwatch.capture.live import LeakTable, LiveView, plain_line
from leakwatch.capture.progress import Progress


def leak(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "identifier": "imei",
        "sdk_name": "Umeng",
        "company": "Umeng",
        "host": "alogs.umeng.com",
        "phase": "before_consent",
        "party": "third",
        "chain": ["gzip", "json", "md5"],
        "location": "body.json:$.imei",
        "time": "2026-11-21T19:00:00Z",
    }
    return row | changes


def drawn(view: LiveView, width: int, **options: Any) -> str:
    console = Console(file=io.StringIO(), width=width, height=24, **options)
    console.print(view)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def view(*leaks: dict[str, Any]) -> LiveView:
    table = LeakTable()
    for row in leaks:
        table.add(row)
    progress = Progress(flows=184, sent=3_000_000, received=100_000, unread=300_000)
    return LiveView(table, progress, connection="phone seen ✓", phase_since=1000.0)


def test_repeats_are_folded_into_a_count() -> None:
    table = LeakTable()
    assert table.add(leak()) is not None
    assert table.add(leak(time="2026-11-21T19:00:09Z")) is None
    (row,) = table.newest(10)
    assert (row.count, row.first[-3:], row.last[-3:]) == (2, "00Z", "09Z")


@pytest.mark.parametrize("change", [{"identifier": "oaid"}, {"sdk_name": "Jiguang"}, {"phase": "consented"}])
def test_another_identifier_recipient_or_phase_is_another_line(change: dict[str, str]) -> None:
    table = LeakTable()
    table.add(leak())
    assert table.add(leak(**change)) is not None
    assert len(table) == 2


def test_newest_comes_first_and_a_repeat_moves_up() -> None:
    table = LeakTable()
    for name in ("imei", "oaid", "imei"):
        table.add(leak(identifier=name))
    assert [row.identifier for row in table.newest(10)] == ["imei", "oaid"]


def test_memory_is_bounded() -> None:
    table = LeakTable()
    for number in range(5100):
        table.add(leak(identifier=f"contact {number}"))
    assert len(table) == 5000
    assert next(table.newest(1)).identifier == "contact 5099"


def test_eighty_columns_show_everything_that_a_tester_needs() -> None:
    lines = drawn(view(leak(), leak(identifier="gps", party="same-company", sdk_name="Amap")), 80).splitlines()
    assert all(len(line) <= 80 for line in lines)
    row = next(line for line in lines if "imei" in line)
    for word in ("before consent", "gzip › json › md5", "third: Umeng", "×1"):
        assert word in row
    assert "same company: Amap" in "\n".join(lines)


def test_a_wide_terminal_shows_host_and_place_too() -> None:
    assert "alogs.umeng.com" not in drawn(view(leak()), 80)
    wide = drawn(view(leak()), 140)
    assert "alogs.umeng.com" in wide
    assert "body.json:$.imei" in wide


def test_a_long_chain_keeps_its_ends() -> None:
    text = drawn(view(leak(chain=["gzip", "json", "base64", "json", "md5"])), 80)
    assert "gzip › … › md5" in text


def test_the_status_line_names_its_denominators() -> None:
    status = view().status(now=1077.0)
    assert status == "184 flows · 3.4 MB · 91 % readable · journal read · before consent for 1 min 17 s"


def test_of_nothing_no_share_is_named_and_no_phase_before_a_mark() -> None:
    assert LiveView(LeakTable(), Progress(), phase="unknown").status(now=1077.0) == "0 flows · 0 B · journal read"


def test_no_color_keeps_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    text = drawn(view(leak()), 80, force_terminal=True)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", text)
    assert "third: Umeng" in text


def test_a_plain_line_says_when_what_how_and_to_whom() -> None:
    row = LeakTable().add(leak())
    assert row is not None
    assert plain_line(row).endswith("before consent  imei          gzip › json › md5 → Umeng (third party)")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.characters(max_codepoint=0x2070), max_size=30))
def test_hostile_names_cannot_steer_the_terminal(name: str) -> None:
    hostile = f"\x1b]0;{name}\x07\x1b[2J\u202e"
    row = leak(sdk_name="", company="", host=hostile, identifier=hostile, location=hostile, chain=[hostile])
    texts = [drawn(view(row), 140), plain_line(LeakTable().add(row))]  # type: ignore[arg-type]  # a first row is new
    for text in texts:
        assert not any(c in text.replace("\n", "") for c in "\x1b\x07\u202e\r\b\0")
