"""How every command prints rows: data alone on stdout as table, JSON or CSV; what is said to people on stderr."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("table", "jsonl", "json", "csv")
_CELL, _PIPED = 48, 1000
"""Columns of a cell at most: on a terminal, and for a pipe."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""What a cell may not begin with; some spreadsheets take the full-width signs too."""


def format_option(default: str = "table", formats: Sequence[str] = FORMATS) -> Callable[[Any], Any]:
    """The option `--format`, the same for every listing; arrives as `fmt`."""
    return click.option(
        "--format", "fmt", type=click.Choice(formats), default=default, show_default=True, help="How to print the rows."
    )


def db_option(help: str = "") -> Callable[[Any], Any]:
    """The option `--db`, the same for every command that touches a database; arrives as `db` (None: the default)."""
    words = help or "Database: a path, or postgresql+psycopg://…  [default: $LEAKWATCH_DB, else the user's data folder]"
    return click.option("--db", "db", envvar="LEAKWATCH_DB", default=None, metavar="URL", help=words)


def note(text: str) -> None:
    """Say something to the person at the terminal, on stderr, with control characters made visible."""
    click.echo(printable(text, keep_lines=True), err=True)


def print_rows(rows: Iterable[Mapping[str, Any]], fmt: str = "table", columns: Sequence[str] | None = None) -> int:
    """Print `rows` on stdout as `fmt` and return how many there were; `jsonl` and `csv` stream.

    `columns` chooses and orders the columns of `table` and `csv`, and the members of JSON objects; without it each
    row's own names are taken (for `table` and `csv` those of the first row).
    """
    counted = _Counted(rows)
    _PRINTERS[fmt](counted, columns)
    return counted.count


