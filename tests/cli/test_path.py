"""`leakwatch path` prints folders that are there, one line and nothing else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli import cli
from leakwatch.resources import FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_folder_is_there(folder: str) -> None:
    result = CliRunner().invoke(cli, ["path", folder])
    assert result.exit_code == 0
    assert [Path(line).is_dir() for line in result.stdout.splitlines()] == [True]


def test_another_name_is_wrong_usage() -> None:
    result = CliRunner().invoke(cli, ["path", "secrets"])
    assert result.exit_code == 2 and "signatures" in result.output
