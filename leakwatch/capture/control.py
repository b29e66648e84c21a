"""How other processes speak to a running proxy: small files in the capture's `control` folder, each written at once.

A folder needs no port, survives the proxy's restart, and has the capture's own permissions (0700).
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from leakwatch.errors import JournalError, LeakwatchError, MarkError
from leakwatch.journal import JournalWriter, read_journal
from leakwatch.journal.events import Event, Mark, MarkCorrected
from leakwatch.journal.marks import check_axes

FOLDER = "control"
EVENTS = ".events"
"""How the names of files end that hold events rather than a request."""
_MAX_BYTES = 1 << 20


def request_mark(folder: Path | str, mark: Mark) -> None:
    """Ask the proxy of the capture in `folder` to record a mark, with the mark's own time."""
    fields = {name: getattr(mark, name) for name in ("time", "id", "by", "who", "uncertainty", "note")}
    _put(Path(folder), {"mark": {**fields, "axes": dict(mark.axes)}})


def request_correction(folder: Path | str, correction: MarkCorrected) -> None:
    """Ask the proxy to record the correction of an earlier mark."""
    names = ("time", "mark", "who", "why")
    fields = {name: getattr(correction, name) for name in names}
    _put(Path(folder), {"correction": {**fields, "old": dict(correction.old), "new": dict(correction.new)}})


def report_leaks(folder: Path | str, leaks: Iterable[tuple[str, str]]) -> None:
    """Tell the proxy which flows leak, as (exchange, words without values), so that mitmproxy's UI marks them."""
    rows = [list(leak) for leak in leaks]
    if rows:
        _put(Path(folder), {"leaks": rows})


def request_events(folder: Path | str, events: Iterable[Event], key: bytes | None = None) -> None:
    """Ask the proxy to record events that it cannot see itself; sealed with the journal's `key` where it has one."""
    control = Path(folder) / FOLDER
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    try:
        control.mkdir(mode=0o700, exist_ok=True)
        writer = JournalWriter(control / f"{name}.part", key)
        for event in events:
            writer.append(event)
        writer.close()
        (control / f"{name}.part").rename(control / f"{name}{EVENTS}")
    except OSError as error:
        raise LeakwatchError(f"{control}: what was seen cannot be passed to the proxy: {error.strerror}") from None


def new_mark(axes: Mapping[str, str], **fields: Any) -> Mark:
    """Return a mark of now (or of `time=`) with an id of its own."""
    return Mark(**{"time": time.time(), "id": f"m-{secrets.token_hex(4)}", "axes": check_axes(axes), **fields})


def take(folder: Path | str, key: bytes | None = None) -> Iterator[Event | tuple[str, str]]:
    """Yield what was asked since, in the order of asking, and delete each file once it has been dealt with.

    A file that is no request of ours is deleted without a word: what matters comes from our own processes.
    """
    control = Path(folder) / FOLDER
    try:
        names = sorted(entry.name for entry in os.scandir(control) if entry.name.endswith((".json", EVENTS)))
    except OSError:
        return
    for name in names:
        path = control / name
        yield from _events(path, key) if name.endswith(EVENTS) else _read(path)
        path.unlink(missing_ok=True)


def _events(path: Path, key: bytes | None) -> Iterator[Event]:
    try:
        for _, _, event in read_journal(path, key=key):
            yield event
    except JournalError:
        return


def _read(path: Path) -> Iterator[Event | tuple[str, str]]:
    try:
        with path.open("rb") as file:
            asked = json.loads(file.read(_MAX_BYTES))
        if "mark" in asked:
            mark = asked["mark"]
            yield Mark(**{**mark, "time": float(mark["time"]), "axes": check_axes(mark["axes"])})
        elif "correction" in asked:
            correction = asked["correction"]
            yield MarkCorrected(**{**correction, "time": float(correction["time"])})
        for exchange, words in asked.get("leaks", []):
            yield str(exchange), str(words)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, MarkError, RecursionError):
        return


def _put(folder: Path, asked: Mapping[str, Any]) -> None:
    control = folder / FOLDER
    name = f"{time.time_ns():020d}-{secrets.token_hex(4)}"
    try:
        control.mkdir(mode=0o700, exist_ok=True)
        part = control / f"{name}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asked, file)
        part.rename(control / f"{name}.json")
    except OSError as error:
        raise LeakwatchError(f"{control}: the mark cannot be passed to the proxy: {error.strerror}") from None
