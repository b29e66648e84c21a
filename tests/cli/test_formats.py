"""`leakwatch formats` lists what `open_source` can tell apart."""

import json

from click.testing import CliRunner

from leakwatch.cli import cli
from leakwatch.sources import SOURCES


def test_every_format_is_listed_with_what_is_read() -> None:
    result = CliRunner().invoke(cli, ["formats", "--format", "jsonl"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["format"] for row in rows] == list(SOURCES)
    assert all(len(row["reads"]) > 20 for row in rows)
