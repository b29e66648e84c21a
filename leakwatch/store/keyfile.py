"""The HMAC key of one database: 32 random bytes in a file of mode 0600."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from leakwatch.errors import StoreError

LENGTH = 32


def read_or_make(path: Path) -> bytes:
    """Read the key, or make it; of several processes that make it at once, one wins and all get its key."""
    try:
        key = _read(path)
        if key is None:
            _make(path)
            key = _read(path)
    except OSError as error:
        raise StoreError(f"{path}: the database's key cannot be read or made: {error.strerror}") from error
    if key is None or len(key) != LENGTH:
        raise StoreError(f"{path}: is not a key of leakwatch (32 bytes); put the right file back beside the database")
    return key


def digest(key: bytes, value: bytes) -> str:
    """HMAC-SHA256 of a value in hex: equal where values are equal, and tells nothing else without the key."""
    return hmac.new(key, value, hashlib.sha256).hexdigest()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(LENGTH))
            file.flush()
            os.fsync(file.fileno())
        # A link appears whole or not at all, and refuses to replace a key that another process made meanwhile.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
