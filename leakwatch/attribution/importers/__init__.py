"""Importers of lists that may not be shipped: each turns one format into signature files of the user's own."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType
from typing import Any

from leakwatch.attribution.importers import (
    adblock,
    disconnect,
    exodus,
    ghostery,
    hosts,
    tracker_radar,
    trackercontrol,
)
from leakwatch.attribution.importers.tracker import slug, write_files
from leakwatch.errors import SignatureError

IMPORTERS: dict[str, ModuleType] = {
    "exodus": exodus,
    "tracker-radar": tracker_radar,
    "disconnect": disconnect,
    "adblock": adblock,
    "trackercontrol": trackercontrol,
    "ghostery": ghostery,
    "hosts": hosts,
}
"""Every format; each module has `read(data) -> Iterator[Tracker]` and `LICENCE`."""

MAX_BYTES = 256 * 1024 * 1024


def import_file(form: str, path: Path, folder: Path, licence: str = "") -> tuple[int, int]:
    """Turn a file (or a folder of JSON files) into signatures in `folder`; return how many SDKs and hosts they hold.

    Raises SignatureError for an unknown format, a file that cannot be read or holds nothing, a folder that cannot be
    written.
    """
    if form not in IMPORTERS:
        raise SignatureError(f"no such format: {form!r}; known: {', '.join(IMPORTERS)}")
    importer = IMPORTERS[form]
    trackers = list(importer.read(_content(path, text=form in {"adblock", "hosts"})))
    if not trackers:
        raise SignatureError(f"{path}: nothing in it that the format {form} knows; formats: {', '.join(IMPORTERS)}")
    source = slug(path.stem) if form in {"adblock", "hosts"} else form
    try:
        return write_files(trackers, folder, source, licence or importer.LICENCE, path.name)
    except OSError as error:
        raise SignatureError(f"cannot write {error.filename or folder}: {error.strerror}") from None


def _content(path: Path, text: bool) -> Any:
    if path.is_dir():
        return [_content(file, text) for file in sorted(path.rglob("*.json"))]
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SignatureError(f"{path}: larger than {MAX_BYTES} bytes")
        data = path.read_bytes().decode("utf-8-sig", "replace")
    except OSError as error:
        raise SignatureError(f"{path}: {error.strerror}") from None
    if text or not data.lstrip().startswith(("{", "[")):
        return data
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise SignatureError(f"{path}: not JSON") from None
