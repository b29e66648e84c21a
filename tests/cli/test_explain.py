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
    for name in (f"@{tmp_path}/none", f"@{tmp_path}", "@", "@a\0b"):
        result = ask(name, "--device", device)
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert "cannot be read" in line


def test_noise_does_not_bury_what_was_found(device: str, tmp_path: Path) -> None:
    tokens = [base64.b64encode(f"token number {number}, and no more".encode()).decode() for number in range(300)]
    tokens[250] = base64.b64encode(f"imei={IMEI}".encode()).decode()
    (tmp_path / "noise.txt").write_text(" ".join(tokens), "ascii")
    result = ask(f"@{tmp_path}/noise.txt", "--device", device)
    assert len(result.stdout.splitlines()) < 60
    assert "= imei 8675********673: base64" in result.stdout
    assert "more places in which nothing of this device is" in result.stdout
    assert result.stdout.splitlines()[-1] == "found: imei"


def test_what_was_not_opened_is_said(device: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = IMEI.encode()
    for _ in range(9):
        packed = base64.b64encode(packed)
    assert "not opened: what lies more than 6 layers deep" in ask(packed.decode(), "--device", device).stderr
    monkeypatch.setattr("leakwatch.cli.explain._LARGEST", 1000)
    (tmp_path / "long.txt").write_bytes(b"x" * 2000)
    result = ask(f"@{tmp_path}/long.txt", "--device", device)
    assert "not opened: what follows the first 1,000 bytes, which was not read" in result.stderr
    told = json.loads(ask("-", "--device", device, "--format", "json", stdin=b"y" * 2000).stdout)
    assert (told["bytes"], len(told["limits"])) == (1000, 1)
