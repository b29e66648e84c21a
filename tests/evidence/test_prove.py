"""Every chain is replayed from both ends; what was altered afterwards breaks at its step."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import random
import shutil
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import brotlicffi
import cbor2
import msgpack
import pytest
import zstandard
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from leakwatch.decoders.alphabets import ALPHABETS, STANDARD
from leakwatch.evidence import Proof, prove
from leakwatch.evidence.commands import commands
from leakwatch.evidence.proof import Status
from leakwatch.evidence.prove import Prover, verdict
from leakwatch.store import Store
from leakwatch.testing import encode

IMEI, OAID, NAME = "867530912345673", "3b241101-e2bb-4255-8caf-4136c566a962", "欧阳娜娜"
EMAIL = "someone.else@mail-host.example"
AES_KEY, AES_IV = bytes(range(16)), bytes(range(16, 32))
Scan = Callable[..., list[dict[str, Any]]]


def js(value: object) -> bytes:
    return json.dumps({"id": value, "pad": "x" * 40}).encode()


def md5(value: str) -> str:
    return hashlib.md5(value.encode()).hexdigest()


SEALED = AES.new(AES_KEY, AES.MODE_CBC, AES_IV).encrypt(pad(js(IMEI), 16))
TWO = json.dumps({"imei": IMEI, "oaid": OAID, "mail": EMAIL}).encode()
SHUFFLED = bytes(random.Random(5).sample(STANDARD, 64))
OTHER_IV = AES_IV[::-1]
CASES: dict[str, tuple[bytes, list[str]]] = {
    "plain": (js(IMEI), ["json"]),
    "gzip": (gzip.compress(js(IMEI)), ["gzip", "json"]),
    "zlib": (zlib.compress(js(IMEI)), ["zlib", "json"]),
    "zstd": (zstandard.compress(js(IMEI)), ["zstd", "json"]),
    "brotli": (brotlicffi.compress(js(OAID)), ["brotli", "json"]),
    "md5": (js(md5(IMEI)), ["json", "md5"]),
    "MD5 of upper": (js(md5(OAID.upper()).upper()), ["json", "md5"]),
    "cut": (js(md5(IMEI)[8:24]), ["json", "md5[8:24]"]),
    "twice": (js(md5(hashlib.sha1(IMEI.encode()).hexdigest())), ["json", "md5", "sha1"]),
    "sha256 raw in base64": (
        js(base64.b64encode(hashlib.sha256(IMEI.encode()).digest()).decode()), ["json", "base64", "sha256"]
    ),
    "sm3": (js(encode(IMEI, ["sha3_256"]).decode()), ["json", "sha3_256"]),
    "salted": (js(md5("s4lt#" + IMEI)), ["json", "salted-md5"]),
    "keyed": (js(hmac.new(b"k3y", IMEI.encode(), "sha256").hexdigest()), ["json", "hmac-sha256"]),
    "salt in the flow": (
        json.dumps({"nonce": "9f8e7d6c5b4a", "h": md5("9f8e7d6c5b4a" + IMEI)}).encode(), ["json", "salted-md5"]
    ),
    "base64 of json": (js(base64.b64encode(js(IMEI)).decode()), ["json", "base64", "json"]),
    "hex": (js(IMEI.encode().hex()), ["json", "hex"]),
    "base32": (js(base64.b32encode(EMAIL.encode()).decode()), ["json", "base32"]),
    "xor": (bytes(b ^ 0x77 for b in b"did " + IMEI.encode() + b" os android"), ["xor"]),
    "xor known": (bytes(b ^ k for b, k in zip(js(IMEI), b"\x5a\x01" * 99)), ["xor", "json"]),
    "rot13": (js(encode(EMAIL, ["rot13"]).decode()), ["json", "rot13"]),
    "aes": (js(base64.b64encode(SEALED).decode()), ["json", "base64", "aes", "json"]),
    "aes with its vector before it": (
        js(base64.b64encode(OTHER_IV + AES.new(AES_KEY, AES.MODE_CBC, OTHER_IV).encrypt(pad(js(OAID), 16))).decode()),
        ["json", "base64", "aes", "json"],
    ),
    "base64 of another alphabet": (
        js(base64.b64encode(js(IMEI)).translate(bytes.maketrans(STANDARD, ALPHABETS["mintegral"])).decode()),
        ["json", "base64", "json"],
    ),
    "base64 of an alphabet that nobody knows": (
        js(base64.b64encode(TWO).translate(bytes.maketrans(STANDARD, SHUFFLED)).decode()), ["json", "base64"]
    ),
    "cbor number": (cbor2.dumps({"e": {"id": int(IMEI)}}), ["cbor", "uint64"]),
    "msgpack number": (msgpack.packb({"e": {"id": int(IMEI)}}), ["msgpack", "uint64"]),
    "fixed64": (b"\x08\x07\x11" + int(IMEI).to_bytes(8, "little"), ["protobuf", "fixed64"]),
    "msgpack": (msgpack.packb({"e": [1, {"id": IMEI}]}), ["msgpack"]),
    "cbor": (cbor2.dumps({"e": [1, {"id": OAID}]}), ["cbor"]),
    "protobuf": (b"\x08\x07\x12" + bytes([len(OAID)]) + OAID.encode(), ["protobuf"]),
    "entity": (js("".join(f"&#{ord(c)};" for c in NAME)), ["json", "entity"]),
    "form": (f"a=1&did={OAID}".encode(), ["form"]),
    "gcj02": (js("30.27166,120.15973"), ["json", "gcj02"]),
    "two fields": (json.dumps({"lat": 30.27412, "lng": 120.15508}).encode(), ["json"]),
}  # fmt: skip


def proofs(store: Store, leaks: list[dict[str, Any]]) -> list[Proof]:
    prover = Prover(store)
    return [prover.prove(leak["leak"]) for leak in leaks]


@pytest.fixture(scope="module")
def proved(tmp_path_factory: pytest.TempPathFactory, scan_into: Callable[..., Any]) -> dict[str, Proof]:
    """The proof of each case's leak, all of one scan."""
    folder = tmp_path_factory.mktemp("cases")
    found = {}
    with Store.open(str(folder / "lab.db")) as store:
        leaks = scan_into(store, folder, [(body, _media(name, body)) for name, (body, _) in CASES.items()])
        prover = Prover(store)
        for number, (name, (_, chain)) in enumerate(CASES.items()):
            here = [leak for leak in leaks if leak["index"] == number and leak["chain"] == chain]
            assert here, f"{name}: {[leak['chain'] for leak in leaks if leak['index'] == number]}"
            found[name] = prover.prove(here[0]["leak"])
    return found


