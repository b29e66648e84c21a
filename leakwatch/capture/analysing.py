"""Opens a capture's follower where the last one left off, and ends the journals of killed proxies."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, literal, select

from leakwatch import __version__
from leakwatch.analysis import Analysis
from leakwatch.analysis.names import Names
from leakwatch.attribution import Attributor
from leakwatch.capture import control
from leakwatch.capture.follower import Follower
from leakwatch.errors import JournalError
from leakwatch.identifiers.hook_log import HOOKS, read_hook_log, with_hooks_in
from leakwatch.identifiers.profile import load_profile
from leakwatch.journal import JournalFollower, JournalWriter, load_key, read_journal
from leakwatch.journal.events import CaptureStarted, Event
from leakwatch.model import LeakRecord
from leakwatch.sources.resolver_log import RESOLVER_LOG, read_resolver_log
from leakwatch.store import Store, queries, tables
from leakwatch.store.reading import rows

JOURNALS = ("journal", "journal.lwj")
"""What a capture's journal is called: a live one, a scanned one."""
PROFILE = "profile.yaml"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A capture as its folder holds it; `facts` are those of its first record."""

    folder: Path
    journal: Path
    facts: Mapping[str, Any]
    key: bytes | None = None

    @property
    def capture(self) -> str:
        return self.folder.name

    @property
    def app(self) -> str:
        return str(self.facts.get("app") or "")


def recorded(journal: Path, key_file: Path | None = None, patience: float = 0.0) -> Recorded:
    """Read a journal's first record, waiting `patience` seconds for a proxy that is just starting.

    Raises JournalError where there is no journal, it is not one, or it needs another key.
    """
    key = load_key(key_file) if key_file else None
    deadline = time.monotonic() + patience
    while True:
        if journal.exists() or time.monotonic() >= deadline:
            first = next(read_journal(journal, key=key), None)
            if first is not None:
                facts = first[2].facts if isinstance(first[2], CaptureStarted) else {}
                return Recorded(journal.parent, journal, facts, key)
        if time.monotonic() >= deadline:
            raise JournalError(f"{journal}: the journal is empty: its proxy recorded nothing")
        time.sleep(0.05)


def journal_in(folder: Path) -> Path:
    """Return the journal of a capture's folder; raises JournalError where there is none."""
    for name in JOURNALS:
        if (folder / name).exists():
            return folder / name
    raise JournalError(f"{folder}: there is no journal here; was the folder moved or deleted?")


def open_follower(
    store: Store,
    what: Recorded,
    emit: Callable[[Iterable[LeakRecord]], None] = lambda records: None,
    anew: bool = False,
    suspects: bool = True,
    mmdb: Path | None = None,
) -> Follower:
    """Return the follower of a capture: resumed where the last one stopped, or (`anew`) with a new analysis run."""
    profile = with_hooks_in(load_profile(what.folder / PROFILE), what.folder)
    capture = store.begin_capture({**what.facts, "capture": what.capture}, profile.identifiers_for(what.app))
    attributor = Attributor.load(app=profile.app(what.app) if what.app else None, mmdb=mmdb)
    found = None if anew else store.resume_run(capture)
    run, resume = found or (store.begin_run(capture, __version__, attributor.digest), 0)
    source, origin = str(what.facts.get("source_path") or ""), str(what.facts.get("source_sha256") or "")
    wanted = suspects and not what.facts.get("no_suspects")
    log = what.folder / RESOLVER_LOG
    analysis = Analysis(
        profile, what.app, attributor, capture=capture, source=source, origin=origin, suspects=wanted,
        names=Names.of(read_resolver_log(log)) if log.is_file() else None,
    )  # fmt: skip
    journal = JournalFollower(what.journal, key=what.key)
    return Follower(store, capture, run, journal, analysis, resume, emit)


def conclude(follower: Follower, what: Recorded) -> bool:
    """Finish the analysis where the journal is complete; False while its proxy still writes.

    A killed proxy leaves a journal without its last record, and perhaps with half of one: that tail is cut off, kept
    beside it, and noted in it.
    """
    if not follower.progress.ended:
        try:
            _end_journal(what)
        except JournalError:
            if not writer_gone(what.journal):
                return False
            raise
        with JournalFollower(what.journal, follower.offset, what.key) as tail:
            follower.continue_with(tail)
            follower.read()
    follower.finish()
    return True


