"""Opening a connection: paths and URLs, SQLite's settings, modes of the files."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ArgumentError

from leakwatch.errors import StoreError

BUSY_SECONDS = 15.0
"""How long a writer waits for another one before it gives up; five proxies never wait that long."""


def default_url() -> str:
    """The database used where none is named: `$LEAKWATCH_DB`, else `leakwatch.db` in the user's data folder."""
    named = os.environ.get("LEAKWATCH_DB")
    if named:
        return named
    import platformdirs

    return str(Path(platformdirs.user_data_dir("leakwatch", appauthor=False)) / "leakwatch.db")


def database_url(text: str | None) -> URL:
    """Read a path or a URL; raises StoreError for a kind of database that is not ours to use."""
    text = text or default_url()
    if "://" not in text:
        return URL.create("sqlite", database=str(Path(text).expanduser().absolute()))
    try:
        url = make_url(text)
    except ArgumentError:
        raise StoreError("database URL cannot be read; write a path or postgresql+psycopg://user@host/name") from None
    backend = url.get_backend_name()
    if backend == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StoreError("database sqlite:// names no file; write a path, for example --db leakwatch.db")
        return URL.create("sqlite", database=str(Path(url.database).expanduser().absolute()))
    if backend != "postgresql":
        raise StoreError(f"database {backend}:// is not supported; use a path or postgresql+psycopg://user@host/name")
    return url.set(drivername="postgresql+psycopg")


def sqlite_path(url: URL) -> Path | None:
    """Return the file of an SQLite database, or None for a server."""
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def make_engine(url: URL, *, create: bool, timeout: float = BUSY_SECONDS) -> Engine:
    """Make the engine; for SQLite also the file (mode 0600, and SQLite gives its -wal and -shm the same)."""
    path = sqlite_path(url)
    if path is None:
        patience = {"connect_timeout": max(2, int(timeout))}
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=patience)
    _prepare_file(path, create=create)
    # Parameters hold captured values: hidden, they reach neither logs nor exceptions.
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": timeout})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    _use_wal(path, timeout)
    return engine


def _prepare_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"database {path} is a folder; name a file in it, for example {path / 'leakwatch.db'}")
    if path.exists():
        # Not opened here to look at its head: closing it would drop this process's locks on it, and with a second
        # Store open the last other process would then delete the WAL under it (sqlite.org/howtocorrupt.html §2.2).
        return
    if not create:
        raise StoreError(f"database {path} does not exist; name one with --db, or make one with scan --db or proxy")
    with _filesystem_errors(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


class _filesystem_errors:  # noqa: N801  # reads as a statement: `with _filesystem_errors(path)`
    """Say what the file system refused, and where."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError):
            place = error.filename or self.path
            raise StoreError(
                f"database {self.path} cannot be opened: {place}: {error.strerror}; name another place with --db"
            ) from error


def _use_wal(path: Path, timeout: float) -> None:
    """Switch to write-ahead logging once; SQLite does not wait for others here, so we do (sqlite.org/wal.html)."""
    deadline = time.monotonic() + timeout
    while True:
        connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname not in {"SQLITE_BUSY", "SQLITE_LOCKED"} or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        finally:
            connection.close()


def _on_connect(connection: sqlite3.Connection, record: Any) -> None:
    # Transactions are begun by _on_begin alone: the driver's own rules begin none before DDL or SELECT.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def _on_begin(connection: Connection) -> None:
    """A writer takes the write lock at once: a reader that turns writer later could not wait for others."""
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
