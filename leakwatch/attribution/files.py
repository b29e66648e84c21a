"""The files of a folder of signatures, and the digest that says whether any of them changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from leakwatch.errors import SignatureError


def signature_files(folder: Path) -> list[Path]:
    """Return a folder's YAML files in order of name (or the file itself); raises SignatureError where it is absent."""
    if folder.is_file():
        return [folder]
    if not folder.is_dir():
        raise SignatureError(f"no signatures at {folder}: not a folder")
    return sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and not p.name.startswith("."))


def content_digest(files: Sequence[Path]) -> str:
    """Return the digest that `read_folders` would give these files, without reading YAML; raises SignatureError."""
    digest = hashlib.sha256()
    for path in files:
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        except OSError as error:
            raise SignatureError(f"{path}: {error.strerror}") from None
    return digest.hexdigest()
