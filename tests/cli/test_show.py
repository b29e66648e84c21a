"""`leakwatch show`: the bytes marked in place, everything else masked, the chain as steps."""

from __future__ import annotations

import base64
import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from click.testing import CliRunner, Result

from leakwatch.cli import cli

Ask = Callable[..., Result]
IMEI = "867530912345671"
PROFILE = f"""
device: {{label: p, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}", unchecked: true}}]
"""


def test_the_message_with_the_match_marked(ask: Ask) -> None:
    result = ask("show", "0101")
    assert result.exit_code == 0, result.output
    assert '{"imei":"«8675********671»","password":"********"}' in result.stdout
    assert "left the phone by POST https://log.umeng.example/v1" in result.stdout
    assert "before_consent" in result.stdout


def test_nothing_secret_is_shown(ask: Ask) -> None:
    result = ask("show", "0101")
    for secret in (IMEI, "hunter22", "s3cr3t"):
        assert secret not in result.output
    assert "Cookie: sid=" in result.stdout


def test_reveal_shows_the_message_as_it_was(ask: Ask) -> None:
    result = ask("show", "0101", "--reveal")
    assert f'"imei":"«{IMEI}»","password":"hunter22"' in result.stdout


def test_the_chain_as_steps(ask: Ask) -> None:
    lines = [line.split() for line in ask("show", "0202").stdout.splitlines()]
    begin = lines.index(["chain,", "outermost", "first"])
    assert lines[begin + 1 : begin + 5] == [
        ["body"],
        ["›", "json", "container"],
        ["›", "md5", "digest"],
        ["=", "imei", "8675********671"],
    ]


def test_each_step_shows_its_layer_masked(ask: Ask) -> None:
    lines = [line.split() for line in ask("show", "0101").stdout.splitlines()]
    assert ["body", '{"imei":"8675********671","password":"********"}'] in lines
    assert ["›", "json", "container", "8675********671"] in lines


def test_a_response_is_called_one(ask: Ask) -> None:
    assert "came back in a response" in ask("show", "0303").stdout


def test_json_gives_the_record(ask: Ask) -> None:
    record = json.loads(ask("show", "0101", "--format", "json").stdout)
    assert record[0]["leak"] == "01" * 8


def test_a_match_that_is_no_text_shows_its_size_only(tmp_path: Path) -> None:
    (tmp_path / "phone.yaml").write_text(PROFILE, "utf-8")
    body = base64.b64encode(gzip.compress(json.dumps({"imei": IMEI}).encode())).decode()
    post = {"mimeType": "application/json", "text": body, "encoding": "base64"}
    headers = [{"name": "Content-Encoding", "value": "gzip"}]
    request = {"method": "POST", "url": "https://t.example/", "headers": headers, "postData": post}
    (tmp_path / "a.har").write_text(json.dumps({"log": {"entries": [{"request": request}]}}))
    db = str(tmp_path / "lab.db")
    arguments = ["scan", str(tmp_path / "a.har"), "--device", str(tmp_path / "phone.yaml"), "--db", db]
    (leak,) = json.loads(CliRunner().invoke(cli, [*arguments, "--format", "json"]).stdout)
    shown = CliRunner().invoke(cli, ["show", leak["leak"], "--db", db]).stdout
    assert f"«{len(base64.b64decode(body))} bytes»" in shown
    assert '{"imei": "8675********671"}' in shown


def test_without_a_journal_the_record_is_shown(ask: Ask, stored: str) -> None:
    shutil.rmtree(Path(stored).parent / "c-20261118-110640-0001")
    result = ask("show", "0101")
    assert result.exit_code == 0
    assert "no journal of c-20261118-110640-0001 holds this message" in result.stderr
    assert "body.json:$.imei" in result.stdout


def test_an_id_that_is_not_one(ask: Ask) -> None:
    for prefix, told in (("0", "is not one"), ("ff", "there is no leak")):
        result = ask("show", prefix)
        assert result.exit_code == 2
        assert told in result.stderr
