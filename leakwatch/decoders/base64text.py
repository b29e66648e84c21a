"""The text of base64 (RFC 4648 §4 and §5) in either alphabet, however padded and wrapped, back to bytes."""

from __future__ import annotations

import binascii

_STANDARD = bytes.maketrans(b"-_", b"+/")


def unwrap(token: bytes) -> bytes | None:
    """Decode one token without regard to line ends and padding; None if it is none."""
    text = token.translate(_STANDARD, b"\r\n\t =")
    if len(text) % 4 == 1:
        text = text[:-1]
    try:
        return binascii.a2b_base64(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return None
