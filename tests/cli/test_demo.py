"""`leakwatch demo` refuses what cannot be in one line; what it shows is tested in tests/demo."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli import cli


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "leakwatch").write_text("in the way")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    result = CliRunner().invoke(cli, ["demo"])
    assert result.exit_code == 2
    assert "the demo's folder cannot be made" in result.output and "Traceback" not in result.output


def test_a_pace_out_of_bounds_is_wrong_usage() -> None:
    assert CliRunner().invoke(cli, ["demo", "--pace", "100"]).exit_code == 2
