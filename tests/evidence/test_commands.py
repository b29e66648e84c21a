"""The printed replay fails where something was changed, says so in one line, and trusts nothing that was captured."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leakwatch.evidence import Proof
from leakwatch.evidence.commands import commands
from leakwatch.evidence.plain import FUNCTIONS, source
from leakwatch.evidence.prove import prove
from leakwatch.store import Store

IMEI = "867530912345673"
Scan = Callable[..., list[dict[str, Any]]]
Shell = Callable[..., Any]


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.fixture
def proof(scan: Scan, store: Store) -> Proof:
    """The proof of one leak: a salted digest."""
    (leak,) = scan(json.dumps({"id": md5("s4lt#" + IMEI)}).encode())
    return prove(store, leak["leak"])


def test_what_it_says_when_all_is_well(proof: Proof, tmp_path: Path, clean_shell: Shell) -> None:
    done = clean_shell("\n".join(commands(proof, reveal=True)), tmp_path)
    lines = done.stdout.splitlines()
    assert lines[0] == f"ok 1: message.bin: {proof.message_size} bytes with the SHA-256 that was stored"
    assert lines[-1] == "proved: imei stands in body.json:$.id of message.bin, json › salted-md5"
    assert all(line.startswith("ok ") for line in lines[:-1])


@pytest.mark.parametrize("at", [0, -3])
def test_a_changed_byte_of_the_message(proof: Proof, tmp_path: Path, clean_shell: Shell, at: int) -> None:
    message = bytearray(proof.message)
    message[at] ^= 1
    (tmp_path / "message.bin").write_bytes(message)
    done = clean_shell("\n".join(commands(proof)), tmp_path, VALUE=IMEI, SALT=b"s4lt#".hex())
    assert done.returncode == 1
    assert done.stderr == "not proved: step 1: message.bin is not the message that was stored: its SHA-256 differs\n"
    assert done.stdout == ""


@pytest.mark.parametrize(("value", "salt"), [("867530912345681", "s4lt#"), (IMEI, "s4lt!")])
def test_another_device_or_another_salt(
    proof: Proof, tmp_path: Path, clean_shell: Shell, value: str, salt: str
) -> None:
    (tmp_path / "message.bin").write_bytes(proof.message)
    done = clean_shell("\n".join(commands(proof)), tmp_path, VALUE=value, SALT=salt.encode().hex())
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("not proved: step 6: what was made of VALUE is not what stands in the message")
    assert "SALT" in line
    assert "proved:" not in done.stdout


def test_what_is_not_given(proof: Proof, tmp_path: Path, clean_shell: Shell) -> None:
    script = "\n".join(commands(proof))
    assert clean_shell(script, tmp_path).stderr == (
        "cannot replay: set VALUE to the identifier's value in the device profile\n"
    )
    assert "set SALT to the salt or HMAC key" in clean_shell(script, tmp_path, VALUE=IMEI).stderr
    done = clean_shell(script, tmp_path, VALUE=IMEI, SALT="00")
    assert (done.returncode, "message.bin is not in this folder" in done.stderr) == (3, True)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = clean_shell(script, tmp_path, path=str(empty), VALUE=IMEI)
    assert (done.returncode, done.stderr) == (3, "cannot replay: openssl is not installed\n")


@pytest.mark.parametrize(
    "key", ["a\ntouch hacked\n", "a'; touch hacked; '", "$(touch hacked)", "`touch hacked`", "END\n"]
)
def test_captured_names_are_never_run(scan: Scan, store: Store, tmp_path: Path, clean_shell: Shell, key: str) -> None:
    leaks = scan(json.dumps({key: {"id": IMEI}}).encode())
    folder = tmp_path / "stranger"
    folder.mkdir()
    for reveal in (True, False):
        found = prove(store, leaks[0]["leak"])
        (folder / "message.bin").write_bytes(found.message)
        done = clean_shell("\n".join(commands(found, reveal)), folder, VALUE=IMEI)
        assert (done.returncode, done.stderr) == (0, "")
        assert not (folder / "hacked").exists()


def test_places_are_masked(scan: Scan, store: Store) -> None:
    (leak, *_) = scan(json.dumps({IMEI: {"id": IMEI}}).encode())
    proof = prove(store, leak["leak"])
    assert IMEI not in "\n".join(commands(proof))
    assert IMEI not in json.dumps(proof.as_dict())


def test_python_imports_nothing_but_its_own() -> None:
    for name in FUNCTIONS:
        imported = re.findall(r"^\s*(?:import|from) (\w+)", source([name]), re.MULTILINE)
        assert set(imported) <= sys.stdlib_module_names
