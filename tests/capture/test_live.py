"""The live view: folding, order, widths, and hostile names that must not reach the terminal."""

from __future__ import annotations

import io
import os
import pty
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from leakwatch.capture.keys import HELP, MARK_KEYS, Keys
from leakwatch.capture.live import LeakTable, LiveView, plain_line
from leakwatch.capture.progress import Progress
from leakwatch.capture.wording import chain_words, clean, duration_words, middle, share_words, size_words


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


def test_words_for_people() -> None:
    assert [size_words(n) for n in (0, 713, 4100, 3_200_000)] == ["0 B", "713 B", "4.1 kB", "3.2 MB"]
    assert [duration_words(n) for n in (12, 372, 3780)] == ["12 s", "6 min 12 s", "1 h 03 min"]
    assert [share_words(a, b) for a, b in ((91, 100), (999, 1000), (1, 1000), (5, 5), (0, 0))] == [
        "91 %",
        "99 %",
        "1 %",
        "100 %",
        "0 %",
    ]
    assert chain_words([]) == "plain"
    assert middle("alogs.umeng.com", 9) == "alog….com"
    assert clean("王小明 é") == "王小明 é"


def test_keys_come_one_by_one_and_the_terminal_is_restored() -> None:
    import termios

    leader, follower = pty.openpty()
    try:
        with os.fdopen(follower, "r+b", buffering=0) as stream:
            before = termios.tcgetattr(stream)
            with Keys(stream) as keys:
                assert keys.read(0.0) == ""
                os.write(leader, b"A?")
                assert [keys.read(2.0), keys.read(2.0)] == ["a", "?"]
                assert termios.tcgetattr(stream)[3] != before[3]
            assert termios.tcgetattr(stream) == before
            with pytest.raises(KeyError), Keys(stream):
                raise KeyError
            assert termios.tcgetattr(stream) == before
    finally:
        os.close(leader)


def test_without_a_terminal_no_key_is_read() -> None:
    with Path(os.devnull).open() as stream, Keys(stream) as keys:
        assert keys.read(0.0) == ""


def test_every_marking_key_sets_axes_that_a_mark_takes() -> None:
    from leakwatch.journal.marks import check_axes

    for mark in MARK_KEYS.values():
        assert check_axes(mark.axes) == dict(mark.axes)
    assert "a agreed" in HELP
    assert MARK_KEYS["a"].then == "Marked. Tap Agree now."
