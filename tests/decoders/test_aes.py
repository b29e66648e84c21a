"""AES under known keys: opened where present, left alone where something only looks like it."""

from __future__ import annotations

import pytest
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad

from leakwatch.decoders import aes as decoder
from leakwatch.model import Cipher, Keys

IMEI = b"867900012345678"
KEY, IV = b"0123456789abcdef", b"fedcba9876543210"
TEXT = b"a text with " + IMEI


@pytest.mark.parametrize(
    ("data", "value", "location", "chain", "fields"),
    [
        (
            AES.new(KEY, AES.MODE_CBC, IV).encrypt(pad(TEXT, 16)),
            IMEI,
            "body",
            ("aes",),
            {"keys": Keys(ciphers=(Cipher("aes", "cbc", KEY, IV),))},
        ),
        (
            IV + AES.new(KEY, AES.MODE_CBC, IV).encrypt(pad(TEXT, 16)),
            IMEI,
            "body",
            ("aes",),
            {"keys": Keys(ciphers=(Cipher("AES", "CBC", KEY, b""),))},
        ),
        (
            AES.new(KEY, AES.MODE_ECB).encrypt(pad(TEXT, 16)).hex().encode(),
            IMEI,
            "body",
            ("hex", "aes"),
            {"keys": Keys(ciphers=(Cipher("aes", "ecb", KEY, b""),))},
        ),
        (
            IV[:12] + b"".join(AES.new(KEY, AES.MODE_GCM, nonce=IV[:12]).encrypt_and_digest(TEXT)),
            IMEI,
            "body",
            ("aes",),
            {"keys": Keys(ciphers=(Cipher("aes", "gcm", KEY, b""),))},
        ),
    ],
)
def test_opens(where, data, value, location, chain, fields):
    assert where(data, value, **fields) == (location, chain)


@pytest.mark.parametrize(
    "data",
    [
        bytes(range(128, 160)),
    ],
)
def test_leaves_alone(alone, data):
    assert alone(decoder, data) == []


def test_what_begins_as_a_known_format_is_no_ciphertext() -> None:
    """A key that happens to turn compressed data into something plausible must not hide what it is."""
    import zstandard

    from leakwatch.decoders import Budget, unfold
    from leakwatch.model import Cipher, Keys, Part

    body = zstandard.compress(b'{"id":"861284579077346","pad":"' + b"x" * 60 + b'"}')
    keys = Keys(ciphers=tuple(Cipher("aes", "ecb", bytes([n]) * 16) for n in range(40)))
    chains = {segment.chain for segment in unfold(Part("body", body, 0, len(body)), Budget(), keys)}
    assert ("zstd", "json") in chains
    assert all("aes" not in chain for chain in chains)


def test_a_vector_before_the_ciphertext_is_taken_where_the_known_one_spoils_the_first_block(where):
    """In CBC a wrong vector spoils one block and leaves the padding as it was."""
    text = b'{"id":"' + IMEI + b'","n":1}'
    vector = bytes(range(200, 216))
    data = vector + AES.new(KEY, AES.MODE_CBC, vector).encrypt(pad(text, 16))
    assert where(data, IMEI, keys=Keys(ciphers=(Cipher("aes", "cbc", KEY, IV),))) == ("body.json:$.id", ("aes", "json"))
