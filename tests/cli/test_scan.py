"""`leakwatch scan` as a user calls it: files in, rows out, nothing stored unless asked, honest exit statuses."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from leakwatch.cli import cli
from leakwatch.model import RECORD_FIELDS

AAID = "3b241101-e2bb-4255-8caf-4136c566a962"
PROFILE = f"""\
device: {{label: test-phone, region: CN}}
identifiers:
  - {{type: aaid, name: aaid, value: "{AAID}"}}
apps:
  - {{package: com.example.app, first_party_domains: [example.com], company: Example}}
"""
Scan = Callable[..., Result]


def har(*entries: tuple[str, str]) -> dict[str, Any]:
    """A HAR of GETs, each (host, query), one second apart."""
    made = [
        {
            "startedDateTime": f"2026-01-02T03:04:{5 + i:02}Z",
            "time": 10,
            "request": {"method": "GET", "url": f"https://{host}/p?{query}", "headers": []},
            "response": {"status": 204, "headers": [], "content": {"size": 0}},
        }
        for i, (host, query) in enumerate(entries)
    ]
    return {"log": {"version": "1.2", "entries": made}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "phone.yaml").write_text(PROFILE, "utf-8")
    return tmp_path


@pytest.fixture
def leaking(folder: Path) -> Path:
    path = folder / "leaking.har"
    path.write_text(json.dumps(har(("api.example.com", f"id={AAID}"), ("t.example.net", f"a={AAID}"), ("x.cn", "b=1"))))
    return path


@pytest.fixture
def scan(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scan:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("LEAKWATCH_DB", str(folder / "must-not-be-made.db"))

    def run(*arguments: str | Path, device: bool = True, stdin: bytes = b"") -> Result:
        named = ["--device", str(folder / "phone.yaml")] if device else []
        return CliRunner().invoke(cli, ["scan", *map(str, arguments), *named], input=stdin)

    return run


def rows(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_rows_carry_every_field_and_files_without_marks_have_no_phase(scan: Scan, leaking: Path) -> None:
    result = scan(leaking, "--format", "jsonl", "--app", "com.example.app")
    assert result.exit_code == 0, result.stderr
    first, third = rows(result)
    assert tuple(first) == RECORD_FIELDS
    assert (first["host"], first["party"], first["location"], first["phase"]) == (
        "api.example.com", "first", "query:id", "unknown",
    )  # fmt: skip
    assert (third["party"] != "first", third["index"], third["exchange"]) == (True, 1, "entry-1")
    assert AAID not in result.stdout + result.stderr, "values are masked"
    assert first["source"] == str(leaking)
    assert first["time"] == "2026-01-02T03:04:05.000Z"


def test_without_a_database_nothing_is_stored(scan: Scan, folder: Path, leaking: Path) -> None:
    before = sorted(folder.iterdir())
    assert scan(leaking).exit_code == 0
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("fmt", ["table", "jsonl", "json", "csv"])
def test_data_alone_on_stdout(scan: Scan, leaking: Path, fmt: str) -> None:
    result = scan(leaking, "--format", fmt)
    if fmt == "json":
        assert len(json.loads(result.stdout)) == 2
    elif fmt == "csv":
        table = list(csv.reader(io.StringIO(result.stdout)))
        assert (table[0], len(table)) == (list(RECORD_FIELDS), 3)
    elif fmt == "table":
        assert (
            "2 leaks (1 identifier to 2 recipients) in 3 flows read. Everything in it could be read." in result.stderr
        )
        assert "leaking.har: 2 leaks" not in result.stdout


def test_a_file_without_leaks_says_not_seen_and_prints_nothing(scan: Scan, folder: Path) -> None:
    (folder / "clean.har").write_text(json.dumps(har(("x.cn", "b=1"))))
    result = scan("clean.har")
    assert result.stdout == ""
    assert "clean.har: no leak seen in 1 flow read." in result.stderr


def test_folders_globs_and_standard_input(scan: Scan, folder: Path, leaking: Path) -> None:
    deep = folder / "in" / "deep"
    deep.mkdir(parents=True)
    (deep / "named-oddly").write_bytes(gzip.compress(leaking.read_bytes()))
    (folder / "in" / "notes.txt").write_text("no capture")
    by_folder = scan("in", "--format", "jsonl")
    assert (by_folder.exit_code, len(rows(by_folder))) == (0, 2)
    assert "skipped" in by_folder.stderr
    by_glob = scan("**/*.har", "--format", "jsonl")
    assert (by_glob.exit_code, len(rows(by_glob))) == (0, 2)
    piped = scan("-", "--format", "jsonl", stdin=leaking.read_bytes())
    assert (piped.exit_code, {r["source"] for r in rows(piped)}) == (0, {"stdin"})
    twice = scan(leaking, ".", leaking, "--format", "jsonl")
    assert len([r for r in rows(twice) if r["source"].endswith("leaking.har")]) == 2, "each file once"


def test_what_cannot_be_read_gets_one_line_and_stops_nothing(scan: Scan, folder: Path, leaking: Path) -> None:
    (folder / "bad.har").write_text("no json")
    result = scan("none.har", "bad.har", leaking, "--format", "jsonl")
    assert result.exit_code == 2
    assert len(rows(result)) == 2
    lines = result.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("leakwatch: ") for line in lines)
    assert "none.har" in lines[0]
    assert "bad.har" in lines[1]


def test_a_torn_file_is_read_as_far_as_it_goes(scan: Scan, folder: Path, leaking: Path) -> None:
    (folder / "torn.har").write_text(leaking.read_text()[:-150])
    result = scan("torn.har")
    assert result.exit_code == 0
    assert "2 leaks" in result.stderr
    assert "cut short after 2 entries" in result.stderr


def test_fail_on(scan: Scan, folder: Path, leaking: Path) -> None:
    assert scan(leaking, "--fail-on", "kind=aaid and host='t.example.net'").exit_code == 1
    assert scan(leaking, "--fail-on", "phase=before_consent").exit_code == 0
    unknown = scan(leaking, "--fail-on", "partie=third")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "party" in unknown.stderr
    (folder / "bad.har").write_text("no json")
    assert scan("bad.har", leaking, "--fail-on", "kind=aaid").exit_code == 2


def test_marks_give_phases(scan: Scan, folder: Path, leaking: Path) -> None:
    marks = folder / "marks.csv"
    marks.write_text("time,mark,uncertainty\n2026-01-02T03:00:00Z,before_consent,0\n2026-01-02T03:04:05.5Z,agreed,0\n")
    result = scan(leaking, "--format", "jsonl", "--marks", marks)
    assert [r["phase"] for r in rows(result)] == ["before_consent", "consented"]
    marks.write_text("time,mark,uncertainty\n-1,before_consent,0\n0.5,agreed,0\n")
    relative = scan(leaking, "--format", "jsonl", "--marks", marks)
    assert [r["phase"] for r in rows(relative)] == ["before_consent", "consented"], relative.stderr


def test_the_manifest_gives_each_file_its_facts(scan: Scan, folder: Path, leaking: Path) -> None:
    inner = folder / "set"
    inner.mkdir()
    (inner / "device.yaml").write_text(PROFILE.replace("test-phone", "other-phone"), "utf-8")
    (inner / "marks.csv").write_text("time,mark\n2026-01-02T03:00:00Z,before_consent\n")
    manifest = inner / "captures.csv"
    manifest.write_text(
        "path,device,app,version,store,developer,type,marks\n"
        "../leaking.har,device.yaml,com.example.app,1.2,F-Droid,Example,news,marks.csv\n",
        "utf-8-sig",
    )
    database = folder / "new.db"
    result = scan("--manifest", manifest, "--db", database, "--format", "jsonl", device=False)
    assert result.exit_code == 0, result.stderr
    assert {(r["app"], r["phase"]) for r in rows(result)} == {("com.example.app", "before_consent")}
    with sqlite3.connect(database) as connection:
        row = connection.execute("select device, app, app_version, store, developer, type from capture").fetchone()
    assert row == ("other-phone", "com.example.app", "1.2", "F-Droid", "Example", "news")
    manifest.write_text("path,devise\nx.har,y\n")
    refused = scan("--manifest", manifest, device=False)
    assert (refused.exit_code, "device" in refused.stderr) == (2, True)


def test_usage_errors(scan: Scan, leaking: Path) -> None:
    assert scan().exit_code == 2
    assert scan(leaking, device=False).exit_code == 2
    missing = scan(leaking, "--device", "nowhere.yaml", device=False)
    assert (missing.exit_code, len(missing.stderr.splitlines())) == (2, 1)


def test_weak_leaks_only_where_asked_for(scan: Scan, leaking: Path) -> None:
    sure = rows(scan(leaking, "--format", "jsonl"))
    every = rows(scan(leaking, "--format", "jsonl", "--confidence", "weak"))
    assert {r["confidence"] for r in sure} <= {"certain", "strong"}
    assert len(every) >= len(sure)


def test_an_empty_expression_is_refused_not_passed(scan: Scan, leaking: Path) -> None:
    """`--fail-on "$RULE"` with RULE unset must not let a build pass."""
    result = scan(leaking, "--fail-on", "")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the expression is empty" in result.stderr


def test_a_match_is_told_even_where_another_file_failed(scan: Scan, folder: Path, leaking: Path) -> None:
    result = scan(leaking, folder / "none.har", "--fail-on", "kind=aaid")
    assert result.exit_code == 2
    assert "2 of 2 leaks match kind=aaid" in result.stderr
