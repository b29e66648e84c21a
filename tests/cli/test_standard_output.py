"""Standard output as it may be: a reader that goes away (`| head`), an encoding that cannot write everything."""

from __future__ import annotations

import os
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


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "latin-1", "utf-8"])
def test_what_an_encoding_cannot_write_is_escaped(encoding: str) -> None:
    command = [sys.executable, "-m", "leakwatch", "signatures", "match", "https://ulogs.umeng.com/"]
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "Umeng" in done.stdout.decode(encoding)
