"""Writes a device profile as YAML that a person can go on editing."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from leakwatch.errors import ProfileError
from leakwatch.model import App, DeviceProfile, Identifier, Keys


def render_profile(profile: DeviceProfile) -> str:
    """Return `profile` as YAML; `load_profile` reads the same profile back from it (but for the digest)."""
    return "\n".join(_lines(profile)) + "\n"


def write_profile(profile: DeviceProfile, path: Path) -> None:
    """Write a new file that only its owner can read (0600); raises ProfileError where one is there already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(render_profile(profile))
    except FileExistsError:
        raise ProfileError(f"{path}: is there already and is not overwritten; choose another name") from None
    except OSError as error:
        raise ProfileError(f"{path}: cannot be written: {error.strerror}") from None


def _lines(profile: DeviceProfile) -> Iterator[str]:
    yield "version: 1"
    yield f"device: {{label: {_quoted(profile.label)}, region: {_quoted(profile.region)}}}"
    yield "identifiers:"
    yield from _identifiers(profile.identifiers, "  ")
    if profile.keys != Keys():
        yield "keys:"
        yield from _keys(profile.keys)
    if profile.apps:
        yield "apps:"
    for app in profile.apps:
        yield from _app(app)


def _identifiers(identifiers: Iterable[Identifier], indent: str) -> Iterator[str]:
    for i in identifiers:
        unchecked = ", unchecked: true" if i.unchecked else ""
        yield f"{indent}- {{type: {i.type}, name: {_quoted(i.name)}, value: {_quoted(i.value)}{unchecked}}}"


def _keys(keys: Keys) -> Iterator[str]:
    for name in ("salts", "hmac_keys", "xor_keys"):
        values: tuple[bytes, ...] = getattr(keys, name)
        if values:
            quoted = ", ".join(f'"hex:{v.hex()}"' for v in values)
            yield f"  {name}: [{quoted}]"
    if keys.ciphers:
        yield "  ciphers:"
    for c in keys.ciphers:
        mode = f", mode: {c.mode}" if c.mode else ""
        iv = f', iv: "hex:{c.iv.hex()}"' if c.iv else ""
        yield f'    - {{algorithm: {c.algorithm}{mode}, key: "hex:{c.key.hex()}"{iv}}}'


def _app(app: App) -> Iterator[str]:
    yield f"  - package: {_quoted(app.package)}"
    if app.first_party_domains:
        yield f"    first_party_domains: [{', '.join(map(_quoted, app.first_party_domains))}]"
    if app.company:
        yield f"    company: {_quoted(app.company)}"
    if app.identifiers:
        yield "    identifiers:"
        yield from _identifiers(app.identifiers, "      ")


def _quoted(text: str) -> str:
    return str(yaml.safe_dump(text, default_style='"', allow_unicode=True, width=1 << 30)).strip()
