"""`leakwatch scan`: find leaks in captured files."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from leakwatch.cli.output import format_option, note, print_rows
from leakwatch.model import RECORD_FIELDS, LeakRecord

if TYPE_CHECKING:
    from rich.progress import Progress

    from leakwatch.journal.events import Event
    from leakwatch.offline.jobs import Job

TABLE_COLUMNS = ("time", "phase", "identifier", "chain", "location", "host", "party", "sdk_name", "count")
LONG_WORK = 2.0
"""Seconds after which a progress bar is worth its space."""
_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("--device", type=_FILE, metavar="FILE", help="Device profile: what to search for.")
@click.option("--app", default="", metavar="PACKAGE", help="Package of the app under test.")
@click.option("--db", metavar="URL", help="Store captures and leaks there; without it nothing is stored.")
@click.option("--evidence-dir", type=_FILE, metavar="DIR", help="Where captures' folders go  [default: beside --db]")
@click.option("--fail-on", metavar="EXPR", help="Exit status 1 if a leak matches, e.g. 'party=third and kind=imei'.")
@click.option("--manifest", type=_FILE, metavar="CSV", help="path,device,app,version,store,developer,type,marks.")
@click.option("--marks", type=_FILE, metavar="FILE", help="When what happened; without it the phase is unknown.")
@click.option(
    "--confidence", type=click.Choice(["strong", "weak"]), default="strong", show_default=True, help="The least sure."
)
@click.option("--keylog", multiple=True, type=_FILE, metavar="FILE", help="TLS keys of a packet capture.")
@click.option("--hook-log", type=_FILE, metavar="FILE", help="Keys and plaintexts that a hook on the device saw.")
@click.option("--resolver-log", type=_FILE, metavar="FILE", help="What the phone's DNS resolver answered.")
@click.option("--mmdb", type=_FILE, metavar="FILE", help="Where addresses are registered, by your own MMDB file.")
@click.option("--no-suspects", is_flag=True, help="Do not look for identifiers that the profile does not have.")
@click.option("--signatures", multiple=True, type=_FILE, metavar="DIR", help="More signatures; later ones win.")
@format_option()
def command(
    paths: tuple[str, ...],
    device: Path | None,
    app: str,
    db: str | None,
    evidence_dir: Path | None,
    fail_on: str | None,
    manifest: Path | None,
    marks: Path | None,
    confidence: str,
    hook_log: Path | None,
    resolver_log: Path | None,
    mmdb: Path | None,
    no_suspects: bool,
    keylog: tuple[Path, ...],
    signatures: tuple[Path, ...],
    fmt: str,
) -> None:
    """Find leaks in captured files (`leakwatch formats` lists the kinds).

    PATH is a file, a folder, a glob, or - for stdin.

    Exit status: 0 done, 1 a leak matches --fail-on, 2 wrong usage or a file that could not be read.
    """
    from leakwatch.offline.jobs import Job, jobs_of, standard_input_spooled
    from leakwatch.offline.scan import Scanner

    if not paths and not manifest:
        raise click.UsageError("name a file, a folder or -, or give --manifest")
    if device is None and manifest is None:
        raise click.UsageError("--device is missing: it says what to search for (leakwatch device new makes one)")
    watch = _watch(fail_on)
    with ExitStack() as stack:
        jobs = jobs_of(paths, Job(Path(), device, app, marks), manifest)
        jobs = stack.enter_context(standard_input_spooled(jobs, sys.stdin.buffer))
        store = None
        if db:
            from leakwatch.store import Store

            store = stack.enter_context(Store.open(db, evidence_dir=evidence_dir))
        scanner = Scanner(
            signatures,
            store,
            weak=confidence == "weak",
            keys=keylog,
            report=lambda line: note(f"leakwatch: {line}"),
            suspects=not no_suspects,
            hook_log=hook_log,
            resolver_log=resolver_log,
            mmdb=mmdb,
        )
        if device:
            scanner.profile(device)
        bar = stack.enter_context(_Bar(jobs, fmt))
        _print(watch.over(scanner.scan(jobs, bar.advance)), fmt)
    if fmt == "table":
        for tally in scanner.tallies:
            note(tally.sentence())
    if watch.hits:
        note(f"leakwatch: --fail-on: {watch.hits} of {watch.seen} leaks match {fail_on}")
    if scanner.failed or watch.hits:
        raise click.exceptions.Exit(2 if scanner.failed else 1)


def _print(records: Iterator[LeakRecord], fmt: str) -> None:
    if fmt == "table":
        from leakwatch.offline.tally import folded

        rows = folded(records)
        if rows:
            print_rows(rows, fmt, TABLE_COLUMNS)
    else:
        print_rows((record.as_dict() for record in records), fmt, RECORD_FIELDS)


class _watch:  # noqa: N801  # reads as a verb: watch.over(records)
    """Counts the records that match an expression, as they go by."""

    def __init__(self, expression: str | None) -> None:
        from leakwatch.store.expressions import parse_expression

        self._matches = None if expression is None else parse_expression(expression)
        self.seen = self.hits = 0

    def over(self, records: Iterator[LeakRecord]) -> Iterator[LeakRecord]:
        for record in records:
            self.seen += 1
            if self._matches and self._matches(record.as_dict()):
                self.hits += 1
            yield record


class _Bar:
    """A progress bar on stderr, once the work turns out to be long, and only for a person at a terminal."""

    def __init__(self, jobs: list[Job], fmt: str) -> None:
        # Rows that stream onto the same terminal are progress enough, and would be torn by a bar.
        self._wanted = sys.stderr.isatty() and (fmt == "table" or not sys.stdout.isatty())
        self._sizes = {job.shown: _size(job.path) for job in jobs}
        self._done = 0
        self._inside = 0
        self._begun = time.monotonic()
        self._progress: Progress | None = None
        self._task: Any = None

    def advance(self, job: Job, event: Event | None) -> None:
        """Take note of an event of a job, or of the job's end."""
        from leakwatch.offline.weight import weight

        size = self._sizes[job.shown]
        if event is None:
            self._done, self._inside = self._done + size, 0
        else:
            self._inside = min(self._inside + weight(event), size)
        if self._progress is None and self._wanted and time.monotonic() - self._begun > LONG_WORK:
            self._begin()
        if self._progress is not None:
            self._progress.update(self._task, completed=self._done + self._inside, description=job.path.name)

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=max(sum(self._sizes.values()), 1))
        self._progress.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
