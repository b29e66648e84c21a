"""Ciphertext opened by OpenSSL (through `cryptography`) with the profile's keys; the detector has pycryptodome."""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from leakwatch.model import Cipher, Keys

_BLOCK = {"aes": 16, "des": 8}
_WORD = re.compile(rb"[A-Za-z0-9+/_-]{8,64}")
_URL_SAFE = str.maketrans("+/", "-_")
_WITHIN, _WORDS = 1 << 16, 300


def opens(
    name: str, run: bytes, wanted: bytes, keys: Keys, before: bytes = b"", around: Iterable[bytes] = ()
) -> str | None:
    """Return `OpenSSL` if one of the keys turns `run` into `wanted`, or a hook log says so; None if none does.

    `before` is what stands before the run, `around` what that stands in: there is the initialisation vector, where the
    message carries its own.
    """
    beside = _beside(around)
    for sealed in keys.hooked:
        if sealed.ciphertext == run and sealed.plaintext == wanted:
            return "the hook log's own record"
    for cipher in keys.ciphers:
        algorithm = cipher.algorithm.lower().removesuffix("3").replace("arc4", "rc4")
        if algorithm == name and any(_fits(plain, wanted) for plain in _plaintexts(name, run, cipher, before, beside)):
            return "OpenSSL"
    return None


def shell(
    name: str, run: bytes, wanted: bytes, keys: Keys, before: bytes = b"", around: Iterable[bytes] = ()
) -> tuple[str, ...]:
    """Return what a shell needs to do the same: cipher as `openssl enc` calls it, key and IV in hex, bytes to skip and
    to take (empty: all), and `pad` or `nopad`; or `hooked` with the plaintext in hex; nothing where no key fits.

    GCM, which `openssl enc` does not have, is counter mode from the second block on (NIST SP 800-38D §6.5), its tag
    unchecked; single DES is triple DES with one key three times.
    """
    beside = _beside(around)
    for cipher in keys.ciphers:
        if cipher.algorithm.lower().removesuffix("3").replace("arc4", "rc4") != name:
            continue
        if name == "rc4":
            if any(_fits(plain, wanted) for plain in _plaintexts(name, run, cipher)):
                return "rc4", cipher.key.hex(), "", "0", "", ""
            continue
        mode = (cipher.mode or "ecb").lower()
        for iv, body in _starts(run, cipher.iv, mode, _BLOCK[name], before, beside):
            tried = Cipher(cipher.algorithm, mode, cipher.key, iv)
            plain = next((plain for plain in _plaintexts(name, body, tried) if _fits(plain, wanted)), None)
            if plain is not None:
                called = f"aes-{len(cipher.key) * 8}" if name == "aes" else "des-ede3"
                counted = ("ctr", (iv + bytes((0, 0, 0, 2))).hex(), str(len(body) - 16))
                shown, vector, most = counted if mode == "gcm" else (mode, iv.hex(), "")
                padding = "pad" if mode in ("cbc", "ecb") and _is_padded(plain, _BLOCK[name]) else "nopad"
                return f"{called}-{shown}", cipher.key.hex(), vector, str(len(run) - len(body)), most, padding
    for sealed in keys.hooked:
        if sealed.ciphertext == run and sealed.plaintext == wanted:
            return "hooked", sealed.plaintext.hex()
    return ()


def _is_padded(plain: bytes, block: int) -> bool:
    """Whether the plaintext ends in PKCS #7 padding (RFC 5652 §6.3), which `openssl enc` takes off."""
    return bool(plain) and 1 <= plain[-1] <= block and plain.endswith(plain[-1:] * plain[-1])


def _fits(plain: bytes, wanted: bytes) -> bool:
    rest = plain[len(wanted) :]
    return plain.startswith(wanted) and len(rest) <= 16 and len(set(rest)) <= 1


def _plaintexts(
    name: str, run: bytes, cipher: Cipher, before: bytes = b"", beside: Iterable[bytes] = ()
) -> Iterator[bytes]:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher as OpenSSL
    from cryptography.hazmat.primitives.ciphers import algorithms, modes

    if name == "rc4":
        yield OpenSSL(ARC4(cipher.key), None).decryptor().update(run)
        return
    block = _BLOCK[name]
    mode = (cipher.mode or "ecb").lower()
    algorithm: Any = algorithms.AES(cipher.key) if name == "aes" else TripleDES(_triple(cipher.key))
    for iv, body in _starts(run, cipher.iv, mode, block, before, beside):
        data = body[:-16] if mode == "gcm" else body
        try:
            if mode == "ecb":
                made: Any = modes.ECB()  # noqa: S305  # what the app used
            else:
                made = modes.GCM(iv, body[-16:]) if mode == "gcm" else getattr(modes, mode.upper())(iv)
            opened = OpenSSL(algorithm, made).decryptor()
            yield opened.update(data) + opened.finalize()
        except Exception:  # noqa: S112  # a wrong start of the ciphertext is one of several tried
            continue


def _triple(key: bytes) -> bytes:
    """Single DES is triple DES with one key three times."""
    return key * 3 if len(key) == 8 else key


def _starts(
    run: bytes, iv: bytes, mode: str, block: int, before: bytes, beside: Iterable[bytes]
) -> Iterator[tuple[bytes, bytes]]:
    size = 12 if mode == "gcm" else block
    if iv or mode == "ecb":
        yield iv, run
    if len(before) >= size:
        yield before[-size:], run
    yield from ((vector, run) for vector in beside if len(vector) == size)
    yield run[:size], run[size:]
    yield b"\0" * block, run


def _beside(around: Iterable[bytes]) -> list[bytes]:
    """Return every short word of what a ciphertext stands in: as it is, from hex and from base64."""
    found: list[bytes] = []
    for text in around:
        for word in _WORD.findall(unquote_to_bytes(text[:_WITHIN]).replace(b"\\/", b"/"))[:_WORDS]:
            found.append(word)
            for read in (bytes.fromhex, lambda text: urlsafe_b64decode(text.translate(_URL_SAFE) + "==")):
                try:
                    found.append(read(word.decode()))
                except (ValueError, binascii.Error):
                    continue
    return found
