"""`leakwatch suspects`: masked, of their own table, never among the leaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from leakwatch.cli import cli

Ask = Callable[..., Result]
OURS, OTHER = "867530912345673", "356989071234565"


def scanned(folder: Path, *options: str, entry: dict[str, Any] | None = None) -> tuple[str, Result]:
    entry = entry or {
        "startedDateTime": "2026-01-02T03:04:05Z", "response": {"status": 204},
        "request": {"method": "GET", "url": f"https://t.example.net/c?imei={OTHER}&did={OURS}", "headers": []},
    }  # fmt: skip
    (folder / "one.har").write_text(json.dumps({"log": {"entries": [entry]}}), "utf-8")
    profile = f'version: 1\ndevice: {{label: a, region: CN}}\nidentifiers:\n  - {{type: imei, value: "{OURS}"}}\n'
    (folder / "phone.yaml").write_text(profile, "utf-8")
    paths = [str(folder / "one.har"), "--device", str(folder / "phone.yaml")]
    db = str(folder / "lab.db")
    return db, CliRunner().invoke(cli, ["scan", *paths, "--db", db, *options])


def test_suspects_have_their_own_list(tmp_path: Path) -> None:
    db, done = scanned(tmp_path)
    assert done.exit_code == 0, done.output
    assert "1 value looks like an identifier that the profile does not have" in done.stderr
    listed = CliRunner().invoke(cli, ["suspects", "--db", db, "--format", "json"])
    (row,) = json.loads(listed.stdout)
    assert (row["kind"], row["location"], row["value"]) == ("imei", "query:imei", "3569********565")
    leaks = CliRunner().invoke(cli, ["leaks", "--db", db, "--format", "json"])
    assert [leak["location"] for leak in json.loads(leaks.stdout)] == ["query:did"]
    assert OTHER not in listed.output


def test_one_kind_only(tmp_path: Path) -> None:
    db, _ = scanned(tmp_path)
    assert (
        json.loads(CliRunner().invoke(cli, ["suspects", "--db", db, "--kind", "phone", "--format", "json"]).stdout)
        == []
    )


def test_the_switch(tmp_path: Path) -> None:
    db, done = scanned(tmp_path, "--no-suspects")
    assert "looks like an identifier" not in done.stderr
    assert json.loads(CliRunner().invoke(cli, ["suspects", "--db", db, "--format", "json"]).stdout) == []


def test_a_type_that_does_not_exist(tmp_path: Path) -> None:
    db, _ = scanned(tmp_path)
    result = CliRunner().invoke(cli, ["suspects", "--db", db, "--kind", "imeis"])
    assert result.exit_code == 2
    assert "no identifier type is called 'imeis'; did you mean 'imei'?" in result.stderr


def test_an_identifier_as_a_name_is_masked(tmp_path: Path) -> None:
    body = json.dumps({OURS: {"imei": OTHER}})
    request = {
        "method": "POST", "url": "https://t.example.net/c", "headers": [],
        "postData": {"mimeType": "application/json", "text": body},
    }  # fmt: skip
    entry = {"startedDateTime": "2026-01-02T03:04:05Z", "response": {"status": 204}, "request": request}
    db, _ = scanned(tmp_path, entry=entry)
    listed = CliRunner().invoke(cli, ["suspects", "--db", db, "--format", "json"])
    (row,) = json.loads(listed.stdout)
    assert row["key"] == "imei"
    assert OURS not in listed.stdout
