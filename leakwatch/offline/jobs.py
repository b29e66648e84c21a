"""Which files are scanned, and what is known of each: arguments, globs, folders, standard input, a manifest."""

from __future__ import annotations

import csv
import difflib
import glob
import io
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from leakwatch.errors import SourceError

STDIN = "-"
CAPTURE_SUFFIXES = frozenset(
    {".har", ".mitm", ".flow", ".flows", ".dump", ".pcap", ".pcapng", ".cap", ".saz", ".chlsj"}
)
"""In a folder, a file so named that cannot be recognised is a failure; any other is merely no capture."""
COLUMNS = ("path", "device", "app", "version", "store", "developer", "type", "marks")
"""A manifest's columns; `path`, `device` and `marks` are paths seen from the manifest's folder."""
_FACTS = {"version": "app_version", "store": "store", "developer": "developer", "type": "type"}
MAX_MANIFEST = 64 << 20


@dataclass(frozen=True, slots=True)
class Job:
    """One file to scan: `app` is the package under test, `facts` go into the capture's row.

    `found`: it was met in a folder and not named. `name` is what it is called where its path means nothing to anybody.
    """

    path: Path
    device: Path | None = None
    app: str = ""
    marks: Path | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    found: bool = False
    name: str = ""

    @property
    def shown(self) -> str:
        """The path as the user gave it."""
        return self.name or str(self.path)


def jobs_of(paths: Iterable[str], defaults: Job, manifest: Path | None = None) -> list[Job]:
    """Return a job for each file that `paths` name, each file once; without paths, for each row of the manifest.

    Raises SourceError where the manifest cannot be used. A path that leads nowhere is a job as well: opening it fails.
    """
    rows = {job.path.resolve(): job for job in read_manifest(manifest, defaults)} if manifest else {}
    jobs: dict[Path, Job] = {}
    for path, found in _files(paths):
        known = rows.get(path.resolve())
        made = replace(known or defaults, path=path, found=found)
        jobs.setdefault(Path(STDIN) if str(path) == STDIN else path.resolve(), made)
    return list(jobs.values()) if jobs else list(rows.values())


@contextmanager
def standard_input_spooled(jobs: Sequence[Job], stream: BinaryIO) -> Iterator[list[Job]]:
    """Give the job `-` a file that holds what `stream` brings: formats are told and read by seeking. It is removed."""
    if not any(str(job.path) == STDIN for job in jobs):
        yield list(jobs)
        return
    with tempfile.NamedTemporaryFile(prefix="leakwatch-") as file:  # mode 0600
        shutil.copyfileobj(stream, file)
        file.flush()
        yield [replace(job, path=Path(file.name), name="stdin") if str(job.path) == STDIN else job for job in jobs]


def _files(paths: Iterable[str]) -> Iterator[tuple[Path, bool]]:
    for given in paths:
        path = Path(given)
        if given != STDIN and path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if p.is_file() and not _is_hidden(p, path))
            yield from ((p, True) for p in inside)
        elif given != STDIN and not path.exists() and glob.has_magic(given):
            matches = sorted(glob.glob(given, recursive=True))  # noqa: PTH207 - Path.glob takes no absolute pattern
            yield from ((Path(m), False) for m in matches if not Path(m).is_dir())
            if not matches:
                yield path, False
        else:
            yield path, False


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def read_manifest(manifest: Path, defaults: Job) -> Iterator[Job]:
    """Yield a job for each row of a CSV file; raises SourceError with the file and line where it cannot be used."""
    try:
        with manifest.open("rb") as file:
            text = file.read(MAX_MANIFEST).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{manifest}: the manifest cannot be read: {error}") from None
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, strict=True)
    try:
        _check_columns(manifest, [name.strip() for name in reader.fieldnames or []])
        for row in reader:
            cells = {(k or "").strip(): (v or "").strip() for k, v in row.items() if isinstance(v, str | None)}
            if any(cells.values()):
                yield _job(manifest, reader.line_num, cells, defaults)
    except csv.Error as error:
        raise SourceError(f"{manifest}:{reader.line_num}: {error}") from None


def _check_columns(manifest: Path, names: list[str]) -> None:
    if "path" not in names:
        raise SourceError(f"{manifest}:1: there is no column path; the columns are {', '.join(COLUMNS)}")
    for name in names:
        if name and name not in COLUMNS:
            near = difflib.get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the columns are {', '.join(COLUMNS)}"
            raise SourceError(f"{manifest}:1: there is no column {name!r}; {hint}")


def _job(manifest: Path, line: int, cells: Mapping[str, str], defaults: Job) -> Job:
    if not cells.get("path"):
        raise SourceError(f"{manifest}:{line}: this row names no path")
    folder = manifest.parent
    return Job(
        path=folder / cells["path"],
        device=folder / cells["device"] if cells.get("device") else defaults.device,
        app=cells.get("app") or defaults.app,
        marks=folder / cells["marks"] if cells.get("marks") else defaults.marks,
        facts={**defaults.facts, **{_FACTS[name]: cells[name] for name in _FACTS if cells.get(name)}},
    )
