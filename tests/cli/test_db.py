"""`leakwatch db`: upgrade says where it stands, check fails when anything is wrong."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from leakwatch.store.schema import HEAD

Ask = Callable[..., Result]


def test_upgrade(ask: Ask, stored: str) -> None:
    result = ask("db", "upgrade")
    assert result.exit_code == 0
    assert result.stderr == f"database {stored} is at schema {HEAD}\n"


def test_check_of_a_good_database(ask: Ask) -> None:
    result = ask("db", "check", "--format", "json")
    assert result.exit_code == 0
    assert all(row["ok"] for row in json.loads(result.stdout))


def test_check_of_a_bad_one_ends_with_1(ask: Ask, stored: str) -> None:
    Path(stored).chmod(0o644)
    result = ask("db", "check")
    assert result.exit_code == 1
    assert "readable by others" in result.stdout


def test_a_newer_database_is_refused_by_every_command(ask: Ask, stored: str) -> None:
    with sqlite3.connect(stored) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    for command in (["db", "upgrade"], ["db", "check"], ["leaks"], ["show", "01"], ["captures"], ["coverage"]):
        result = ask(*command)
        assert result.exit_code == 2, command
        assert "newer leakwatch" in result.stderr
        assert "Traceback" not in result.output
