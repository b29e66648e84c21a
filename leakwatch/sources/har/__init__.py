"""HAR files: HTTP Archive 1.1 and 1.2, plain or gzip'd, strict or not (http://www.softwareishard.com/blog/har-12-spec/)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, LedgerNote, Request
from leakwatch.sources.har.entries import BrokenError, EntryReader, TornError, UnreadableError
from leakwatch.sources.har.exchange import events_of, failures_of, is_open, tunnel_size
from leakwatch.sources.har.window import Window, gunzip_head
from leakwatch.sources.shut_tunnels import ShutTunnels

_MEMBER = re.compile(r'"(?:log|entries)"\s*:')


def sniff(head: bytes) -> bool:
    """Whether a file that begins with `head` (some kilobytes) looks like a HAR, by content and not by name."""
    data = gunzip_head(head)
    text = data.decode(json.detect_encoding(data), "replace").lstrip("\ufeff \t\r\n")
    return text.startswith("{") and bool(_MEMBER.search(text))


def read(path: Path) -> Iterator[Event]:
    """Yield the events of each entry in file order, in memory bounded by the longest entry.

    What is damaged becomes a `LedgerNote`: `unreadable` for an entry that is stepped over, `truncated` where the file
    ends early. Raises SourceError where there is nothing to read at all.
    """
    try:
        window = Window(path)
        yield from _events(window, path)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from None


def _events(window: Window, path: Path) -> Iterator[Event]:
    reader = EntryReader(window)
    seen: set[str] = set()
    tunnels = ShutTunnels("the exporter")
    time, index = 0.0, -1
    try:
        for index, entry in enumerate(reader.entries()):
            if isinstance(entry, Mapping) and isinstance(entry.get("request"), Mapping):
                for event in events_of(entry, index, _exchange(entry, index, seen)):
                    time = event.time or time
                    if isinstance(event, Request):
                        _tunnel(event, entry, tunnels)
                    yield event
            else:
                reason = str(entry) if isinstance(entry, UnreadableError) else "it holds no request"
                yield LedgerNote(time=time, kind="unreadable", detail=f"entry {index}: {reason}")
    except BrokenError as error:
        if not reader.found:
            reason = window.torn or str(error)
            raise SourceError(f"{path}: not a readable HAR: {reason}, and no log.entries before that") from None
        kind = "truncated" if isinstance(error, TornError) else "unreadable"
        yield LedgerNote(time=time, kind=kind, detail=f"after {index + 1} entries: {window.torn or error}")
    yield from failures_of(reader.failures)
    yield from tunnels.notes()
    if not reader.found:
        raise SourceError(f"{path}: JSON, but not a HAR: it has no log.entries")


def _tunnel(request: Request, entry: Mapping[str, Any], tunnels: ShutTunnels) -> None:
    """Take note of a tunnel that some writers list, and of every host that was read inside TLS."""
    if request.method == "CONNECT" and is_open(entry):
        tunnels.tunnel(request.host, request.time, tunnel_size(entry))
    elif request.method != "CONNECT" and request.tls:
        tunnels.opened(request.host)


def _exchange(entry: Mapping[str, Any], index: int, seen: set[str]) -> str:
    """Return the entry's own `_id`, or one derived from its place; unique within the file either way."""
    given = entry.get("_id")
    name = str(given) if isinstance(given, str | int) and str(given) else f"entry-{index}"
    name = name if name not in seen else f"{name}#{index}"
    seen.add(name)
    return name
