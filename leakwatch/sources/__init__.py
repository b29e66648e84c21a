"""Captured files as events: each format is a module with `sniff(head)` and `read(path)`, told apart by content."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event

SOURCES = ("pcap", "mitmproxy", "har", "burp", "charles", "saz", "app_privacy_report", "pcapdroid_csv")
"""Every format, by the name of its module here, in the order in which they are asked; the one list."""

_HEAD = 1 << 16


class Source(Protocol):
    """An opened capture file: what it is, its identity, and its events."""

    @property
    def format(self) -> str: ...
    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    def read(self) -> Iterator[Event]: ...


@dataclass(frozen=True, slots=True)
class FileSource:
    """A capture file: `format` is a name of `SOURCES`, `size` is in bytes, `sha256` is of the file as it lies there."""

    path: Path
    format: str
    size: int
    sha256: str
    keys: tuple[Path, ...] = ()

    def read(self) -> Iterator[Event]:
        """Yield the file's events. What is damaged becomes a ledger note; raises SourceError if nothing can be read."""
        module = _module(self.format)
        return module.read(self.path, self.keys) if getattr(module, "TAKES_KEYS", False) else module.read(self.path)


def open_source(path: Path | str, keys: Sequence[Path] = ()) -> Source:
    """Find out what `path` is by its content, and return it ready to read; `keys` open what it holds encrypted.

    Raises SourceError where it cannot be opened, is empty, or is no format of `SOURCES`.
    """
    path = Path(path)
    try:
        if not path.is_file():
            raise SourceError(f"{path}: no such file" if not path.exists() else f"{path}: not a regular file")
        with path.open("rb") as file:
            head = file.read(_HEAD)
            size = file.seek(0, 2)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from None
    if not head:
        raise SourceError(f"{path}: empty")
    for name in SOURCES:
        if _module(name).sniff(head):
            return FileSource(path, name, size, digest, tuple(keys))
    raise SourceError(f"{path}: none of the formats that leakwatch reads ({', '.join(SOURCES)})")


def formats() -> Iterator[tuple[str, str]]:
    """Yield the name of every format and, in a sentence, what of it is read."""
    for name in SOURCES:
        yield name, (_module(name).__doc__ or "").partition("\n")[0].rstrip(".")


class _Module(Protocol):
    __doc__: str | None

    def sniff(self, head: bytes) -> bool: ...
    def read(self, path: Path, keys: Sequence[Path] = ()) -> Iterator[Event]: ...


def _module(name: str) -> _Module:
    module: _Module = importlib.import_module(f"leakwatch.sources.{name}")
    return module
