"""Apple's App Privacy Report (NDJSON): which app met which domain, as corroboration; it holds no payload.

Fields as Apple documents them for "Record App Activity" exports: `networkActivity` lines with `domain`, `bundleID`,
`timeStamp`, `hits`; `access` lines (sensors and data) name no recipient and are counted only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, LedgerNote, StreamOpened

MAX_LINE = 1 << 20


def sniff(head: bytes) -> bool:
    """Whether the first lines are those of a report."""
    first = head.lstrip(b"\xef\xbb\xbf \r\n\t").split(b"\n", 1)[0]
    return first[:1] == b"{" and (
        (b'"networkActivity"' in head and b'"bundleID"' in head) or (b'"accessor"' in first and b'"category"' in first)
    )


def read(path: Path) -> Iterator[Event]:
    """Yield a contact (protocol `contact`, no payload) for each domain that an app met."""
    index = unreadable = 0
    try:
        with path.open("rb") as file:
            while line := file.readline(MAX_LINE):
                event = _contact(line, index)
                if isinstance(event, StreamOpened):
                    index += 1
                    yield event
                    detail = "the report has no payload"
                    yield LedgerNote(
                        time=event.time, exchange=event.exchange, kind="not_kept", host=event.host, detail=detail
                    )
                elif not event:
                    unreadable += 1
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    if unreadable:
        yield LedgerNote(time=0.0, kind="unreadable", count=unreadable, detail="lines that are no JSON object")


def _contact(line: bytes, index: int) -> StreamOpened | bool:
    """The contact of a line; True where the line is of another kind, False where it cannot be read."""
    if not line.strip():
        return True
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(entry, dict):
        return False
    domain, bundle = entry.get("domain"), entry.get("bundleID")
    if entry.get("type") != "networkActivity" or not isinstance(domain, str) or not isinstance(bundle, str):
        return True
    try:
        moment = datetime.fromisoformat(str(entry.get("firstTimeStamp") or entry.get("timeStamp")))
    except ValueError:
        return False
    return StreamOpened(
        time=(moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(),
        exchange=f"contact-{index}",
        index=index,
        host=domain.lower(),
        protocol="contact",
        app=bundle,
        app_evidence="proven",
    )
