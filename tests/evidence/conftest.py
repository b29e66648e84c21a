"""A store filled by a real scan of exchanges that a test writes."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leakwatch.offline.jobs import Job
from leakwatch.offline.scan import Scanner
from leakwatch.store import Store, queries

IMEI, OAID, NAME = "867530912345673", "3b241101-e2bb-4255-8caf-4136c566a962", "欧阳娜娜"
EMAIL, GPS = "someone.else@mail-host.example", "30.2741,120.1551"
AES_KEY, AES_IV = bytes(range(16)), bytes(range(16, 32))
PROFILE = f"""
version: 1
device: {{label: pixel-8, region: CN}}
identifiers:
  - {{type: imei, name: imei, value: "{IMEI}"}}
  - {{type: oaid, name: oaid, value: "{OAID}"}}
  - {{type: email, name: email, value: "{EMAIL}"}}
  - {{type: person_name, name: name, value: "{NAME}"}}
  - {{type: gps, name: gps, value: "{GPS}"}}
keys:
  salts: ["s4lt#"]
  hmac_keys: ["k3y"]
  xor_keys: ["hex:5a01"]
  ciphers:
    - {{algorithm: aes, mode: cbc, key: "hex:{AES_KEY.hex()}", iv: "hex:{AES_IV.hex()}"}}
    - {{algorithm: aes, mode: gcm, key: "hex:{bytes(range(64, 80)).hex()}"}}
    - {{algorithm: rc4, key: "0123456789abcdef"}}
    - {{algorithm: des, mode: ecb, key: "01234567"}}
"""
HOOK = {
    "algorithm": "AES/GCM/NoPadding",
    "ciphertext": "hex:" + bytes(range(200, 248)).hex(),
    "plaintext": json.dumps({"id": IMEI}),
}
Scan = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "lab.db")) as opened:
        yield opened


@pytest.fixture(scope="session")
def scan_into() -> Callable[..., list[dict[str, Any]]]:
    """A function that scans (body, media type) pairs, or whole HAR requests, into a store; returns the stored leaks."""

    def run(store: Store, folder: Path, bodies: Iterable[tuple[bytes, str] | dict[str, Any]]) -> list[dict[str, Any]]:
        entries = [_entry(body if isinstance(body, dict) else _request(*body)) for body in bodies]
        path = folder / "traffic.har"
        path.write_text(json.dumps({"log": {"entries": entries}}), "utf-8")
        (folder / "phone.yaml").write_text(PROFILE, "utf-8")
        hooks = folder / "hooks.jsonl"
        hooks.write_text(json.dumps(HOOK), "utf-8")
        scanner = Scanner((), store, weak=True, report=pytest.fail, hook_log=hooks)
        list(scanner.scan([Job(path, folder / "phone.yaml")], lambda job, event: None))
        return list(queries.leaks(store))

    return run


@pytest.fixture
def scan(store: Store, tmp_path: Path, scan_into: Callable[..., Any]) -> Scan:
    """Scan request bodies into the store; returns the stored leaks."""
    return lambda *bodies: scan_into(store, tmp_path, [(body, "application/json") for body in bodies])


def _entry(request: dict[str, Any]) -> dict[str, Any]:
    return {"startedDateTime": "2026-01-02T03:04:05Z", "request": request, "response": {"status": 204}}


def _request(body: bytes, media: str) -> dict[str, Any]:
    return {
        "method": "POST",
        "url": "https://t.example.net/c",
        "headers": [{"name": "Content-Type", "value": media}],
        "postData": {"mimeType": media, "text": base64.b64encode(body).decode(), "encoding": "base64"},
    }


@pytest.fixture(scope="session")
def clean_shell() -> Callable[..., subprocess.CompletedProcess[str]]:
    """A function that runs a script as a stranger would: an empty environment, no packages of Python's."""

    def run(script: str, folder: Path, path: str = "/usr/bin:/bin", **given: str) -> subprocess.CompletedProcess[str]:
        (folder / "replay.sh").write_text(script, "utf-8")
        return subprocess.run(
            ["/bin/sh", "replay.sh"], cwd=folder, env={"PATH": path, **given}, capture_output=True, text=True,
            timeout=60, check=False,
        )  # fmt: skip

    return run
