"""`leakwatch links`: recipients with several identifiers, one sentence, both ways of asking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli import cli

IMEI, AAID = "867900045123877", "3b241101-e2bb-4255-8caf-4136c566a962"
PROFILE = f"""\
device: {{label: test-phone, region: CN}}
identifiers:
  - {{type: gaid, name: gaid, value: "{AAID}"}}
  - {{type: imei, name: imei, value: "{IMEI}", unchecked: true}}
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two apps' captures that both send both identifiers to Umeng."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "phone.yaml").write_text(PROFILE, "utf-8")
    for app in ("com.one", "com.two"):
        url = f"https://ulogs.umeng.com/unify_logs?gaid={AAID}&imei={IMEI}&app={app}"
        request = {"method": "GET", "url": url, "headers": []}
        response = {"status": 204, "headers": [], "content": {"size": 0}}
        entry = {"startedDateTime": "2026-01-02T03:04:05Z", "time": 1, "request": request, "response": response}
        (tmp_path / f"{app}.har").write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
        run("scan", f"{app}.har", "--device", "phone.yaml", "--app", app, "--db", "lab.db")
    return "lab.db"


def run(*words: str) -> tuple[str, str]:
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == 0, result.output
    return result.stdout, result.stderr


def test_within_a_capture(lab: str) -> None:
    out, said = run("links", "--db", lab, "--format", "jsonl")
    (row,) = map(json.loads, out.splitlines())
    assert (row["recipient"], row["bridges"], row["together"]) == ("Umeng", True, 1)
    assert (row["resettable"], row["permanent"]) == (["gaid"], ["imei"])
    assert "recipients with several identifiers: 1; with a resettable and a permanent one: 1" in said
    table, _ = run("links", "--db", lab)
    assert "Umeng" in table and IMEI not in table and AAID not in table


def test_across_apps(lab: str) -> None:
    out, said = run("links", "--across", "--db", lab, "--format", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["kind"], row["apps"]) for row in rows] == [
        ("gaid", ["com.one", "com.two"]),
        ("imei", ["com.one", "com.two"]),
    ]
    assert "across apps: 1, by 2 values" in said