def _end_journal(what: Recorded) -> None:
    """Cut off a torn tail, and record what was asked of the killed proxy: marks above all, each with its own time."""
    writer = JournalWriter(what.journal, what.key)
    try:
        for asked in control.take(what.folder, what.key):
            if isinstance(asked, Event):
                writer.append(asked)
    finally:
        writer.close()


def writer_gone(journal: Path) -> bool:
    """Tell whether nobody writes the journal: its writer holds an exclusive lock for as long as it lives."""
    try:
        descriptor = os.open(journal, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


@contextmanager
def only_follower(folder: Path) -> Iterator[bool]:
    """Hold the capture's follower lock; yields False where another follower has it."""
    try:
        descriptor = os.open(folder / "follower.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"{folder}: the capture's folder cannot be written: {error.strerror}") from None
    try:
        yield _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_running(folder: Path) -> bool:
    """Tell whether a capture's proxy is at work."""
    return (folder / JOURNALS[0]).exists() and not writer_gone(folder / JOURNALS[0])


def key_file(store: Store, capture: str) -> Path | None:
    """Return the key file that a capture's journal was encrypted with, as its facts name it; None where it was not."""
    query = select(tables.capture.c.facts).where(tables.capture.c.capture == capture)
    facts = json.loads(next(rows(store, query), {}).get("facts") or "{}")
    return Path(facts["journal_key"]) if facts.get("journal_key") else None


def analyse(
    store: Store,
    what: Recorded,
    tick: Callable[[], None] = lambda: None,
    suspects: bool = True,
    mmdb: Path | None = None,
) -> str:
    """Analyse a stored capture anew from its journal and return the run; leak ids, marks and reviews stay.

    The earlier analysis is shown until this one is finished. Raises JournalError for a capture that still runs.
    """
    with only_follower(what.folder) as alone:
        if not alone or is_running(what.folder):
            raise JournalError(f"capture {what.capture} is still running: end it first, then analyse it")
        shown = next(queries.view(store, "v_captures", what.capture), {}).get("run")
        follower = open_follower(store, what, anew=True, suspects=suspects, mmdb=mmdb)
        follower.read(tick)
        conclude(follower, what)
        if shown and what.facts.get("source_sha256"):
            _carry_over(store, str(shown), follower.run)
        while (unfinished := store.resume_run(follower.capture)) is not None:
            store.finish_run(unfinished[0])
        return follower.run


def _carry_over(store: Store, old: str, new: str) -> None:
    """Take from a scan's own analysis what its journal cannot tell again.

    A scanned file's journal holds its leaking flows only: the ledger of the whole file, and who received the flows
    that did not leak, are those of the scan.
    """
    ledger, known = tables.ledger, tables.attribution
    others = [column for column in ledger.columns if column.name != "run"]
    receivers = [column for column in known.columns if column.name != "run"]
    there = select(known.c.exchange).where(known.c.run == new)
    with store.writing() as connection:
        connection.execute(delete(ledger).where(ledger.c.run == new))
        copied = select(literal(new), *others).where(ledger.c.run == old)
        connection.execute(insert(ledger).from_select(["run", *(c.name for c in others)], copied))
        copied = select(literal(new), *receivers).where(known.c.run == old, known.c.exchange.not_in(there))
        connection.execute(insert(known).from_select(["run", *(c.name for c in receivers)], copied))


def unfinished(store: Store) -> Iterator[Path]:
    """Yield the folders of live captures whose proxy was killed before their analysis came to its end."""
    for row in queries.captures(store):
        folder = store.folder_of(str(row["capture"]))
        if not row["ended"] and (folder / JOURNALS[0]).exists() and not is_running(folder):
            yield folder


def keep_hook_log(log: Path, folder: Path) -> None:
    """Copy a hook log into a capture's folder, readable by its owner alone; raises ProfileError where it is none."""
    for _ in read_hook_log(log):
        pass
    _copy_private(log, folder / HOOKS)


def keep_resolver_log(log: Path, folder: Path) -> None:
    """Copy a resolver's log into a capture's folder, readable by its owner alone; raises SourceError if it is none."""
    for _ in read_resolver_log(log):
        pass
    _copy_private(log, folder / RESOLVER_LOG)


def _copy_private(source: Path, target: Path) -> None:
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(source.read_bytes())
