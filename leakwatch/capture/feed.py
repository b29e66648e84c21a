"""The pipe on which followers tell what they committed: one leak record a line, read without ever waiting."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from typing import IO, Any

from leakwatch.model import LeakRecord

_MAX_SEEN = 100_000
_MAX_LINE = 1 << 20


class Feed:
    """The reader's end; it outlives any follower. A record that a restarted follower tells again is left out."""

    def __init__(self) -> None:
        self._read, self.writer = os.pipe()
        os.set_blocking(self._read, False)
        self._rest = b""
        self._seen: dict[str, None] = {}

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the leak records that have arrived since the last call."""
        while True:
            try:
                data = os.read(self._read, 1 << 16)
            except BlockingIOError:
                return
            if not data:
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            if len(self._rest) > _MAX_LINE:
                self._rest = b""
            for line in lines:
                yield from self._new(line)

    def close(self) -> None:
        """Close both ends; a follower that still runs goes on without telling."""
        os.close(self._read)
        os.close(self.writer)

    def _new(self, line: bytes) -> Iterator[dict[str, Any]]:
        try:
            record = json.loads(line)
            leak = str(record["leak"])
        except (ValueError, TypeError, KeyError):
            return  # the torn last line of a killed follower, or the empty one that each begins with
        if leak in self._seen:
            return
        self._seen[leak] = None
        if len(self._seen) > _MAX_SEEN:
            del self._seen[next(iter(self._seen))]
        yield record


class Teller:
    """The follower's end: writes committed records to a stream, and stops for good once nobody reads."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream: IO[str] | None = stream
        self._write("\n")  # ends the torn line that a killed follower may have left in the pipe

    def __call__(self, records: Iterable[LeakRecord]) -> None:
        """Write each record as a line of JSON."""
        for record in records:
            self._write(json.dumps(record.as_dict()) + "\n")
        self._write("", flush=True)

    def _write(self, text: str, flush: bool = False) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(text)
            if flush:
                self._stream.flush()
        except (OSError, ValueError):
            self._stream = None
