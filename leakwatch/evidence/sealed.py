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
    """Return what a shell needs to do the same: cipher as `openssl enc` calls it, key and IV in hex, bytes to skip and
    to take (empty: all), and `pad` or `nopad`; or `hooked` with the plaintext in hex; nothing where no key fits.

    GCM, which `openssl enc` does not have, is counter mode from the second block on (NIST SP 800-38D §6.5), its tag
    unchecked; single DES is triple DES with one key three times.
    """
    for cipher in keys.ciphers:
        if cipher.algorithm.lower().removesuffix("3").replace("arc4", "rc4") != name:
            continue
        if name == "rc4":
            if any(_fits(plain, wanted) for plain in _plaintexts(name, run, cipher)):
                return "rc4", cipher.key.hex(), "", "0", "", ""
            continue
        mode = (cipher.mode or "ecb").lower()
        for iv, body in _starts(run, cipher.iv, mode, _BLOCK[name], before):
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
