"""The compiled index in a private cache file, so that loading reads no YAML; it says which files it came from."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leakwatch import resources
from leakwatch.attribution.files import content_digest, signature_files
from leakwatch.errors import SignatureError

FORMAT = 6
"""Raise it whenever the compiled form changes: older caches are then ignored."""


def load_index(folders: Sequence[Path] = (), bundled: bool = True, cache: Path | None = None) -> dict[str, Any]:
    """Return the index of the bundled pack and `folders`, from the cache where it holds just these files.

    Raises SignatureError where a folder or file is wrong; an unusable cache is no error.
    """
    places = [resources.folder("signatures")] if bundled else []
    places += folders
    layers = [signature_files(place) for place in places]
    stamp = _stamp(layers)
    name = hashlib.sha256("\0".join(str(place.absolute()) for place in places).encode()).hexdigest()
    path = (cache or cache_folder()) / f"signatures-{name}.json"
    index = _read(path)
    if index is not None and index.get("stamp") == stamp:
        return index
    digest = content_digest([p for files in layers for p in files])
    layout = [len(files) for files in layers]
    if index is None or (index.get("digest"), index.get("layout")) != (digest, layout):
        from leakwatch.attribution.index import compile_index
        from leakwatch.attribution.load import read_folders

        index = compile_index(read_folders(places))
    index |= {"format": FORMAT, "stamp": stamp, "layout": layout}
    _write(path, index)
    return index


def _stamp(layers: Sequence[Sequence[Path]]) -> str:
    """Return a digest of names, sizes and times: whoever writes to a file changes its ctime, and cannot set it."""
    digest = hashlib.sha256(f"{FORMAT}".encode())
    for files in layers:
        for path in files:
            try:
                status = path.stat()
            except OSError as error:
                raise SignatureError(f"{path}: {error.strerror}") from None
            facts = (path.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
            digest.update(repr(facts).encode())
        digest.update(b"/")
    return digest.hexdigest()


def cache_folder() -> Path:
    """Return this user's cache folder (`LEAKWATCH_CACHE`, else by platformdirs)."""
    from platformdirs import user_cache_path

    given = os.environ.get("LEAKWATCH_CACHE")
    return Path(given) if given else user_cache_path("leakwatch")


def _read(path: Path) -> dict[str, Any] | None:
    """Return the cached index, None where there is none that this user alone could have written."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as file:
            if not _own(os.fstat(file.fileno())):
                return None
            index = _loads(file.read())
    except (OSError, ValueError, RecursionError):
        return None
    return index if isinstance(index, dict) and index.get("format") == FORMAT else None


def _loads(data: bytes) -> Any:
    """Read JSON with the cycle collector at rest: a hundred thousand new objects would call it for nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return json.loads(data.decode("ascii"))
    finally:
        if collecting:
            gc.enable()


def _own(status: os.stat_result) -> bool:
    if not hasattr(os, "getuid"):
        return True
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def _write(path: Path, index: dict[str, Any]) -> None:
    """Write the cache whole or not at all; where the folder cannot be written, do without."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".signatures-")  # 0600
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(index, file, separators=(",", ":"))  # ASCII is read twice as fast
            Path(name).replace(path)
        except OSError:
            Path(name).unlink(missing_ok=True)
            return
        _sweep(path)


def _sweep(path: Path) -> None:
    """Keep the four newest caches: each set of folders has its own."""
    files = sorted(path.parent.glob("signatures-*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in files[4:]:
        old.unlink(missing_ok=True)
