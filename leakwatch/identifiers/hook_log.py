"""Hook logs: what a hook on the device saw of ciphers (time, algorithm, key, IV, plaintext, ciphertext), as JSON lines.

Each line is an object; `key`, `iv`, `plaintext` and `ciphertext` are text, or `hex:…`, or `base64:…`, as keys are in
the device profile. Format and an example are in docs/detection.md.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leakwatch.errors import ProfileError
from leakwatch.model import Cipher, DeviceProfile, Hooked

HOOKS = "hooks.jsonl"
"""What a hook log is called in a capture's folder."""

MAX_LINES = 200_000
MAX_CIPHERS = 500
"""Different keys that are tried on every opaque value; what a hook saw as plaintext is found without them."""
_LONGEST_LINE = 16 << 20
_FIELDS = frozenset({"time", "algorithm", "key", "iv", "plaintext", "ciphertext"})
_NAMES = {
    "aes": "aes", "des": "des", "desede": "des3", "3des": "des3", "tripledes": "des3", "des3": "des3", "rc4": "rc4",
    "arc4": "rc4", "arcfour": "rc4",
}  # fmt: skip
_MODES = frozenset({"cbc", "ecb", "gcm", "ctr", "cfb", "ofb"})
_SHORTEST = 8
"""Shorter ciphertexts turn up by chance."""


def with_hook_log(profile: DeviceProfile, path: Path) -> DeviceProfile:
    """Return `profile` with the keys, ciphertexts and plaintexts of a hook log added.

    Raises ProfileError with the file and line where the log cannot be used.
    """
    ciphers: dict[Cipher, None] = dict.fromkeys(profile.keys.ciphers)
    hooked: dict[tuple[bytes, bytes], Hooked] = {}
    for cipher, call in read_hook_log(path):
        if cipher is not None and len(ciphers) < MAX_CIPHERS + len(profile.keys.ciphers):
            ciphers[cipher] = None
        if call is not None:
            hooked.setdefault((call.ciphertext, call.plaintext), call)
    keys = replace(profile.keys, ciphers=tuple(ciphers), hooked=(*profile.keys.hooked, *hooked.values()))
    return replace(profile, keys=keys)


def with_hooks_in(profile: DeviceProfile, folder: Path) -> DeviceProfile:
    """Return `profile` with what the hook log in a capture's folder adds, if there is one."""
    return with_hook_log(profile, folder / HOOKS) if (folder / HOOKS).is_file() else profile


def read_hook_log(path: Path) -> Iterator[tuple[Cipher | None, Hooked | None]]:
    """Yield, line by line, the key that was used and the call that was seen, each where the line has it."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number > MAX_LINES:
                    raise ProfileError(f"{path}:{number}: a hook log has at most {MAX_LINES} lines; cut it shorter")
                if line.strip():
                    yield _entry(line, f"{path}:{number}")
    except OSError as error:
        raise ProfileError(f"{path}: the hook log cannot be read: {error.strerror}") from None


def _entry(line: bytes, place: str) -> tuple[Cipher | None, Hooked | None]:
    try:
        row = json.loads(line) if len(line) <= _LONGEST_LINE else None
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise ProfileError(f"{place}: each line should be one JSON object with {', '.join(sorted(_FIELDS))}")
    if unknown := sorted(map(str, row.keys() - _FIELDS)):
        raise ProfileError(f"{place}: a hook log has no field {unknown[0]!r}; it has {', '.join(sorted(_FIELDS))}")
    algorithm, mode = _algorithm(str(row.get("algorithm") or ""))
    key, iv, plain, sealed = (_bytes(row.get(name), place, name) for name in ("key", "iv", "plaintext", "ciphertext"))
    cipher = Cipher(algorithm, mode, key, iv) if key and algorithm in _NAMES.values() else None
    seen = plain and len(sealed) >= _SHORTEST
    return cipher, Hooked(algorithm, sealed, plain, _time(row.get("time"))) if seen else None


def _algorithm(text: str) -> tuple[str, str]:
    """Split a transformation as Java (`AES/CBC/PKCS5Padding`) or OpenSSL (`aes-128-cbc`) names it."""
    pieces = text.lower().replace("_", "-").replace("/", "-").split("-")
    name = next((_NAMES[piece] for piece in pieces if piece in _NAMES), "aes")
    usual = "" if name == "rc4" else "ecb" if len(pieces) == 1 else "cbc"
    return name, next((piece for piece in pieces if piece in _MODES), usual)


def _bytes(value: Any, place: str, name: str) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise ProfileError(f'{place}: {name} should be text, "hex:…" or "base64:…"')
    try:
        if value.startswith("hex:"):
            return bytes.fromhex(value[4:])
        if value.startswith("base64:"):
            return base64.b64decode(value[7:], validate=True)
    except (ValueError, binascii.Error):
        raise ProfileError(f"{place}: {name} is not {value.partition(':')[0]}") from None
    return value.encode()


def _time(value: Any) -> float:
    """Unix seconds from a number or an ISO 8601 text; 0.0 where it is neither."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
