"""What a database refuses, said in one line: what, where, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from leakwatch.errors import StoreError

_SQLITE = {
    "SQLITE_BUSY": "is locked by another program; close what is using it, or try again in a moment",
    "SQLITE_LOCKED": "is locked by another program; close what is using it, or try again in a moment",
    "SQLITE_READONLY": "is read-only; make it and its folder writable, or name another one with --db",
    "SQLITE_FULL": "cannot grow: the disk is full; free some space and start again, nothing recorded is lost",
    "SQLITE_NOTADB": "is not a database; name another one with --db",
    "SQLITE_CANTOPEN": "cannot be opened; check that its folder exists and that you may write there",
    "SQLITE_IOERR": "cannot be read or written (disk full, file size limit, or a failing disk); "
    "free some space or name another one with --db",
    "SQLITE_CORRUPT": "is damaged; restore a copy, or analyse the captures' journals into a new one with --db",
    "SQLITE_PERM": "may not be opened; check its permissions",
}
"""SQLite's result codes by family (https://www.sqlite.org/rescode.html), as a user can act on them."""

_POSTGRES = {
    "53100": "cannot grow: the server's disk is full; free some space and start again, nothing recorded is lost",
    "55P03": "is locked by another session; close what is using it, or try again in a moment",
    "25006": "is read-only; connect to the primary server, or as a user who may write",
    "42501": "may not be written by this user; ask for CREATE on its schema, or name another one with --db",
    "3D000": "does not exist on the server; create it first (createdb)",
    "28P01": "refused the password; check the URL, or set PGPASSWORD",
}
"""PostgreSQL's SQLSTATE codes (its documentation, appendix A)."""


@contextmanager
def explained(where: str) -> Iterator[None]:
    """Turn a database's own errors into a StoreError that names `where`; other errors pass."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        raise StoreError(f"database {where} {_reason(error)}") from error


def _reason(error: DBAPIError | sqlite3.Error) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    name = str(getattr(cause, "sqlite_errorname", "") or "")
    for family, words in _SQLITE.items():
        if name.startswith(family):
            return words
    state = str(getattr(cause, "sqlstate", "") or "")
    if state in _POSTGRES:
        return _POSTGRES[state]
    first = next(iter(str(cause).strip().splitlines()), type(cause).__name__)
    if not name and not state and "connect" in first.lower():
        return f"cannot be reached ({first}); check the address and that the server runs"
    # The statement's parameters may hold captured values, so only the driver's own first line is passed on.
    return f"refused: {first}"
