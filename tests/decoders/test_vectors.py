"""Initialisation vectors beside ciphertext: found under their names and before a sign; what is none opens nothing."""

from __future__ import annotations

import base64
import json

import pytest
from Crypto.Cipher import AES, DES3
from Crypto.Util.Padding import pad

from leakwatch.decoders import unfold
from leakwatch.decoders.vectors import _within, vectors
from leakwatch.model import Cipher, Keys, Part

IMEI = b"867900012345678"
KEY, IV = b"0123456789abcdef", bytes(range(200, 216))
SEALED = AES.new(KEY, AES.MODE_CBC, IV).encrypt(pad(b'{"id":"%s"}' % IMEI, 16))
KEYS = Keys(ciphers=(Cipher("aes", "cbc", KEY, b""),))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"iv": b64(IV), "data": "x"}).encode(),
        json.dumps({"IV": IV.hex().upper()}).encode(),
        json.dumps({"d": json.dumps({"x-iv": b64(IV)})}).encode(),
        json.dumps({"initVector": b64(IV).rstrip("=")}).encode(),
        b"data=AAAA&iv=" + base64.urlsafe_b64encode(IV),
        b"iv=" + b64(IV).replace("+", "%2B").replace("/", "%2F").replace("=", "%3D").encode(),
        b'{"nonce" : "%s"}' % b64(IV).replace("/", "\\/").encode(),
        b64(IV).encode() + b":" + b64(SEALED).encode(),
        IV.hex().encode() + b"." + SEALED.hex().encode(),
    ],
)
def test_vectors(text: bytes) -> None:
    assert IV in vectors([b"nothing here", text])


@pytest.mark.parametrize(
    "text", [b"", b'{"iv": ""}', b'{"native": "MTIzNDU2Nzg5MDEyMzQ1Ng=="}', b"12:34:56 iv", b'{"iv": 5}']
)
def test_no_vectors(text: bytes) -> None:
    assert vectors([text]) == []


def test_few_are_kept() -> None:
    assert len(vectors([b" ".join(b"iv=%016d" % number for number in range(10_000))])) == 8


def opened(text: bytes, keys: Keys) -> list[tuple[tuple[str, ...], str]]:
    found = unfold(Part("body", text, 0, len(text)), keys=keys)
    return [(segment.chain, segment.path) for segment in found if segment.data == IMEI]


@pytest.mark.parametrize("first", [True, False])
def test_a_field_of_its_own(first: bool) -> None:
    fields = {"iv": b64(IV), "data": b64(SEALED)} if first else {"data": b64(SEALED), "iv": b64(IV)}
    assert opened(json.dumps(fields).encode(), KEYS) == [
        (("json", "base64", "aes", "json"), "json:$.data.json:$.id"),
    ]
    assert opened(json.dumps({"iv": b64(bytes(16)), "data": b64(SEALED)}).encode(), KEYS) == []


def test_counter_modes_and_short_blocks() -> None:
    nonce = IV[:12]
    sealed, tag = AES.new(KEY, AES.MODE_GCM, nonce=nonce).encrypt_and_digest(b'{"id":"%s"}' % IMEI)
    text = json.dumps({"nonce": b64(nonce), "d": b64(sealed + tag)}).encode()
    assert opened(text, Keys(ciphers=(Cipher("aes", "gcm", KEY, b""),)))
    key = bytes(range(24))
    triple = DES3.new(key, DES3.MODE_CBC, IV[:8]).encrypt(pad(b'{"id":"%s"}' % IMEI, 8))
    text = json.dumps({"iv": IV[:8].hex(), "d": triple.hex()}).encode()
    assert opened(text, Keys(ciphers=(Cipher("3des", "cbc", key, b""),)))


def test_a_text_is_looked_through_once() -> None:
    sealed = [b64(AES.new(KEY, AES.MODE_CBC, bytes([n]) * 16).encrypt(bytes(range(128, 176)))) for n in range(200)]
    before = _within.cache_info()
    opened(json.dumps({"iv": b64(IV), "d": sealed}).encode(), KEYS)
    after = _within.cache_info()
    assert after.hits - before.hits >= 200 and after.misses - before.misses <= 1 + len(sealed)
