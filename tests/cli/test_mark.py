"""`leakwatch mark` from another terminal and afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli import cli
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import CaptureEnded, CaptureStarted, Mark
from leakwatch.store import Batch, Store

T0 = 1_795_287_600.0


@pytest.fixture
def db(tmp_path: Path) -> str:
    """A database with one capture that has ended."""
    with Store.open(str(tmp_path / "leakwatch.db")) as store:
        start = Mark(time=T0, id="m-start", axes={"consent": "none"}, by="default", uncertainty=0.0)
        capture = store.begin_capture({"capture": "c-1", "started": T0, "ended": T0 + 60})
        with JournalWriter(store.capture_folder(capture) / "journal") as journal:
            for event in (CaptureStarted(time=T0, facts={"capture": "c-1"}), start, CaptureEnded(time=T0 + 60)):
                journal.append(event)
        store.write(Batch(capture, "", marks=[start]))
        return store.where


def run(db: str, *words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, ["mark", "--db", db, *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def listed(db: str) -> list[dict[str, object]]:
    code, out, _ = run(db, "--capture", "c-1", "--list", "--format", "jsonl")
    assert code == 0
    return [json.loads(line) for line in out.splitlines()]


def test_a_late_mark_is_stored_and_listed(db: str) -> None:
    code, out, _ = run(db, "agreed", "in_use:login", "--capture", "c-1", "--at", "12.5", "--who", "王芳")
    assert code == 0
    assert out.startswith("c-1 m-")
    assert out.strip().endswith("consent=given app=in_use function=login")
    (_, row) = listed(db)
    assert (row["time"], row["who"], row["made_by"]) == ("2026-11-21T19:00:12.500Z", "王芳", "hand")


def test_a_script_states_its_own_uncertainty(db: str) -> None:
    run(db, "consent=given", "--capture", "c-1", "--at", "2026-11-21T19:00:20Z", "--uncertainty", "0.5")
    row = listed(db)[-1]
    assert (row["uncertainty"], row["made_by"]) == (0.5, "script")


def test_a_correction_and_a_removal(db: str) -> None:
    code, out, _ = run(db, "refused", "--capture", "c-1", "--correct", "m-start", "--why", "typo", "--who", "me")
    assert (code, out) == (0, "c-1 m-start corrected\n")
    assert "refused" in str(listed(db)[0]["corrected"])
    code, out, _ = run(db, "--capture", "c-1", "--correct", "m-start", "--remove")
    assert (code, out) == (0, "c-1 m-start removed\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["agreed"], "no capture is running in this database"),
        (["agreed", "--capture", "c-9"], "there is no capture 'c-9'"),
        (["agreed", "--capture", "c-1"], "say when with --at"),
        (["agreeed", "--capture", "c-1", "--at", "1"], "'agreeed' is unknown"),
        (["--capture", "c-1", "--at", "1"], "a mark sets at least one axis"),
        (["agreed", "--capture", "c-1", "--at", "noon"], "'noon' is no time"),
        (["agreed", "--capture", "c-1", "--correct", "m-9"], "has no mark 'm-9'"),
        (["agreed", "--capture", "c-1", "--correct", "m-start", "--remove"], "--remove takes the mark back"),
    ],
)
def test_what_is_wrong_is_said(db: str, words: list[str], said: str) -> None:
    code, out, err = run(db, *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_database_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    code, _, err = run(str(tmp_path / "none.db"), "agreed")
    assert code == 2
    assert "does not exist" in err
    assert not (tmp_path / "none.db").exists()
