"""`leakwatch prove`: the steps, exit status 1 where it breaks, JSON, the message, the commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Ask = Callable[..., Result]
IMEI = "867530912345671"


def test_a_leak_that_holds(ask: Ask) -> None:
    result = ask("prove", "0101")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["from", "the", "stored", "bytes"] in lines
    assert any(line[:3] == ["✓", "json", "8675********671"] for line in lines)
    assert "proved: " in result.stdout
    assert IMEI not in result.output
    assert IMEI in ask("prove", "0101", "--reveal").stdout


def test_a_leak_that_breaks_says_where(ask: Ask) -> None:
    result = ask("prove", "0303")
    assert result.exit_code == 1
    assert "not proved: no journal of c-20261118-110640-0001 holds this message any more" in result.stdout


def test_json(ask: Ask) -> None:
    told = json.loads(ask("prove", "0101", "--format", "json").stdout)
    assert told["holds"] is True
    assert [step["name"] for step in told["steps"]] == ["value", "normal form", "body", "json", "equal"]
    assert {step["status"] for step in told["steps"]} == {"checked"}


def test_commands_and_message(ask: Ask, tmp_path: Path) -> None:
    target = tmp_path / "message.bin"
    result = ask("prove", "0101", "--commands", "--message", str(target))
    assert result.stdout.startswith("#!/bin/sh")
    assert IMEI not in result.stdout
    assert IMEI.encode() in target.read_bytes()
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_leak_that_is_not_there(ask: Ask) -> None:
    assert ask("prove", "ffff").exit_code == 2


def test_a_response_shows_no_collection_and_a_hashed_leak_hides_its_hash(ask: Ask) -> None:
    result = ask("prove", "0303")
    assert "a server knows it, which does not show that it was collected here" in result.stdout


def test_a_narrow_terminal(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done moves below the intermediate; nothing is wider than the window."""
    monkeypatch.setenv("COLUMNS", "64")
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = ask("prove", "0101").stdout.partition("from the value")[2].splitlines()
    at = next(place for place, line in enumerate(lines) if "✓ json" in line)
    assert lines[at].split() == ["✓", "json", "8675********671"]
    assert lines[at + 1].strip().startswith("json:$.imei, 15 bytes at ")
    assert max(map(len, lines)) <= 80
