"""The live table: leaks folded to one line for each identifier, recipient and phase, newest first."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.table import Table
from rich.text import Text

from leakwatch.capture.progress import Progress
from leakwatch.capture.wording import (
    PARTY_STYLES,
    PARTY_WORDS,
    chain_words,
    clean,
    count_words,
    duration_words,
    middle,
    phase_words,
    recipient,
    share_words,
    shorter_chain,
    size_words,
)

_MAX_ROWS = 5000
_WIDE = 110
"""From this width on, the table also shows the host and the place within the message."""

Key = tuple[str, str, str]


@dataclass(slots=True)
class Row:
    """One line of the table: `first` and `last` are ISO times, the rest is of the newest leak folded into it."""

    identifier: str
    recipient: str
    phase: str
    party: str
    chain: str
    host: str
    location: str
    first: str
    last: str
    count: int = 0


class LeakTable:
    """Leaks folded to rows, bounded in memory: past 5,000 rows the one not touched for longest is dropped."""

    def __init__(self) -> None:
        self._rows: dict[Key, Row] = {}

    def add(self, record: Mapping[str, Any]) -> Row | None:
        """Fold in one leak record; return its row where it is a new one, else None."""
        key = (str(record["identifier"]), recipient(record), str(record["phase"]))
        row = self._rows.pop(key, None)
        new = row is None
        stamp = str(record["time"])
        if row is None:
            row = Row(key[0], key[1], key[2], "", "", "", "", stamp, stamp)
        row.party = str(record["party"])
        row.chain = chain_words(record["chain"])
        row.host, row.location = str(record["host"]), str(record["location"])
        row.last = max(row.last, stamp)
        row.count += 1
        self._rows[key] = row
        if len(self._rows) > _MAX_ROWS:
            del self._rows[next(iter(self._rows))]
        return row if new else None

    def newest(self, limit: int) -> Iterator[Row]:
        """Yield up to `limit` rows, the last touched first."""
        for _, row in zip(range(limit), reversed(self._rows.values()), strict=False):
            yield row

    def __len__(self) -> int:
        return len(self._rows)


def plain_line(row: Row) -> str:
    """Return a row as one line for a log or a pipe: when, phase, what, how encoded, to whom."""
    who = f"{row.recipient} ({PARTY_WORDS.get(row.party, clean(row.party))})"
    return f"{_clock(row.last)}  {phase_words(row.phase):<14}  {clean(row.identifier):<12}  {row.chain} → {who}"


@dataclass(slots=True)
class LiveView:
    """What the screen shows: the connection, the table, a status line, and what the last key did."""

    table: LeakTable
    progress: Progress
    connection: str = ""
    hint: str = ""
    notice: str = ""
    phase: str = "before_consent"
    phase_since: float = 0.0
    behind: int = 0
    """Bytes of the journal that the follower has not read yet."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        height = max((options.max_height or console.height) - 5, 3)
        lines: list[Any] = [Text(self.connection, style="bold")]
        if self.hint:
            lines.append(Text(self.hint, style="#d98e04"))
        lines.append(self._rows(options.max_width, height - bool(self.hint)))
        lines.append(Text(self.status(), style="dim", no_wrap=True, overflow="ellipsis"))
        lines.append(Text(self.notice or "? help · q quit", style="bold" if self.notice else "dim"))
        yield Group(*lines)

    def status(self, now: float | None = None) -> str:
        """Return the status line: flows, bytes, readable share, journal lag, phase and how long it has lasted."""
        seen = self.progress
        lag = f"journal {size_words(self.behind)} behind" if self.behind else "journal read"
        since = (time.time() if now is None else now) - self.phase_since
        share = f"{share_words(seen.bytes - seen.unread, seen.bytes)} readable" if seen.bytes else ""
        phase = f"{phase_words(self.phase)} for {duration_words(since)}" if self.phase_since else ""
        told = (count_words(seen.flows, "flow"), size_words(seen.bytes), share, lag, phase)
        return " · ".join(filter(None, told))

    def _rows(self, width: int, height: int) -> Table:
        wide = width >= _WIDE
        chain_width = 28 if wide else 17
        table = Table(box=None, padding=(0, 1, 0, 0), expand=True, show_header=len(self.table) > 0, header_style="dim")
        table.add_column("phase", no_wrap=True, min_width=14)
        table.add_column("identifier", no_wrap=True, ratio=3, overflow="ellipsis")
        table.add_column("encoded", no_wrap=True, width=chain_width)
        table.add_column("to", no_wrap=True, ratio=7 if wide else 6, overflow="ellipsis")
        if wide:
            table.add_column("host", no_wrap=True, ratio=6, overflow="ellipsis")
            table.add_column("where", no_wrap=True, ratio=6, overflow="ellipsis")
        table.add_column("count", no_wrap=True, justify="right", min_width=5)
        table.add_column("last", no_wrap=True, justify="right", min_width=8)
        for row in self.table.newest(height):
            cells: list[Text] = [
                Text(phase_words(row.phase)),
                Text(middle(clean(row.identifier), 40), style="bold"),
                Text(shorter_chain(row.chain, chain_width)),
                _who(row),
            ]
            if wide:
                cells += [Text(middle(clean(row.host), 48)), Text(middle(clean(row.location), 48))]
            table.add_row(*cells, Text(f"×{row.count}"), Text(_clock(row.last)))
        return table


def _who(row: Row) -> Text:
    """The party word first: where the column is narrow it is the name that gets cut."""
    word = PARTY_WORDS.get(row.party, clean(row.party)).removesuffix(" party")
    return Text(f"{word}: {row.recipient}", style=PARTY_STYLES.get(row.party, ""))


def _clock(stamp: str) -> str:
    """Return an ISO time as the local time of day."""
    try:
        return datetime.fromisoformat(stamp).astimezone().strftime("%H:%M:%S")
    except ValueError:
        return clean(stamp)[:8]
