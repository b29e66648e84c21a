"""The ways to show a running capture: a live table, plain lines, JSON lines, or nothing but warnings."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
from rich.text import Text

from leakwatch.capture.live import LeakTable, LiveView, plain_line
from leakwatch.capture.progress import Progress


class Screen(Protocol):
    """What a session tells; `keys` says whether this way of showing takes keys."""

    keys: bool

    def opening(self, lines: Sequence[str], code: str) -> None:
        """Show how to connect the phone: lines, then a QR code (or "")."""

    def leak(self, record: Mapping[str, Any]) -> None:
        """A leak was committed."""

    def say(self, text: str) -> None:
        """Something that the tester must know, once."""

    def refresh(self, view: LiveView) -> None:
        """The numbers changed."""

    def again(self, records: Iterable[Mapping[str, Any]]) -> None:
        """All leaks so far, as the database has them now: a mark changed the phase of some."""

    def close(self) -> None:
        """No more leaks; leave the terminal as it was."""


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class QuietScreen:
    """Warnings only."""

    keys = False

    def opening(self, lines: Sequence[str], code: str) -> None:
        return

    def leak(self, record: Mapping[str, Any]) -> None:
        return

    def say(self, text: str) -> None:
        _to_stderr(f"leakwatch: {text}")

    def refresh(self, view: LiveView) -> None:
        return

    def again(self, records: Iterable[Mapping[str, Any]]) -> None:
        return

    def close(self) -> None:
        return


class PlainScreen(QuietScreen):
    """One line on stdout for each new (identifier, recipient, phase); the summary gives the counts."""

    def __init__(self) -> None:
        self._table = LeakTable()
        self._said = ""

    def opening(self, lines: Sequence[str], code: str) -> None:
        for line in lines:
            _to_stderr(line)

    def leak(self, record: Mapping[str, Any]) -> None:
        row = self._table.add(record)
        if row is not None:
            self._print(plain_line(row))

    def refresh(self, view: LiveView) -> None:
        line = " | ".join(filter(None, (view.connection, view.hint)))
        if line != self._said:
            self._said = line
            _to_stderr(line)

    def _print(self, line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


class JsonScreen(PlainScreen):
    """Each leak record on stdout as a line of JSON, in UTF-8, as it is committed."""

    def leak(self, record: Mapping[str, Any]) -> None:
        # A record that holds a lone surrogate, or what could steer a terminal, is escaped whole.
        text = json.dumps(record, ensure_ascii=False)
        self._print(text if text.isprintable() else json.dumps(record))


class TableScreen:
    """The live table, redrawn in place at the foot of the terminal."""

    keys = True

    def __init__(self, console: Console) -> None:
        self._console = console
        self._table = LeakTable()
        self._live = Live(console=console, auto_refresh=False, transient=True, vertical_overflow="crop")

    def opening(self, lines: Sequence[str], code: str) -> None:
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)
        if code:
            self._console.print(Text(code), soft_wrap=True)
        self._live.start()

    def leak(self, record: Mapping[str, Any]) -> None:
        self._table.add(record)

    def say(self, text: str) -> None:
        self._console.print(Text(text, style="#d98e04"), soft_wrap=True)

    def refresh(self, view: LiveView) -> None:
        view.table = self._table
        self._live.update(view, refresh=True)

    def again(self, records: Iterable[Mapping[str, Any]]) -> None:
        self._table = LeakTable()
        for record in records:
            self._table.add(record)

    def close(self) -> None:
        self._live.stop()


def screen_for(fmt: str, quiet: bool, console: Console) -> Screen:
    """Choose by format and terminal: without a terminal the table becomes plain lines."""
    if fmt == "jsonl":
        return JsonScreen()
    if quiet:
        return QuietScreen()
    return TableScreen(console) if console.is_terminal and not console.is_dumb_terminal else PlainScreen()


def empty_view() -> LiveView:
    """A view before anything was seen."""
    return LiveView(LeakTable(), Progress())
