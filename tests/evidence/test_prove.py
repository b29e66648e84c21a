"""Every chain is replayed from both ends; what was altered afterwards breaks at its step."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import random
import shutil
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import base58
import brotlicffi
import cbor2
import cramjam
import lz4.block
import lz4.frame
import lzstring
import msgpack
import pygeohash
import pytest
import zstandard
from Crypto.Cipher import AES, ARC4, DES
from Crypto.Util.Padding import pad

from leakwatch.decoders.alphabets import ALPHABETS, STANDARD
from leakwatch.evidence import Proof, prove
from leakwatch.evidence.commands import commands
from leakwatch.evidence.proof import Status
from leakwatch.evidence.prove import Prover, verdict
from leakwatch.identifiers.digests import DIGESTS
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


def np36(number: int) -> str:
    """A number in base 36, as `Long.toString(n, 36)` writes it."""
    return np36(number // 36).lstrip("0") + "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36] if number else "0"


GCM_IV, HOOKED = bytes(range(12)), bytes(range(200, 248))
GCM = b"".join(AES.new(bytes(range(64, 80)), AES.MODE_GCM, GCM_IV).encrypt_and_digest(js(OAID)))
SEALED = AES.new(AES_KEY, AES.MODE_CBC, AES_IV).encrypt(pad(js(IMEI), 16))
TWO = json.dumps({"imei": IMEI, "oaid": OAID, "mail": EMAIL}).encode()
SHUFFLED = bytes(random.Random(5).sample(STANDARD, 64))
OTHER_IV = AES_IV[::-1]
BESIDE = AES.new(AES_KEY, AES.MODE_CBC, OTHER_IV).encrypt(pad(js(OAID), 16))
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
    "aes with its vector in a field": (
        json.dumps({"iv": OTHER_IV.hex(), "d": base64.b64encode(BESIDE).decode()}).encode(),
        ["json", "base64", "aes", "json"],
    ),
    "aes with its vector and a colon before it": (
        js(f"{base64.b64encode(OTHER_IV).decode()}:{base64.b64encode(BESIDE).decode()}"),
        ["json", "base64", "aes", "json"],
    ),
    "gcm with its nonce in a field": (
        json.dumps({"nonce": base64.b64encode(GCM_IV).decode(), "d": GCM.hex()}).encode(),
        ["json", "hex", "aes", "json"],
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
    "lz4": (lz4.block.compress(js(IMEI)), ["lz4", "json"]),
    "lz4 frame": (lz4.frame.compress(js(IMEI)), ["lz4", "json"]),
    "snappy": (bytes(cramjam.snappy.compress_raw(js(IMEI))), ["snappy", "json"]),
    "lzstring": (js(lzstring.LZString().compressToBase64(js(OAID).decode())), ["json", "lzstring", "json"]),
    "base58": (js(base58.b58encode(EMAIL.encode()).decode()), ["json", "base58"]),
    "md5 as a UUID": (js(str(uuid.UUID(bytes=hashlib.md5(IMEI.encode()).digest(), version=3))), ["json", "md5"]),
    "sha512/256": (js(DIGESTS["sha512_256"](OAID.encode()).hex()), ["json", "sha512_256"]),
    "crc32": (json.dumps({"imei_crc32": f"{zlib.crc32(IMEI.encode()):08x}"}).encode(), ["json", "crc32"]),
    "mmh3": (js(DIGESTS["mmh3_128"](OAID.encode()).hex()), ["json", "mmh3_128"]),
    "xxh64": (js(DIGESTS["xxh64"](OAID.encode()).hex()), ["json", "xxh64"]),
    "md4": (js(DIGESTS["md4"](OAID.encode()).hex()), ["json", "md4"]),
    "ripemd160": (js(DIGESTS["ripemd160"](OAID.encode()).hex()), ["json", "ripemd160"]),
    "whole sm3": (js(DIGESTS["sm3"](OAID.encode()).hex()), ["json", "sm3"]),
    "constant added": (bytes((b + 7) % 256 for b in b"did " + OAID.encode() + b" os android"), ["add"]),
    "imei with dashes": (js("86-753091-234567-3"), ["json"]),
    "without separators": (js(OAID.replace("-", "")), ["json"]),
    "base64 of more": (js(base64.b64encode(b"\x07\x01" + OAID.encode() + b"\xff").decode()), ["json", "base64"]),
    "as a base-36 number": (json.dumps({"imei": np36(int(IMEI))}).encode(), ["json", "base36-int"]),
    "geohash": (json.dumps({"geohash": pygeohash.encode(30.2741, 120.1551, 9)}).encode(), ["json", "geohash"]),
    "gcm": (js(base64.b64encode(GCM_IV + GCM).decode()), ["json", "base64", "aes", "json"]),
    "rc4": (js(base64.b64encode(ARC4.new(b"0123456789abcdef").encrypt(js(EMAIL))).decode()),
            ["json", "base64", "rc4", "json"]),
    "des": (js(base64.b64encode(DES.new(b"01234567", DES.MODE_ECB).encrypt(pad(js(EMAIL), 8))).decode()),
            ["json", "base64", "des", "json"]),
    "only the hook log knows": (js(base64.b64encode(HOOKED).decode()), ["json", "base64", "aes", "json"]),
    "entity": (js("".join(f"&#{ord(c)};" for c in NAME)), ["json", "entity"]),
    "form": (f"a=1&did={OAID}".encode(), ["form"]),
    "gcj02": (js("30.27166,120.15973"), ["json", "gcj02"]),
    "bd09": (js("30.277793,120.166258"), ["json", "bd09"]),
    "two e7 fields": (json.dumps({"latE7": 302741000, "lngE7": 1201551000}).encode(), ["json", "e7"]),
    "degrees, minutes, seconds": (js("30°16\'26.8\"N 120°9\'18.4\"E"), ["json", "dms"]),
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
    assert "the profile has been changed since the capture" in proof.failure
    assert md5(IMEI) not in json.dumps(proof.as_dict())
    assert [step.name for step in proof.steps] == ["value", "body", "json"]


def test_another_byte_in_the_journal_is_no_journal(scan: Scan, store: Store) -> None:
    (leak,) = scan(js(IMEI))
    journal = store.evidence / leak["capture"] / "journal"
    data = bytearray(journal.read_bytes())
    at = bytes(data).find(IMEI.encode())
    data[at] ^= 1
    journal.write_bytes(bytes(data))
    proof = prove(store, leak["leak"])
    assert not proof.holds
    assert proof.failure.endswith("this record breaks its checksum")


def test_another_device_of_the_same_kind_gives_nothing_away(scan: Scan, store: Store) -> None:
    """What stood in the message is no value of the new profile, and stays masked."""
    (leak,) = scan(js(base64.b64encode(js(IMEI)).decode()))
    profile = store.evidence / leak["capture"] / "profile.yaml"
    profile.write_text(profile.read_text("utf-8").replace(IMEI, "867530912345681"), "utf-8")
    proof = prove(store, leak["leak"])
    assert not proof.holds
    assert IMEI not in json.dumps(proof.as_dict())


def test_without_journal_or_profile(scan: Scan, store: Store) -> None:
    (leak,) = scan(js(IMEI))
    (store.evidence / leak["capture"] / "profile.yaml").unlink()
    assert "no profile that can be read" in prove(store, leak["leak"]).failure
    shutil.rmtree(store.evidence / leak["capture"])
    assert "no journal" in prove(store, leak["leak"]).failure


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("reveal", [True, False])
def test_a_stranger_can_run_the_commands(
    proved: dict[str, Proof], tmp_path: Path, clean_shell: Callable[..., Any], name: str, reveal: bool
) -> None:
    proof = proved[name]
    script = "\n".join(commands(proof, reveal))
    secrets = {} if reveal else given(proof, tmp_path)
    done = clean_shell(script, tmp_path, **secrets)
    if name in ("brotli", "zstd") and done.returncode == 3:
        assert done.stderr == f"cannot replay: {name} is not installed\n"
        pytest.skip(f"{name} is not installed here")
    assert (done.returncode, done.stderr) == (0, ""), script
    assert done.stdout.splitlines()[-1].startswith("proved: "), script
    if not reveal:
        told = [step.data for step in proof.steps if len(step.data) > 7 and not step.name.startswith("body")]
        assert not [data for data in told if data in script.encode() or data.hex() in script]


def given(proof: Proof, folder: Path) -> dict[str, str]:
    """What a stranger is given beside the script: the message, the value, and the secret that the proof took."""
    (folder / "message.bin").write_bytes(proof.message)
    secrets = {"VALUE": proof.steps[0].data.decode()}
    for recipe in (step.recipe for step in proof.steps):
        if recipe[:2] == ("sealed", "hooked"):
            (folder / "plain.bin").write_bytes(bytes.fromhex(recipe[2]))
            secrets["PLAINTEXT"] = "plain.bin"
        elif recipe[:1] == ("sealed",):
            secrets["KEY"] = recipe[2]
        elif recipe[:1] in (("salted",), ("hmac",)):
            secrets["SALT"] = recipe[3] if recipe[0] == "salted" else recipe[2]
    return secrets


def test_other_salted_digests_of_the_message_are_masked_too(scan: Scan, store: Store) -> None:
    both = {"nonce": "9f8e7d6c5b4a", "h": md5("9f8e7d6c5b4a" + IMEI), "g": md5("9f8e7d6c5b4a" + EMAIL)}
    packed = json.dumps({"p": base64.b64encode(json.dumps(both).encode()).decode()}).encode()
    for body in (json.dumps(both).encode(), packed):
        leaks = scan(body)
        assert len(leaks) >= 2
        for proof in proofs(store, leaks):
            told = json.dumps(proof.as_dict())
            assert both["h"] not in told
            assert both["g"] not in told
