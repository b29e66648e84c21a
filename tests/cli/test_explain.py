"""`leakwatch explain`: pasted text, a file, standard input; a tree or JSON; a hook log opens more."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leakwatch.cli import cli

IMEI = "867530912345673"


@pytest.fixture
def device(tmp_path: Path) -> str:
    text = f'version: 1\ndevice: {{label: a, region: CN}}\nidentifiers:\n  - {{type: imei, value: "{IMEI}"}}\n'
    (tmp_path / "phone.yaml").write_text(text, "utf-8")
    return str(tmp_path / "phone.yaml")


def ask(*words: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli, ["explain", *words], input=stdin)


def test_pasted_text(device: str) -> None:
    coded = base64.b64encode(json.dumps({"device": {"id": IMEI}}).encode()).decode()
    result = ask(coded, "--device", device)
    assert result.exit_code == 0, result.output
    assert "= imei 8675********673: base64 › json (certain: " in result.stdout
    assert "› json json:$.device.id" in result.stdout
    assert IMEI not in result.output
    assert coded not in result.output


def test_a_file_and_standard_input(device: str, tmp_path: Path) -> None:
    data = IMEI.encode().hex().encode()
    (tmp_path / "value.bin").write_bytes(data)
    for result in (ask(f"@{tmp_path}/value.bin", "--device", device), ask("-", "--device", device, stdin=data)):
        assert "imei 8675********673: hex" in result.stdout


def test_json_and_nothing_found(device: str) -> None:
    told = json.loads(ask("hello there", "--device", device, "--format", "json").stdout)
    assert told["found"] == []
    assert "nothing of this device found" in ask("hello there", "--device", device).stdout


def test_a_hook_log(device: str, tmp_path: Path) -> None:
    sealed = bytes(range(200, 232))
    row = {"algorithm": "AES/GCM/NoPadding", "ciphertext": "hex:" + sealed.hex(), "plaintext": f"id={IMEI}"}
    (tmp_path / "hooks.jsonl").write_text(json.dumps(row), "utf-8")
    coded = base64.b64encode(sealed).decode()
    assert "nothing" in ask(coded, "--device", device).stdout
    assert "base64 › aes" in ask(coded, "--device", device, "--hook-log", str(tmp_path / "hooks.jsonl")).stdout


def test_a_file_that_is_not_there(device: str, tmp_path: Path) -> None:
    assert ask(f"@{tmp_path}/none", "--device", device).exit_code == 2
