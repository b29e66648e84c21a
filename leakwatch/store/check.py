"""Whether a database is whole: integrity, references, schema, views, modes of its files, its key."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from leakwatch.store import keyfile, schema
from leakwatch.store.database import Store
from leakwatch.store.engine import sqlite_path
from leakwatch.store.tables import metadata

_PAIRS = (
    ("leak", "run", "analysis_run", "run"),
    ("leak", "capture", "capture", "capture"),
    ("attribution", "run", "analysis_run", "run"),
    ("flow", "capture", "capture", "capture"),
)
_FOREIGN = "SELECT count(*) FROM {child} c LEFT JOIN {parent} p ON p.{key} = c.{column} WHERE p.{key} IS NULL"


def check(store: Store) -> list[dict[str, Any]]:
    """Run every check; each row has `check`, `ok`, and `detail` in words where it is not."""
    with store.reading() as connection:
        results = [*_integrity(connection), *_schema(connection), *_views(connection)]
    results += [*_modes(store), *_key(store)]
    return [{"check": name, "ok": not wrong, "detail": wrong} for name, wrong in results]


def _integrity(connection: Connection) -> Iterator[tuple[str, str]]:
    if connection.dialect.name == "sqlite":
        lines = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(10)")]
        yield "integrity", "" if lines == ["ok"] else "; ".join(lines)
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        yield "foreign keys", f"{len(broken)} rows refer to nothing" if broken else ""
        return
    lost = 0
    for child, column, parent, key in _PAIRS:
        query = _FOREIGN.format(child=child, column=column, parent=parent, key=key)
        lost += int(connection.execute(text(query)).scalar() or 0)
    yield "foreign keys", f"{lost} rows refer to nothing" if lost else ""


def _schema(connection: Connection) -> Iterator[tuple[str, str]]:
    found = schema.version(connection)
    yield "schema version", "" if found == schema.HEAD else f"{found or 'none'}, expected {schema.HEAD}"
    missing = set(metadata.tables) - set(inspect(connection).get_table_names())
    yield "tables", f"missing: {', '.join(sorted(missing))}" if missing else ""


def _views(connection: Connection) -> Iterator[tuple[str, str]]:
    expected = schema.views()
    missing = set(expected) - set(inspect(connection).get_view_names())
    broken = ""
    for name in expected:
        if name not in missing:
            connection.execute(text(f"SELECT * FROM {name} LIMIT 0"))  # noqa: S608  # the name of a file of ours
    if missing:
        broken = f"missing: {', '.join(sorted(missing))}; run `leakwatch db upgrade`"
    elif schema.views_stored(connection) != schema.views_digest():
        broken = "of another version; run `leakwatch db upgrade`"
    yield "views", broken


def _modes(store: Store) -> Iterator[tuple[str, str]]:
    path = sqlite_path(store.engine.url)
    files = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm")] if path else []
    wide = [str(file) for file in (*files, store.key_path) if file.exists() and _mode(file) & 0o077]
    yield "file modes", f"readable by others: {', '.join(wide)}; chmod 600" if wide else ""


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def _key(store: Store) -> Iterator[tuple[str, str]]:
    path = store.key_path
    if path.exists() and path.stat().st_size != keyfile.LENGTH:
        yield "key", f"{path} is not a key of {keyfile.LENGTH} bytes; put the right file back"
        return
    with store.reading() as connection:
        used = connection.execute(text("SELECT count(*) FROM identifier WHERE value_hmac <> ''")).scalar()
    yield "key", f"{path} is missing: values cannot be compared any more" if used and not path.exists() else ""
