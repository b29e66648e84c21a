"""`scan --keylog` opens what a packet capture holds encrypted; without it, that stays unread and is said so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from leakwatch.cli import cli

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
PROFILE = """\
version: 1
device: {label: lab, region: DE}
identifiers:
  - {type: custom, name: site, value: "heise.de"}
"""


@pytest.fixture
def scan(tmp_path: Path) -> list[str]:
    if not CAPTURES.is_dir():
        pytest.skip("the reference captures (../shared/captures) are not beside this checkout")
    (tmp_path / "phone.yaml").write_text(PROFILE)
    capture = CAPTURES / "pcap" / "zeek__tls__tls12-decryption.pcap"
    return ["scan", str(capture), "--device", str(tmp_path / "phone.yaml")]


def test_with_the_keys_the_request_is_read(scan: list[str]) -> None:
    keys = str(CAPTURES / "keylog" / "zeek__tls12-decryption.keys.txt")
    result = CliRunner().invoke(cli, [*scan, "--keylog", keys, "--format", "jsonl"])
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert rows and {(row["protocol"], row["method"], row["port"]) for row in rows} == {("http/1.1", "GET", 443)}


def test_without_the_keys_it_is_said_what_stayed_closed(scan: list[str]) -> None:
    result = CliRunner().invoke(cli, scan)
    assert result.exit_code == 0
    assert "1 TLS connection without its keys" in result.stderr


def test_a_file_that_is_no_key_log_is_one_line(scan: list[str], tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("hello\n")
    result = CliRunner().invoke(cli, [*scan, "--keylog", str(tmp_path / "keys.txt")])
    assert result.exit_code == 2
    assert "holds no TLS secrets" in result.stderr and "Traceback" not in result.stderr