def _media(name: str, body: bytes) -> str:
    if name == "form":
        return "application/x-www-form-urlencoded"
    return "application/json" if body.isascii() else "application/octet-stream"


@pytest.mark.parametrize("name", CASES)
def test_chains_hold(proved: dict[str, Proof], name: str) -> None:
    proof = proved[name]
    assert proof.holds, (proof.failure, [(step.name, step.status) for step in proof.steps])
    assert verdict(proof).startswith("proved")
    assert [step.status for step in proof.steps].count(Status.CHECKED) >= 3


def test_what_is_shown_gives_nothing_away(scan: Scan, store: Store) -> None:
    for proof in proofs(store, scan(js(IMEI), js(md5(IMEI)), js(base64.b64encode(js(EMAIL)).decode()))):
        told = json.dumps(proof.as_dict(), ensure_ascii=False)
        for secret in (IMEI, md5(IMEI), EMAIL):
            assert secret not in told + repr(proof)
        assert proof.steps[0].data.hex() in json.dumps(proof.as_dict(reveal=True))


@pytest.mark.parametrize("name", ["two fields", "gcj02"])
def test_coordinates_are_masked_too(proved: dict[str, Proof], name: str) -> None:
    told = json.dumps(proved[name].as_dict(), ensure_ascii=False)
    assert not any(number in told for number in ("30.27412", "120.15508", "30.27166", "120.15973"))


def test_a_value_that_the_profile_no_longer_has(scan: Scan, store: Store) -> None:
    (leak,) = scan(js(md5(IMEI)))
    profile = store.evidence / leak["capture"] / "profile.yaml"
    profile.write_text(profile.read_text("utf-8").replace(IMEI, "867530912345681"), "utf-8")
    proof = prove(store, leak["leak"])
    assert not proof.holds
    assert "md5 was not found again below json" in proof.failure
    assert [step.name for step in proof.steps] == ["value", "body", "json"]


def test_another_byte_in_the_journal_is_no_journal(scan: Scan, store: Store) -> None:
    from leakwatch.errors import JournalError

    (leak,) = scan(js(IMEI))
    journal = store.evidence / leak["capture"] / "journal"
    data = bytearray(journal.read_bytes())
    at = bytes(data).find(IMEI.encode())
    data[at] ^= 1
    journal.write_bytes(bytes(data))
    try:
        assert not prove(store, leak["leak"]).holds
    except JournalError as error:
        assert str(journal) in str(error)


def test_without_journal_or_profile(scan: Scan, store: Store) -> None:
    (leak,) = scan(js(IMEI))
    (store.evidence / leak["capture"] / "profile.yaml").unlink()
    assert "no profile" in prove(store, leak["leak"]).failure
    shutil.rmtree(store.evidence / leak["capture"])
    assert "no journal" in prove(store, leak["leak"]).failure


RUNNABLE = sorted(set(CASES) - {"brotli", "zstd", "gcj02", "two fields"})


@pytest.mark.parametrize("name", RUNNABLE)
def test_a_stranger_can_run_the_commands(proved: dict[str, Proof], tmp_path: Path, name: str) -> None:
    script = "\n".join(commands(proved[name], reveal=True))
    folder = tmp_path / "stranger"
    folder.mkdir()
    done = subprocess.run(["sh", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, script + done.stderr
    assert done.stdout.endswith("proved\n"), script


def test_the_commands_hide_the_value_unless_asked(scan: Scan, store: Store, tmp_path: Path) -> None:
    (leak,) = scan(js(md5(IMEI)))
    proof = prove(store, leak["leak"])
    script = "\n".join(commands(proof))
    assert IMEI not in script
    assert base64.b64encode(proof.message)[:40].decode() not in script
    (tmp_path / "message.bin").write_bytes(proof.message)
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env={"VALUE": IMEI, "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.endswith("proved\n"), done.stderr
