"""`leakwatch analyse`: stored journals under today's detection; what cannot be analysed does not stop the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli import cli
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import CaptureEnded, CaptureStarted, Request
from leakwatch.store import Store, queries

PROFILE = """\
version: 1
device: {label: pixel-8, region: CN}
identifiers: [{type: imei, name: imei, value: "867900045123877"}]
"""


@pytest.fixture
def db(tmp_path: Path) -> str:
    """Three captures: one killed, one ended, one whose journal is gone."""
    with Store.open(str(tmp_path / "leakwatch.db")) as store:
        for number, name in enumerate(("c-1", "c-2", "c-3")):
            folder = store.capture_folder(store.begin_capture({"capture": name, "started": 1000.0 + number}))
            (folder / "profile.yaml").write_text(PROFILE)
            with JournalWriter(folder / "journal") as journal:
                journal.append(CaptureStarted(time=1000.0, facts={"capture": name}))
                journal.append(Request(time=1001.0, exchange="x", host="h.example", target=b"/?i=867900045123877"))
                if name == "c-2":
                    journal.append(CaptureEnded(time=1002.0))
        store.update_capture("c-3", {"ended": 1002.0})
        (folder / "journal").unlink()
        return store.where


def run(db: str, *words: str) -> tuple[int, list[dict[str, object]], str]:
    result = CliRunner().invoke(cli, ["analyse", "--db", db, "--format", "jsonl", *words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_one_that_cannot_be_analysed_does_not_stop_the_others(db: str) -> None:
    code, rows, said = run(db)
    assert code == 2
    assert [(row["capture"], row["leaks"], row["leaks_before"]) for row in rows] == [("c-1", 1, 0), ("c-2", 1, 0)]
    assert "there is no journal here" in said


def test_a_second_analysis_finds_the_same(db: str) -> None:
    ids = []
    for _ in range(2):
        assert run(db, "c-2")[0] == 0
        with Store.open(db) as store:
            ids.append([row["leak"] for row in queries.leaks(store)])
    assert ids[0] == ids[1]
    assert len(ids[0]) == 1
    assert run(db, "c-2")[1][0]["leaks_before"] == 1


def test_only_what_was_killed(db: str) -> None:
    assert run(db, "--unfinished", "c-3")[1] == []
    code, rows, _ = run(db, "--unfinished")
    assert (code, [row["capture"] for row in rows]) == (0, ["c-1", "c-2"])
    assert run(db, "--unfinished")[1] == []
    with Store.open(db) as store:
        killed = next(row for row in queries.captures(store) if row["capture"] == "c-1")
    assert killed["ended"].startswith("1970-01-01T00:16:41")


def test_an_unknown_capture_and_a_running_one_are_said(db: str) -> None:
    code, rows, said = run(db, "c-9")
    assert (code, rows) == (2, [])
    assert "there is no capture 'c-9'" in said
    with Store.open(db) as store:
        journal = store.evidence / "c-1" / "journal"
    with JournalWriter(journal):
        code, rows, said = run(db, "c-1")
    assert (code, rows) == (2, [])
    assert "capture c-1 is still running" in said
