"""A reader that goes away (`| head`) ends every command quietly, with status 0."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMMANDS = {
    "help": ["--help"],
    "help of a command": ["scan", "--help"],
    "table": ["formats"],
    "jsonl": ["formats", "--format", "jsonl"],
    "json": ["formats", "--format", "json"],
    "csv": ["formats", "--format", "csv"],
    "path": ["path", "addons"],
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_reader_that_went_away_is_no_failure(arguments: list[str]) -> None:
    command = subprocess.Popen(
        [sys.executable, "-m", "leakwatch", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert command.stdout is not None
    assert command.stderr is not None
    command.stdout.close()
    said = command.stderr.read()
    command.stderr.close()
    assert (command.wait(30), said) == (0, b"")
