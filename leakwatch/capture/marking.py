"""Marks from outside the live view: to a running capture by its proxy, to a stored one by a late record."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select

from leakwatch.capture.analysing import is_running, journal_in, key_file
from leakwatch.capture.control import FOLDER, new_mark, request_correction, request_mark
from leakwatch.errors import MarkError
from leakwatch.journal import JournalWriter, load_key
from leakwatch.journal.events import Mark, MarkCorrected
from leakwatch.store import Batch, Store, queries, tables
from leakwatch.store.reading import rows

TAKEN_SECONDS = 3.0
"""How long to wait for a running proxy to take a mark; it looks every tenth of a second."""


def capture_to_mark(store: Store, name: str | None) -> str:
    """Return the capture that is meant: the one named, else the only running one. Raises MarkError, QueryError."""
    if name:
        return queries.resolve_capture(store, name)
    running = [str(row["capture"]) for row in queries.captures(store) if is_running(store.folder_of(row["capture"]))]
    if not running:
        raise MarkError(
            "no capture is running in this database; name a stored one with --capture, and a time with --at"
        )
    if len(running) > 1:
        raise MarkError(f"{len(running)} captures are running ({', '.join(running)}); name one with --capture")
    return running[0]


def set_mark(store: Store, capture: str, axes: Mapping[str, str], **fields: Any) -> Mark:
    """Record a mark, `time=`, `uncertainty=`, `by=`, `who=` and `note=` as of `Mark`; returns it.

    A running capture's proxy writes it into its journal; a stored capture gets it as a late record of its journal and
    at once in the database. Raises MarkError where a stored capture's mark has no time.
    """
    folder = store.folder_of(capture)
    running = is_running(folder)
    if not running and "time" not in fields:
        raise MarkError(f"capture {capture} has ended: say when with --at TIME (ISO 8601, or seconds since its start)")
    mark = new_mark(axes, **fields)
    if running:
        request_mark(folder, mark)
        _wait_until_taken(folder)
    else:
        _append(store, capture, folder, mark)
    return mark


def correct_mark(
    store: Store, capture: str, mark: str, new: Mapping[str, Any], who: str = "", why: str = ""
) -> MarkCorrected:
    """Record the correction of a mark: `new` has `time`, `axes` or both; an empty one takes the mark back.

    The first record stays. Raises MarkError where the capture has no such mark.
    """
    known = {row["mark"]: row for row in marks(store, capture)}
    if mark not in known:
        raise MarkError(f"capture {capture} has no mark {mark!r}; its marks are {', '.join(known) or 'none'}")
    old = {"time": known[mark]["at"], "axes": known[mark]["axes"]}
    correction = MarkCorrected(time=time.time(), mark=mark, old=old, new=dict(new), who=who, why=why)
    folder = store.folder_of(capture)
    if is_running(folder):
        request_correction(folder, correction)
        _wait_until_taken(folder)
    else:
        _append(store, capture, folder, correction)
    return correction


def marks(store: Store, capture: str) -> Iterator[dict[str, Any]]:
    """Yield a capture's marks as they were made, by time, each with its newest correction as `corrected`."""
    table, corrected = tables.mark, tables.mark_correction
    newer: dict[str, str] = {}
    for row in rows(store, select(corrected).where(corrected.c.capture == capture).order_by(corrected.c.at)):
        newer[row["mark"]] = f"{row['new']} by {row['who'] or '?'}: {row['why']}"
    for row in rows(store, select(table).where(table.c.capture == capture).order_by(table.c.at)):
        yield {**row, "axes": json.loads(row["axes"]), "corrected": newer.get(row["mark"], "")}


def started(store: Store, capture: str) -> float:
    """Return when a capture began, in Unix seconds; 0 where that is not known."""
    query = select(tables.capture.c.started_at).where(tables.capture.c.capture == capture)
    return float(next(rows(store, query), {}).get("started_at") or 0.0)


def _append(store: Store, capture: str, folder: Path, event: Mark | MarkCorrected) -> None:
    """First into the journal, which is the evidence, then into the database."""
    key = key_file(store, capture)
    with JournalWriter(journal_in(folder), load_key(key) if key else None) as journal:
        journal.append(event)
    (row,) = queries.view(store, "v_captures", capture)
    store.write(Batch(capture, str(row["run"]), marks=[event]))


def _wait_until_taken(folder: Path) -> None:
    deadline = time.monotonic() + TAKEN_SECONDS
    while any((folder / FOLDER).glob("*.json")):
        if time.monotonic() > deadline:
            raise MarkError(f"{folder.name}: its proxy has not taken the mark yet; it is kept and will be taken later")
        time.sleep(0.05)
