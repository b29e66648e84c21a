"""Hyperscan as a prefilter: says where a needle may end, some 75 times faster than the automaton."""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from leakwatch.matching.automaton import Candidate

try:
    import hyperscan
except ImportError:  # no wheel for this platform: the automaton does all the work
    hyperscan = None  # type: ignore[assignment] # the module or nothing

_ANCHOR = 512
"""How many bytes of a needle are compiled: Hyperscan refuses very long patterns, and the rest is compared anyway."""

_CACHED_FROM = 1_000
"""From how many needles on the compiled database is kept: below, compiling is quicker than it matters."""

_KEPT = 20
"""So many databases stay, those used last: each holds beginnings of somebody's identifiers."""


__all__ = ["CrowdedError", "Prefilter", "hyperscan", "load_prefilter"]


class CrowdedError(Exception):
    """More candidates than the limit: the caller must look at the data another way."""


class Prefilter:
    """A compiled set of needles; `find` may skip only what cannot match."""

    def __init__(self, needles: Sequence[bytes], database: Any) -> None:
        self._needles = needles
        self._database = database

    def find(self, data: bytes, limit: int) -> list[Candidate]:
        """Return where each needle ends in `data`, confirmed byte by byte; raise `CrowdedError` beyond `limit`."""
        found: list[Candidate] = []
        needles = self._needles

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> bool | None:
            needle = needles[number]
            begin = end - min(len(needle), _ANCHOR)
            if data.startswith(needle, begin):
                found.append((begin + len(needle), number))
            return True if len(found) > limit else None

        try:
            self._database.scan(data, match_event_handler=note)
        except hyperscan.error as error:
            # Stopped by `note`, or the scratch space is in use by another thread: both are answered by the automaton.
            raise CrowdedError from error
        return found


def load_prefilter(needles: Sequence[bytes], cache: bool = True) -> Prefilter | None:
    """Compile the needles or take the compiled set from the user's cache; None where Hyperscan is not available."""
    if hyperscan is None or not needles:
        return None
    keep = cache and len(needles) >= _CACHED_FROM
    path = _cache_path(needles) if keep else None
    database = _load(path) if path else None
    if database is None:
        database = _compile(needles)
        if path and database is not None:
            _store(path, database)
    return Prefilter(needles, database) if database is not None else None


def _compile(needles: Sequence[bytes]) -> Any:
    # Never `literal=True`: it takes strlen() of each needle and cuts it at the first NUL byte (measured, 0.9.1).
    patterns = [b"".join(b"\\x%02x" % byte for byte in needle[:_ANCHOR]) for needle in needles]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns), flags=0)
    except hyperscan.error:
        return None
    return database


def _cache_path(needles: Sequence[bytes]) -> Path:
    digest = hashlib.sha256()
    engine = getattr(hyperscan, "__version__", "")
    for fact in (engine, platform.machine(), platform.system(), _cpu()):
        digest.update(f"{fact}\n".encode())
    for needle in needles:
        digest.update(b"%d:" % len(needle) + needle)
    return Path(platformdirs.user_cache_dir("leakwatch")) / "needles" / f"{digest.hexdigest()}.hsdb"


def _cpu() -> str:
    """Return what tells CPU features apart: a database is native code for the features it was compiled with."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor()
    return next((line for line in lines if line.startswith(("flags", "Features"))), "")


def _load(path: Path) -> Any:
    """Load a cached database; None where it is absent, damaged, or could have been written by somebody else."""
    load: Callable[..., Any] = hyperscan.loadb
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o077):
                return None
            database = load(file.read(), hyperscan.HS_MODE_BLOCK)  # checks a CRC of its own
        database.scratch = hyperscan.Scratch(database)
        os.utime(path)
    except (OSError, hyperscan.error):
        return None
    return database


def _store(path: Path, database: Any) -> None:
    """Write the database to the cache, whole or not at all, readable by this user only; failing costs only time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it 0600
        with os.fdopen(handle, "wb") as file:
            file.write(hyperscan.dumpb(database))
        Path(name).replace(path)
        for old in sorted(path.parent.glob("*.hsdb"), key=lambda file: file.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)
    except (OSError, hyperscan.error):
        return
