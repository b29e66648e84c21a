"""A marks file (`--marks FILE`): YAML, CSV or JSON lines, each row a time and the axes that it sets."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leakwatch.errors import MarkError
from leakwatch.journal.events import Mark
from leakwatch.journal.marks import UNCERTAINTY, check_axes, parse_mark

MAX_BYTES = 4 << 20
_FIRST_EPOCH = 1e8
"""A bare number from here on is Unix seconds (1973 and later); below it, seconds since the capture's start."""


def read_marks(path: Path | str, start: float = 0.0) -> list[Mark]:
    """Return the marks of a file, in the order of their times; `start` (Unix seconds) is where relative times begin.

    A row has `time` (ISO 8601, Unix seconds, or seconds since the capture's start), axes by name or `mark` (a word as
    `leakwatch mark` takes it), and may have `uncertainty`, `who` and `note`. A time without a zone is UTC.
    Raises MarkError with the file and the row.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise MarkError(f"{path}: the marks cannot be read: {error}") from None
    if len(text) > MAX_BYTES:
        raise MarkError(f"{path}: longer than a file of marks can be")
    marks = []
    for number, row in enumerate(_rows(path, text), 1):
        try:
            marks.append(_mark(row, number, start))
        except MarkError as error:
            raise MarkError(f"{path}: row {number}: {error}") from None
    return sorted(marks, key=lambda mark: mark.time)


def parse_time(value: object, start: float = 0.0) -> float:
    """Return Unix seconds for an ISO 8601 time, Unix seconds, or seconds since `start`; raises MarkError."""
    if isinstance(value, datetime):
        value = value.isoformat()
    try:
        number = float(str(value))
    except ValueError:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            raise MarkError(f"{value!r} is no time; write 2026-03-01T09:30:00Z or seconds since the start") from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if number != number or abs(number) == float("inf"):
        raise MarkError(f"{value!r} is no time")
    return number if number >= _FIRST_EPOCH else start + number


def _rows(path: Path, text: str) -> Iterable[Mapping[str, Any]]:
    """Return the rows of JSON lines, CSV with a heading, or a YAML list, told apart by the first character."""
    first = text.lstrip()[:1]
    rows: object
    try:
        if first == "{":
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        elif first in "-[":
            import yaml  # only this form needs it

            rows = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
        else:
            rows = [{k: v for k, v in row.items() if k and v} for row in csv.DictReader(io.StringIO(text))]
    except (ValueError, RecursionError, csv.Error) as error:
        raise MarkError(f"{path}: {' '.join(str(error).split())}") from None
    except Exception as error:
        if type(error).__module__.startswith("yaml"):
            raise MarkError(f"{path}: {' '.join(str(error).split())}") from None
        raise
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MarkError(f"{path}: give a list of rows, each with a time and the axes that it sets")
    return rows


def _mark(row: Mapping[str, Any], number: int, start: float) -> Mark:
    axes = {str(k): str(v) for k, v in row.items() if k in ("consent", "app", "switches", "function")}
    if any(isinstance(value, (dict, list)) for value in row.values()):
        raise MarkError("each column holds one word")
    if unknown := set(row) - set(axes) - {"time", "mark", "uncertainty", "who", "note"}:
        raise MarkError(f"there is no column {min(map(str, unknown))!r}")
    if "mark" in row:
        axes = {**parse_mark(str(row["mark"])), **axes}
    if "time" not in row:
        raise MarkError("this row has no time")
    return Mark(
        time=parse_time(row["time"], start),
        id=f"file-{number}",
        axes=check_axes(axes),
        by="script",
        who=str(row.get("who", "")),
        uncertainty=_uncertainty(row.get("uncertainty", UNCERTAINTY)),
        note=str(row.get("note", "")),
    )


def _uncertainty(value: object) -> float:
    try:
        seconds = float(str(value))
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < 86400:
        raise MarkError(f"uncertainty {value!r} is no number of seconds")
    return seconds
