"""Opening ciphertext with keys that the tester knows; only a plaintext that makes sense counts."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from Crypto.Cipher import AES, ARC4, DES, DES3

from leakwatch.decoders.piece import Context, Piece
from leakwatch.decoders.text import MAGICS, readable
from leakwatch.decoders.vectors import vectors
from leakwatch.model import Cipher

_LARGEST = 4 << 20
_TAG = 16
_NONCE = 12
_TELLING_PADDING = 4
"""So many equal bytes of padding are no accident: one in 2^32."""


_LONG_MAGICS = tuple(magic for magic in MAGICS if len(magic) > 2)
_ZLIB = tuple(magic for magic in MAGICS if len(magic) == 2)


_OPENINGS = (b"{", b"[", b"<")
_LEAST = 12
"""So many bytes that are all text are no accident of a wrong key: 1 in 100,000 of ASCII."""


def plain_format(data: bytes) -> bool:
    """Tell whether bytes begin as a known format does: then they are no ciphertext."""
    return data.startswith(_LONG_MAGICS)


def _makes_sense(plain: bytes) -> bool:
    """Tell whether a plaintext is no accident: text, a long magic number, or zlib data that inflates."""
    if plain.startswith(_ZLIB):
        try:
            return bool(zlib.decompressobj().decompress(plain[:4096], 16))
        except zlib.error:
            return False
    if plain.startswith(_LONG_MAGICS):
        return True
    return readable(plain) and len(plain) >= (_LEAST if plain.isascii() else 2 * _LEAST)


def pieces(data: bytes, context: Context, algorithms: frozenset[str], name: str) -> Iterator[Piece]:
    """Yield what the known keys of these algorithms open."""
    if plain_format(data):
        return
    beside: list[bytes] | None = None
    for cipher in context.keys.ciphers:
        if cipher.algorithm.lower() not in algorithms:
            continue
        if beside is None:
            beside = vectors(context.around())
        readings = list(_opened(data[:_LARGEST], cipher, beside))
        if readings:
            # A wrong vector spoils the first block only and the padding still fits: the clean reading is right, among
            # clean ones that which begins as a document does.
            clean = [reading for reading in readings if _makes_sense(reading[1])] or readings
            start, plain = next((reading for reading in clean if reading[1].startswith(_OPENINGS)), clean[0])
            yield Piece(plain, start, len(data) - start, whole=True, chain=(name,))
            return


def known(context: Context, algorithms: frozenset[str]) -> bool:
    """Tell whether a key of these algorithms is known."""
    return any(cipher.algorithm.lower() in algorithms for cipher in context.keys.ciphers)


def _opened(data: bytes, cipher: Cipher, beside: list[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield where the ciphertext began and its plaintext, for every reading of the data that makes sense."""
    algorithm, mode = cipher.algorithm.lower(), (cipher.mode or "ecb").lower()
    try:
        if algorithm in ("rc4", "arc4"):
            plain = ARC4.new(cipher.key).decrypt(data)
            if _makes_sense(plain):
                yield 0, plain
            return
        module: Any = {"aes": AES, "des": DES}.get(algorithm, DES3)
        for iv, start in _starts(data, cipher.iv, mode, module.block_size, beside):
            opened = _OPEN[mode](module, cipher.key, iv, data[start:]) if mode in _OPEN else None
            if opened:
                yield start, opened
    except (ValueError, TypeError):
        return  # a key of a length that the algorithm does not have


def _starts(data: bytes, iv: bytes, mode: str, block: int, beside: list[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield the initialisation vectors to try and where the ciphertext begins: the known one, those that stand beside
    it, then the first block."""
    if mode == "ecb":
        yield b"", 0
        return
    if iv:
        yield iv, 0
    size = _NONCE if mode == "gcm" else block
    yield from ((vector, 0) for vector in beside if len(vector) == size)
    yield data[:size], size
    if mode == "cbc" and not iv:
        yield b"\x00" * block, 0


def _blocks(module: Any, key: bytes, iv: bytes, data: bytes) -> bytes | None:
    size = module.block_size
    if not data or len(data) % size:
        return None
    cipher = module.new(key, module.MODE_CBC, iv) if iv else module.new(key, module.MODE_ECB)
    return _unpadded(cipher.decrypt(data), size)


def _unpadded(plain: bytes, size: int) -> bytes | None:
    """Take off PKCS#7 or zero padding (RFC 5652 §6.3); None where the rest does not make sense."""
    last = plain[-1]
    if 1 <= last <= size and plain.endswith(bytes([last]) * last):
        body = plain[:-last]
        if body and (last >= _TELLING_PADDING or readable(body) or _makes_sense(body)):
            return body
    body = plain.rstrip(b"\x00")
    return body if body and _makes_sense(body) else None


def _gcm(module: Any, key: bytes, iv: bytes, data: bytes) -> bytes | None:
    if module is not AES or len(data) <= _TAG or not iv:
        return None
    try:
        plain: bytes = AES.new(key, AES.MODE_GCM, nonce=iv).decrypt_and_verify(data[:-_TAG], data[-_TAG:])
    except ValueError:
        return None
    return plain


def _stream(mode: str) -> Callable[[Any, bytes, bytes, bytes], bytes | None]:
    def opened(module: Any, key: bytes, iv: bytes, data: bytes) -> bytes | None:
        size = module.block_size
        if not data or len(iv) != size:
            return None
        if mode == "ctr":
            cipher = module.new(key, module.MODE_CTR, nonce=b"", initial_value=iv)
        elif mode == "cfb":
            cipher = module.new(key, module.MODE_CFB, iv, segment_size=size * 8)
            data += b"\x00" * (-len(data) % size)
        else:
            cipher = module.new(key, module.MODE_OFB, iv)
        plain: bytes = cipher.decrypt(data)
        return plain if _makes_sense(plain) else None

    return opened


_OPEN: dict[str, Callable[[Any, bytes, bytes, bytes], bytes | None]] = {
    "ecb": _blocks, "cbc": _blocks, "gcm": _gcm, "ctr": _stream("ctr"), "cfb": _stream("cfb"), "ofb": _stream("ofb"),
}  # fmt: skip
