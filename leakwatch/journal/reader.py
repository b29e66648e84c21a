"""Reading a journal: once through, or following it while it grows; resumes at any record's offset."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

from leakwatch.errors import JournalError
from leakwatch.journal.events import Event, LedgerNote
from leakwatch.journal.framing import FRAME, HEADER_LENGTH, MAGIC, MAX_RECORD, decode, read_header, unreadable
from leakwatch.journal.sealing import Seal

Record = tuple[int, int, Event]
"""Where a record begins, where it ends, and its event."""


class JournalFollower:
    """A reader that can be asked again for what was written since; it never waits and takes no lock.

    `offset` is where the next record begins: stored with the results, it is where another follower resumes. 0 is the
    first record. Memory is bounded by the longest record. Raises JournalError where there is no journal to read.
    """

    def __init__(self, path: Path | str, offset: int = 0, key: bytes | None = None) -> None:
        self.path = Path(path)
        self.offset = max(offset, HEADER_LENGTH)
        self._key = key
        self._seal: Seal | None = None
        self._header_read = False
        self._stuck = False
        self._size = 0
        self._time = 0.0
        try:
            self._file = self.path.open("rb", buffering=1 << 18)
        except OSError as error:
            raise JournalError(f"{self.path}: the journal cannot be read: {error.strerror}") from None

    def poll(self) -> Iterator[Record]:
        """Yield every record that is complete by now and not yet yielded.

        A record that breaks its checksum becomes a ledger note, and the reading goes on behind it; where nothing whole
        follows either, a note says how many bytes are lost, and the reading ends there for good.
        """
        while (found := self._next()) is not None:
            start, end, payload = found
            if payload is None:
                event: Event = unreadable(self._time, start, end - start, "this record breaks its checksum")
            else:
                event = decode(payload, start, self._time)
            self._time = event.time
            self.offset = end
            yield start, end, event
        if self._stuck:
            self._stuck = False
            lost = self._size - self.offset
            detail = f"journal offset {self.offset}: damaged from here on"
            note = LedgerNote(time=self._time, kind="truncated", bytes=lost, detail=detail)
            self.offset = self._size
            yield self._size - lost, self._size, note

    def skip(self) -> int:
        """Go to the end of the last whole record without decoding anything, and return its offset."""
        while (found := self._next()) is not None:
            self.offset = found[1]
        return self.offset

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> JournalFollower:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _next(self) -> tuple[int, int, bytes | None] | None:
        """Return the next whole record's start, end and payload (None if damaged), or None if there is none yet."""
        if not self._header_read and not self._read_header():
            return None
        start = self.offset
        payload = self._payload_at(start)
        if payload is None:
            return None
        end = start + FRAME.size + len(payload)
        if zlib.crc32(payload) == self._checksum:
            return start, end, payload if self._seal is None else self._seal.open(payload, start)
        if end == self._file_size():
            return None  # the last record: still being written, or torn
        behind = self._payload_at(end)
        if behind is not None and zlib.crc32(behind) == self._checksum:
            return start, end, None
        self._stuck = True
        return None

    def _payload_at(self, start: int) -> bytes | None:
        """Return the stored payload of the record at `start`, checked for length only; None if it is not all there."""
        self._file.seek(start)
        frame = self._file.read(FRAME.size)
        if len(frame) < FRAME.size:
            return None
        length, self._checksum = FRAME.unpack(frame)
        # A length of 0 is what a disk leaves behind that lost power: never ours. The size is checked before the read,
        # so that a damaged length costs no memory.
        end = start + FRAME.size + length
        if not 0 < length <= MAX_RECORD or (end > self._size and end > self._file_size()):
            return None
        payload = self._file.read(length)
        return payload if len(payload) == length else None

    def _file_size(self) -> int:
        self._size = os.fstat(self._file.fileno()).st_size
        return self._size

    def _read_header(self) -> bool:
        """Read the header once it is there; raises JournalError where the file is no journal, or not ours to read."""
        self._file.seek(0)
        header = self._file.read(HEADER_LENGTH)
        if len(header) < HEADER_LENGTH and MAGIC.startswith(header[: len(MAGIC)]):
            return False
        self._seal = read_header(header, str(self.path), self._key)
        self._header_read = True
        return True


def read_journal(path: Path | str, offset: int = 0, key: bytes | None = None) -> Iterator[Record]:
    """Yield every whole record from `offset` on, and end at the end or at a torn tail.

    Raises JournalError where the file cannot be read, is no journal, or needs another key.
    """
    with JournalFollower(path, offset, key) as follower:
        yield from follower.poll()


def journal_digest(path: Path | str) -> str:
    """Return the SHA-256 of the journal's bytes, in hex: what a tester writes down at the end of a capture."""
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise JournalError(f"{path}: the journal cannot be read: {error.strerror}") from None
