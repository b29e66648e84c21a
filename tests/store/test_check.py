"""The check finds each thing that can be wrong, and nothing where all is well."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from leakwatch.model import Identifier
from leakwatch.store import Batch, Store
from leakwatch.store.check import check

Make = Callable[..., Any]


def wrong(store: Store) -> dict[str, str]:
    return {row["check"]: row["detail"] for row in check(store) if not row["ok"]}


def test_all_is_well(store: Store, run: tuple[str, str], record: Make, flow: Make) -> None:
    store.write(Batch(*run, [record()], [flow("x")], values={"imei": b"8679"}))
    assert wrong(store) == {}
    assert {"schema version", "tables", "views", "foreign keys", "file modes", "key"} <= {
        r["check"] for r in check(store)
    }


def test_a_view_is_missing(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("DROP VIEW v_before_consent"))
    assert wrong(store) == {"views": "missing: v_before_consent; run `leakwatch db upgrade`"}


def test_views_of_another_version(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("UPDATE meta SET value = 'x' WHERE name = 'views'"))
    assert "another version" in wrong(store)["views"]


def test_rows_that_refer_to_nothing(sqlite: Store, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "test.db") as other:
        other.execute("INSERT INTO identifier VALUES ('c-none', 'imei', 'imei', '')")
    other.close()
    assert wrong(sqlite) == {"foreign keys": "1 rows refer to nothing"}


def test_files_that_others_can_read(sqlite: Store, tmp_path: Path) -> None:
    (tmp_path / "test.db").chmod(0o644)
    assert wrong(sqlite) == {"file modes": f"readable by others: {tmp_path / 'test.db'}; chmod 600"}


@pytest.mark.parametrize("what", ["missing", "short"])
def test_the_key(sqlite: Store, what: str) -> None:
    sqlite.begin_capture({}, [Identifier("imei", "imei", "867900000000585")])
    if what == "missing":
        sqlite.key_path.unlink()
    else:
        sqlite.key_path.write_bytes(b"short")
    assert list(wrong(sqlite)) == ["key"]


def test_damage(sqlite: Store, tmp_path: Path) -> None:
    """An index that does not say what its table says: the schema forgot it while the table changed."""
    sqlite.begin_capture({}, [Identifier("imei", "imei", "867900000000585")])
    sqlite.close()
    name = "ix_identifier_value_hmac"
    row: tuple[object, ...] = ()
    for step in ("forget", "change", "remember"):
        with sqlite3.connect(tmp_path / "test.db") as other:
            other.execute("PRAGMA writable_schema=ON")
            if step == "forget":
                (row,) = other.execute("SELECT * FROM sqlite_master WHERE name = ?", [name]).fetchall()
                other.execute("DELETE FROM sqlite_master WHERE name = ?", [name])
            elif step == "change":
                other.execute("UPDATE identifier SET value_hmac = 'other'")
            else:
                other.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", row)
        other.close()
    assert "missing from index" in wrong(sqlite)["integrity"]
