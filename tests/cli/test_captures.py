"""`leakwatch captures`: every capture with the name that other commands take."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from leakwatch.cli import cli
from leakwatch.store import Store

Ask = Callable[..., Result]


def test_rows_carry_what_other_commands_take(ask: Ask) -> None:
    (row,) = json.loads(ask("captures", "--format", "json").stdout)
    assert (row["capture"], row["leaks"], row["identifiers"], row["before_consent"]) == (
        "c-20261118-110640-0001",
        2,
        1,
        1,
    )
    assert ask("coverage", row["capture"]).exit_code == 0
    assert ask("leaks", "--capture", row["capture"]).exit_code == 0


def test_the_table_names_it_in_full(ask: Ask) -> None:
    lines = ask("captures").stdout.splitlines()
    assert lines[2].startswith("c-20261118-110640-0001   com.example.app   2026-11-18 11:06")


def test_the_table_tells_which_file_was_scanned(tmp_path: Path) -> None:
    db = str(tmp_path / "lab.db")
    with Store.open(db) as store:
        store.begin_capture({"started": 1.0, "mode": "har", "source_path": "/evidence/微博.har"}, [])
        store.begin_capture({"started": 2.0, "mode": "wireguard"}, [])
    table = CliRunner().invoke(cli, ["captures", "--db", db]).stdout
    assert "微博.har" in table
    assert "wireguard" in table
    assert "/evidence" not in table


def test_none_yet(tmp_path: Path) -> None:
    Store.open(str(tmp_path / "new.db")).close()
    result = CliRunner().invoke(cli, ["captures", "--db", str(tmp_path / "new.db")])
    assert (result.exit_code, result.stdout) == (0, "")
    assert "no capture is stored yet" in result.stderr


def test_no_database(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli, ["captures", "--db", str(tmp_path / "none.db")])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "does not exist" in result.stderr
    assert not (tmp_path / "none.db").exists()
