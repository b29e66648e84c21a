"""Writing a journal: append-only, each event whole and in the file before `append` returns."""

from __future__ import annotations

import fcntl
import os
import threading
import time
import zlib
from pathlib import Path

from leakwatch.errors import JournalError
from leakwatch.journal.events import Event, LedgerNote
from leakwatch.journal.framing import FRAME, HEADER_LENGTH, MAGIC, MAX_RECORD, encode, new_header, read_header
from leakwatch.journal.reader import JournalFollower
from leakwatch.journal.sealing import Seal

SYNC_SECONDS = 1.0
"""At most this long may written records wait for the disk; a crash of the machine loses no more (DESIGN §5)."""


class JournalWriter:
    """The one writer of a journal, new or to be finished; holds an exclusive lock on it as long as it is open.

    `append` returns once `write(2)` has: the record then survives the death of this process. It may be called from
    any thread. A torn tail that a killed writer left is cut off on opening, kept beside the journal, and noted in it.
    Raises JournalError where the file cannot be made, written or locked; after a failed write it refuses all others.
    """

    def __init__(self, path: Path | str, key: bytes | None = None) -> None:
        self.path = Path(path)
        self._lock = threading.Lock()
        self._refusal = ""
        self._dirty = False
        self._end = 0
        self._seal: Seal | None = None
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JournalError(f"{self.path}: the journal cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._begin(key)
        except BlockingIOError:
            os.close(self._file)
            raise JournalError(f"{self.path}: another process is writing this journal") from None
        except BaseException:
            os.close(self._file)
            raise
        self._closing = threading.Event()
        self._syncer = threading.Thread(target=self._sync_each_second, name="journal sync", daemon=True)
        self._syncer.start()

    def append(self, event: Event) -> int:
        """Write one event and return the offset of its record. Raises JournalError: then nothing was recorded."""
        head, bulk = encode(event)
        length = len(head) + len(bulk)
        if length > MAX_RECORD:
            raise JournalError(f"{self.path}: an event of {length} bytes is longer than a record may be; chunk it")
        if self._seal is not None:
            with self._lock:
                sealed = self._seal.seal(head + bulk, self._end)
                return self._write(FRAME.pack(len(sealed), zlib.crc32(sealed)), sealed)
        checksum = zlib.crc32(head)
        frame = FRAME.pack(length, zlib.crc32(bulk, checksum) if bulk else checksum)
        with self._lock:
            return self._write(frame + head, bulk)

    def sync(self) -> None:
        """Wait until everything written so far is on the disk. Raises JournalError where the disk refuses."""
        self._dirty = False
        try:
            os.fdatasync(self._file)
        except OSError as error:
            raise self._refuse(error) from None

    def close(self) -> None:
        """Bring everything to the disk and let go of the journal; closing twice is harmless."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._syncer.join()
        try:
            if not self._refusal:
                self.sync()
        finally:
            with self._lock:
                self._refusal = self._refusal or f"{self.path}: this journal is closed"
                os.close(self._file)

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self, key: bytes | None) -> None:
        """Write the header of a new journal, or go to the end of an old one's last whole record."""
        size = os.fstat(self._file).st_size
        header = os.pread(self._file, HEADER_LENGTH, 0)
        if size < HEADER_LENGTH and MAGIC.startswith(header[: len(MAGIC)]):
            os.ftruncate(self._file, 0)
            header, self._seal = new_header(key)
            self._write(header, b"")
            return
        self._seal = read_header(header, str(self.path), key)
        with JournalFollower(self.path, key=key) as follower:
            self._end = follower.skip()
        if self._end < size:
            self._cut_torn_tail(size - self._end)

    def _cut_torn_tail(self, length: int) -> None:
        """Keep the bytes behind the last whole record in a file beside the journal, cut them off, and say so."""
        aside = self.path.with_name(f"{self.path.name}.torn-{self._end}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            for start in range(self._end, self._end + length, 1 << 20):
                file.write(os.pread(self._file, min(1 << 20, self._end + length - start), start))
        os.ftruncate(self._file, self._end)
        detail = f"the proxy was stopped while it wrote; the record's {length} bytes are in {aside.name}"
        self.append(LedgerNote(time=time.time(), kind="truncated", bytes=length, detail=detail))

    def _write(self, head: bytes, bulk: bytes) -> int:
        """Append a record in one call if the system lets us; what a failed call left of it is cut off again."""
        if self._refusal:
            raise JournalError(self._refusal)
        start = self._end
        length = len(head) + len(bulk)
        try:
            written = os.writev(self._file, (head, bulk)) if bulk else os.write(self._file, head)
            if written < length:
                rest = memoryview(head + bulk)[written:]
                while rest:
                    rest = rest[os.write(self._file, rest) :]
        except OSError as error:
            refusal = self._refuse(error)
            try:
                os.ftruncate(self._file, start)
            except OSError:
                pass  # a torn tail then: readers recognise it
            raise refusal from None
        self._end = start + length
        self._dirty = True
        return start

    def _refuse(self, error: OSError) -> JournalError:
        self._refusal = f"{self.path}: the journal cannot be written: {error.strerror}"
        return JournalError(self._refusal)

    def _sync_each_second(self) -> None:
        while not self._closing.wait(SYNC_SECONDS):
            if self._dirty and not self._refusal:
                try:
                    self.sync()
                except JournalError:
                    return  # the next append says it
