"""Encrypted journals: the key file, the key of one journal, and AES-256-GCM around each record."""

from __future__ import annotations

import hashlib
import hmac
import os
from pathlib import Path

from leakwatch.errors import JournalError

KEY_LENGTH = 32
SALT_LENGTH = 16
NONCE_LENGTH = 12
TAG_LENGTH = 16
OVERHEAD = NONCE_LENGTH + TAG_LENGTH
"""How many bytes longer a sealed record is."""


def load_key(path: Path | str, *, create: bool = False) -> bytes:
    """Return the 32 random bytes of a key file; with `create`, make the file (mode 0600) where there is none.

    Raises JournalError where it cannot be read or made, or does not hold exactly 32 bytes.
    """
    path = Path(path)
    try:
        if create and not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(KEY_LENGTH))
        with path.open("rb") as file:
            key = file.read(KEY_LENGTH + 1)
    except OSError as error:
        raise JournalError(f"{path}: the journal's key cannot be read: {error.strerror}") from None
    if len(key) != KEY_LENGTH:
        raise JournalError(
            f"{path}: a key file holds {KEY_LENGTH} random bytes; name one that does not exist to have it made"
        )
    return key


class Seal:
    """The cipher of one journal, under a key derived from the key file and the journal's own random salt.

    A key file may serve any number of journals, so each has its own key (HMAC-SHA-256 as the extract step of RFC 5869);
    nonces are random, which GCM allows for 2**32 records under one key (NIST SP 800-38D §8.3). A record's offset is
    authenticated with it, so that records can neither be moved nor exchanged unseen.
    """

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._key = hmac.digest(key, b"leakwatch journal" + salt, hashlib.sha256)

    @property
    def check(self) -> bytes:
        """What the header holds to tell a wrong key from a damaged journal."""
        return hmac.digest(self._key, b"check", hashlib.sha256)[:16]

    def seal(self, payload: bytes, offset: int) -> bytes:
        """Return nonce, tag and ciphertext of `payload`, bound to the record's `offset`."""
        from Crypto.Cipher import AES  # only encrypted journals pay for the import

        cipher = AES.new(self._key, AES.MODE_GCM, nonce=os.urandom(NONCE_LENGTH))
        cipher.update(offset.to_bytes(8, "big"))
        text, tag = cipher.encrypt_and_digest(payload)
        return bytes(cipher.nonce) + bytes(tag) + bytes(text)

    def open(self, sealed: bytes, offset: int) -> bytes | None:
        """Return the payload, or None where it was not sealed by this key at this offset."""
        from Crypto.Cipher import AES  # only encrypted journals pay for the import

        if len(sealed) < OVERHEAD:
            return None
        nonce, tag, text = sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:OVERHEAD], sealed[OVERHEAD:]
        cipher = AES.new(self._key, AES.MODE_GCM, nonce=nonce)
        cipher.update(offset.to_bytes(8, "big"))
        try:
            return bytes(cipher.decrypt_and_verify(text, tag))
        except ValueError:
            return None
