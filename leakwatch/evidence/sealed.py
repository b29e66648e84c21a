"""Ciphertext opened by OpenSSL (through `cryptography`) with the profile's keys; the detector has pycryptodome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leakwatch.model import Cipher, Keys

_BLOCK = {"aes": 16, "des": 8}


def opens(name: str, run: bytes, wanted: bytes, keys: Keys, before: bytes = b"") -> str | None:
    """Return `OpenSSL` if one of the keys turns `run` into `wanted`, or a hook log says so; None if none does.

    `before` is what stands before the run: the initialisation vector, where the message carries its own.
    """
    for sealed in keys.hooked:
        if sealed.ciphertext == run and sealed.plaintext == wanted:
            return "the hook log's own record"
    for cipher in keys.ciphers:
        algorithm = cipher.algorithm.lower().removesuffix("3").replace("arc4", "rc4")
        if algorithm == name and any(_fits(plain, wanted) for plain in _plaintexts(name, run, cipher, before)):
            return "OpenSSL"
    return None


def shell(name: str, run: bytes, wanted: bytes, keys: Keys, before: bytes = b"") -> tuple[str, ...]:
    """Return what `openssl enc` needs to do the same: cipher, key and IV in hex, bytes to skip; nothing for GCM."""
    for cipher in keys.ciphers:
        if cipher.algorithm.lower().removesuffix("3").replace("arc4", "rc4") != name:
            continue
        if name == "rc4" and any(_fits(plain, wanted) for plain in _plaintexts(name, run, cipher)):
            return "rc4" if len(cipher.key) == 16 else "rc4-40", cipher.key.hex(), "", "0"
        mode = (cipher.mode or "ecb").lower()
        if name == "rc4" or mode == "gcm":
            continue
        for iv, body in _starts(run, cipher.iv, mode, _BLOCK[name], before):
            tried = Cipher(cipher.algorithm, mode, cipher.key, iv)
            if any(_fits(plain, wanted) for plain in _plaintexts(name, body, tried)):
                single = "des" if len(cipher.key) == 8 else "des-ede3"
                algorithm = f"aes-{len(cipher.key) * 8}" if name == "aes" else single
                return f"{algorithm}-{mode}", cipher.key.hex(), iv.hex(), str(len(run) - len(body))
    return ()


def _fits(plain: bytes, wanted: bytes) -> bool:
    rest = plain[len(wanted) :]
    return plain.startswith(wanted) and len(rest) <= 16 and len(set(rest)) <= 1


def _plaintexts(name: str, run: bytes, cipher: Cipher, before: bytes = b"") -> Iterator[bytes]:
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4, TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher as OpenSSL
    from cryptography.hazmat.primitives.ciphers import algorithms, modes

    if name == "rc4":
        yield OpenSSL(ARC4(cipher.key), None).decryptor().update(run)
        return
    block = _BLOCK[name]
    mode = (cipher.mode or "ecb").lower()
    algorithm: Any = algorithms.AES(cipher.key) if name == "aes" else TripleDES(_triple(cipher.key))
    for iv, body in _starts(run, cipher.iv, mode, block, before):
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


def _starts(run: bytes, iv: bytes, mode: str, block: int, before: bytes) -> Iterator[tuple[bytes, bytes]]:
    size = 12 if mode == "gcm" else block
    if iv or mode == "ecb":
        yield iv, run
    if len(before) >= size:
        yield before[-size:], run
    yield run[:size], run[size:]
    yield b"\0" * block, run
