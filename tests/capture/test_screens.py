"""Ways of showing a capture: which one is chosen, and that stdout carries leaks and nothing else."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from leakwatch.capture.screens import JsonScreen, PlainScreen, QuietScreen, TableScreen, empty_view, screen_for


def leak(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "identifier": "imei",
        "sdk_name": "Umeng",
        "host": "h.example",
        "phase": "before_consent",
        "party": "third",
        "chain": ["json"],
        "location": "body",
        "time": "2026-11-21T19:00:00Z",
    }
    return row | changes


def terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80, height=24, _environ={"TERM": "xterm"})


@pytest.mark.parametrize(
    ("fmt", "quiet", "console", "kind"),
    [
        ("table", False, terminal(), TableScreen),
        ("table", False, Console(file=io.StringIO()), PlainScreen),
        ("table", True, terminal(), QuietScreen),
        ("jsonl", False, terminal(), JsonScreen),
        ("jsonl", True, terminal(), JsonScreen),
    ],
)
def test_format_and_terminal_choose(fmt: str, quiet: bool, console: Console, kind: type) -> None:
    assert type(screen_for(fmt, quiet, console)) is kind


def test_json_lines_hold_any_text(capsys: pytest.CaptureFixture[str]) -> None:
    screen = JsonScreen()
    screen.opening(["join"], "code")
    screen.say("warning")
    rows = [leak(host="王.example"), leak(host="\ud800\n")]
    for row in rows:
        screen.leak(row)
    out, err = capsys.readouterr()
    assert [json.loads(line) for line in out.splitlines()] == rows
    assert "王.example" in out
    assert err == "join\nleakwatch: warning\n"


def test_plain_lines_fold_repeats_and_say_a_state_once(capsys: pytest.CaptureFixture[str]) -> None:
    screen = PlainScreen()
    view = empty_view()
    view.connection = "phone seen ✓"
    for _ in range(3):
        screen.leak(leak())
        screen.refresh(view)
    screen.leak(leak(identifier="oaid"))
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert err == "phone seen ✓\n"


def test_quiet_says_warnings_only(capsys: pytest.CaptureFixture[str]) -> None:
    screen = QuietScreen()
    screen.opening(["join"], "code")
    screen.leak(leak())
    screen.refresh(empty_view())
    screen.again([leak()])
    screen.say("warning")
    screen.close()
    assert capsys.readouterr() == ("", "leakwatch: warning\n")


def test_the_table_is_read_again_when_a_mark_changed_phases() -> None:
    console = terminal()
    screen = TableScreen(console)
    screen.opening(["join"], "")
    screen.leak(leak())
    screen.again([leak(phase="consented")])
    view = empty_view()
    screen.refresh(view)
    screen.close()
    assert [row.phase for row in view.table.newest(9)] == ["consented"]
