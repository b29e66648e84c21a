"""Initialisation vectors that an app sends beside its ciphertext: in a field of that name, or before it and a sign."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote_to_bytes

SIZES = frozenset({8, 12, 16})
"""Bytes: a block of DES, what GCM recommends (NIST SP 800-38D §8.2), a block of AES."""
_WITHIN = 1 << 16
_MOST = 8
_NAMED = re.compile(
    rb"(?<![A-Za-z0-9])(?:x[-_]?)?(?:iv|nonce|(?:init(?:ial|iali[sz]ation)?[-_]?)?vector)(?:spec|[-_]?(?:b64|base64|hex))?"
    rb"(?:\\?[\"'])?\s*[:=]\s*(?:\\?[\"'])?([A-Za-z0-9+/_%=\\-]{8,72})",
    re.IGNORECASE,
)
_JOINED = re.compile(
    rb"(?<![A-Za-z0-9+/_=-])([A-Za-z0-9+/_-]{11,32}={0,2})(?:[:.|$;,]|%3[Aa]|%7[Cc])(?=[A-Za-z0-9+/_-]{16})"
)


def vectors(texts: Iterable[bytes]) -> list[bytes]:
    """Return what could be vectors in `texts`, nearest first, each once: raw bytes of the lengths that `SIZES` has."""
    return list(dict.fromkeys(vector for text in texts for vector in _within(text[:_WITHIN])))[:_MOST]


@lru_cache(maxsize=64)
def _within(text: bytes) -> tuple[bytes, ...]:
    """Return the vectors of one text; remembered, for many ciphertexts may stand in the same."""
    found: dict[bytes, None] = {}
    for pattern in (_NAMED, _JOINED):
        for match in pattern.finditer(text):
            found |= dict.fromkeys(_readings(match[1]))
            if len(found) >= _MOST:
                return tuple(found)[:_MOST]
    return tuple(found)


def _readings(token: bytes) -> Iterator[bytes]:
    """Yield what a token means: hex, base64, or its own letters."""
    text = unquote_to_bytes(token.replace(b"\\", b""))
    if len(text) // 2 in SIZES and re.fullmatch(rb"(?:[0-9A-Fa-f]{2})+", text):
        yield bytes.fromhex(text.decode())
        return
    if len(text) in SIZES:
        yield text
    bare = text.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        plain = base64.b64decode(bare + b"=" * (-len(bare) % 4), validate=True)
    except binascii.Error:
        return
    if len(plain) in SIZES:
        yield plain
