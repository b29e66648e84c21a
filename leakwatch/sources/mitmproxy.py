"""mitmproxy flow files, of every version that the installed mitmproxy reads (0.11 up to now)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, LedgerNote
from leakwatch.sources.tnetstring import TornError, read_record

_FIRST_RECORD = re.compile(rb"[1-9]\d{1,11}:\d{1,3}:[a-z_]+[,;]")
"""A dict's length, then its first key: every version writes a flow as a dict of names."""


def sniff(head: bytes) -> bool:
    """Whether a file that begins with `head` looks like a flow file."""
    return bool(_FIRST_RECORD.match(head))


def read(path: Path) -> Iterator[Event]:
    """Yield the events of each flow in file order; `exchange` is the flow's own id.

    Memory is bounded by the longest flow. What is damaged becomes a `LedgerNote`: `unreadable` for a flow that is
    stepped over, `truncated` where the file ends early. Raises SourceError where there is nothing to read at all.
    """
    try:
        with path.open("rb") as file:
            yield from _events(file, path)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from None


def _events(file: BinaryIO, path: Path) -> Iterator[Event]:
    from leakwatch.sources.mitmproxy_events import events_of  # mitmproxy takes a second to import

    seen: dict[str, int] = {}
    time, index, readable, reason = 0.0, 0, 0, ""
    while True:
        start = file.tell()
        try:
            state = read_record(file)
            if state is None:
                break
            flow = _flow(state)
            events = list(events_of(flow, index, _exchange(flow.id, seen)))
        except TornError as error:
            if not index:
                raise SourceError(f"{path}: not a readable mitmproxy flow file: {error}") from None
            lost = path.stat().st_size - start
            yield LedgerNote(time=time, kind="truncated", bytes=lost, detail=f"after {index} flows: {error}")
            return
        except Exception as error:  # a flow's state is the file's: mitmproxy raises what it likes on a damaged one
            reason = str(error) if isinstance(error, ValueError) and len(str(error)) < 200 else type(error).__name__
            length = file.tell() - start
            yield LedgerNote(time=time, kind="unreadable", bytes=length, detail=f"flow {index}: {reason}")
        else:
            readable += 1
            time = max((event.time for event in events), default=time)
            yield from events
        index += 1
    if not readable:
        raise SourceError(f"{path}: none of its {index} flows can be read: {reason}")


def _flow(state: Any) -> Any:
    from mitmproxy.flow import Flow
    from mitmproxy.io import compat

    if not isinstance(state, dict):
        raise ValueError("it is no flow")
    return Flow.from_state(compat.migrate_flow(state))


def _exchange(identity: str, seen: dict[str, int]) -> str:
    """Return the flow's id, made different where a file holds the same flow twice (dumps that were joined)."""
    count = seen[identity] = seen.get(identity, 0) + 1
    return identity if count == 1 else f"{identity}#{count}"