class _Counted:
    """An iterable that knows how many items went by."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = rows
        self.count = 0

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row


# -- JSON --------------------------------------------------------------------------------------------------------------


def json_line(row: Mapping[str, Any], columns: Sequence[str] | None = None) -> str:
    """One row as a line of JSON: UTF-8 as it is, but what steers a terminal, or is no UTF-8, escaped."""
    chosen = dict(row) if columns is None else {name: row.get(name) for name in columns}
    text = json.dumps(chosen, ensure_ascii=False, default=_plain)
    return text if text.isprintable() else "".join(c if _is_harmless(c) else json.dumps(c)[1:-1] for c in text)


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def _write(text: str) -> None:
    """Write UTF-8 whatever the locale says."""
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        stream.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def _print_jsonl(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None) -> None:
    for row in rows:
        _write(json_line(row, columns) + "\n")


def _print_json(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None) -> None:
    separator = "["
    for row in rows:
        _write(separator + "\n" + json_line(row, columns))
        separator = ","
    _write("[]\n" if separator == "[" else "\n]\n")


# -- CSV ---------------------------------------------------------------------------------------------------------------


def _print_csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    columns, rows = _with_columns(rows, columns)
    for line in itertools.chain([list(columns)], ([_csv_cell(row.get(name)) for name in columns] for row in rows)):
        if line:
            writer.writerow(line)
            _write(buffer.getvalue())
            buffer.seek(0)
            buffer.truncate()


def _csv_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection), on one line; our numbers stay numbers."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    text = str(value).lower() if isinstance(value, bool) else printable(_words(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _with_columns(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None
) -> tuple[Sequence[str], Iterable[Mapping[str, Any]]]:
    if columns is not None:
        return columns, rows
    stream = iter(rows)
    first = next(stream, None)
    return ((), ()) if first is None else (tuple(first), itertools.chain([first], stream))


# -- table -------------------------------------------------------------------------------------------------------------


def _print_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] | None) -> None:
    """A table as wide as the terminal: cells are cut in the middle, columns that cannot fit are left out and named.

    Where stdout is no terminal nothing is cut to fit, so that what a pipe searches is there.
    """
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    columns, rows = _with_columns(rows, columns)
    raw = [[row.get(name) for name in columns] for row in rows]
    if not raw:
        return
    console = console_for()
    lines = [[cell(value, _CELL if console.is_terminal else _PIPED) for value in line] for line in raw]
    natural = [max(map(cell_len, (_title(name), *cells))) for name, cells in zip(columns, zip(*lines, strict=True))]
    widths = _fit(natural, console.width) if console.is_terminal else natural
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, width in enumerate(widths):
        numbers = all(_is_number(line[place]) for line in raw)
        justify: Any = "right" if numbers else "left"
        table.add_column(cut(_title(columns[place]), width), justify=justify, no_wrap=True, width=width)
    for line in lines:
        cells = zip(columns, line, widths, strict=False)
        table.add_row(*(Text(cut(text, width), style=_STYLES.get((name, text), "")) for name, text, width in cells))
    console.width = max(console.width, sum(widths) + _GAP * len(widths))
    console.print(table)
    if len(widths) < len(columns):
        note(f"not shown here: {', '.join(map(_title, columns[len(widths) :]))}; widen the window, or use --format")


def console_for(*, stderr: bool = False) -> Console:
    """A console that writes what it is given, and raises BrokenPipeError where rich itself would exit with status 1."""
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Plain(stderr=stderr, highlight=False)


_GAP = 3
_NARROW = 9
"""What is left of a long cell at least; up to `_WHOLE` cells it is not cut at all: a time, a phase, a heading."""
_WHOLE = 16


def _title(name: str) -> str:
    return name.replace("_", " ")


def _fit(natural: Sequence[int], total: int) -> list[int]:
    """Widths that fit into `total`: as many columns as can have their least (the first: all), then shared out."""
    widths: list[int] = []
    for place, width in enumerate(natural):
        least = width if place == 0 or width <= _WHOLE else _NARROW
        if widths and sum(widths) + least + _GAP * len(widths) > total:
            break
        widths.append(least)
    room = total - sum(widths) - _GAP * (len(widths) - 1)
    while room > 0 and (growing := [i for i, width in enumerate(widths) if width < natural[i]]):
        widths[min(growing, key=lambda i: widths[i])] += 1
        room -= 1
    return widths


def cut(text: str, width: int) -> str:
    """`shorten` by the cells that a terminal gives a text, in which a Chinese character takes two."""
    from rich.cells import cell_len

    size = width
    while cell_len(text) > width and size > 0:
        text, size = shorten(text, size), size - 1
    return text


_STYLES = {
    ("party", "third"): "dark_orange",
    ("party", "first"): "bright_black",
    ("party", "same-company"): "cyan",
    ("party", "unknown"): "yellow",
    ("phase", "before_consent"): "bold",
    ("confidence", "weak"): "dim",
    ("verdict", "leaked"): "bold",
    ("verdict", "not observable"): "yellow",
}
"""Colour only ever repeats what the word beside it says."""


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def cell(value: Any, width: int = _CELL) -> str:
    """A value as a table shows it: one line, no control characters, cut in the middle beyond `width`."""
    return shorten(printable(_words(value)), width)


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}"
    if isinstance(value, list | tuple):
        return " › ".join(_words(item) for item in value)
    if isinstance(value, Mapping):
        return json_line(value)
    return value if isinstance(value, str) else str(_plain(value))


def shorten(text: str, width: int) -> str:
    """Cut a long text in the middle, where it tells least: `api.examp…/collect`."""
    if len(text) <= width:
        return text
    head = (width - 1) // 2
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def printable(text: str, *, keep_lines: bool = False) -> str:
    """`text` with everything that could steer a terminal made visible: controls, bidi overrides, lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if (keep_lines and c == "\n") or _is_harmless(c) else _visible(c) for c in text)


def _is_harmless(character: str) -> bool:
    """True for what is drawn: not Unicode's control, format, surrogate, private, line or paragraph separators."""
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _visible(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


_PRINTERS: dict[str, Callable[[Iterable[Mapping[str, Any]], Sequence[str] | None], None]] = {
    "table": _print_table,
    "jsonl": _print_jsonl,
    "json": _print_json,
    "csv": _print_csv,
}
