"""The follower process: reads a journal as it grows, analyses it, commits findings and offset in one transaction.

`python -m leakwatch.capture.follower --journal FILE --db URL` runs beside the proxy, which never waits for it. Killed
at any point it resumes at the low-water mark stored with its findings: nothing is lost, nothing is twice.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from leakwatch.analysis import Analysis
from leakwatch.capture.control import report_leaks
from leakwatch.capture.feed import Teller
from leakwatch.capture.low_water import OpenExchanges
from leakwatch.capture.progress import Progress
from leakwatch.capture.wording import PARTY_WORDS, chain_words, recipient
from leakwatch.errors import LeakwatchError
from leakwatch.journal import JournalFollower
from leakwatch.journal.events import Event, Mark, MarkCorrected
from leakwatch.model import Findings, FlowSummary, LeakRecord, LedgerEntry, Suspect
from leakwatch.store import Batch, Store

COMMIT_SECONDS = 0.25
COMMIT_EVENTS = 500
COMMIT_FINDINGS = 2000
IDLE_SECONDS = 0.05
START_SECONDS = 30.0
"""How long a follower waits for the first record of a proxy that is starting."""


class Follower:
    """Feeds one journal to one analysis and commits every 250 ms, 500 events or 2,000 findings.

    `journal` stands at its beginning, `resume` at the offset stored with the run: what lies before is only remembered.
    Ledger entries get the key `offset.ordinal` of the record that caused them, so that a record read twice replaces
    what it wrote before. `emit` gets the records of every commit, after it.
    """

    def __init__(
        self,
        store: Store,
        capture: str,
        run: str,
        journal: JournalFollower,
        analysis: Analysis,
        resume: int = 0,
        emit: Callable[[Iterable[LeakRecord]], None] = lambda records: None,
    ) -> None:
        self.progress = Progress()
        self.capture, self.run = capture, run
        self._store = store
        self._journal = journal
        self._analysis = analysis
        self._emit = emit
        self._open = OpenExchanges()
        self._resume = resume
        self._last_time = 0.0
        self._known_marks: tuple[Mark, ...] = ()
        self._clear()

    @property
    def offset(self) -> int:
        """Where the next record begins."""
        return self._journal.offset

    def continue_with(self, journal: JournalFollower) -> None:
        """Go on with another reader of the same journal, which stands at `offset`."""
        self._journal = journal

    def follow(self, ended: Callable[[], bool], tick: Callable[[], None] = lambda: None) -> None:
        """Read until the capture's end: its last record, or nothing new while `ended()`; `tick` is called in between.

        `ended` is asked before the last look at the journal, so that nothing written before it is missed.
        """
        while not self.progress.ended:
            last_look = ended()
            if not self.read(tick) and last_look:
                break
            self.commit()
            tick()
            if not last_look and not self.progress.ended:
                time.sleep(IDLE_SECONDS)
        self.commit()

    def read(self, tick: Callable[[], None] = lambda: None) -> int:
        """Analyse every record that is there by now; return how many there were."""
        count = 0
        for start, _, event in self._journal.poll():
            self._one(start, event)
            count += 1
            if self._is_full():
                self.commit()
                tick()
        return count

    def finish(self) -> None:
        """The journal is complete: analyse what stayed open, and declare run and capture ended."""
        self._take(self._analysis.finish(), self._journal.offset)
        self._open = OpenExchanges()
        self.commit(force=True)
        if self._last_time:
            self._store.update_capture(self.capture, {"ended": self._last_time})
        self._store.finish_run(self.run)

    def commit(self, force: bool = False) -> None:
        """Write what was found since the last commit, together with the offset to resume at."""
        if not self._events and not force:
            return
        flows = list(self._flows.values())
        offset = self._open.low_water(self._journal.offset)
        self._store.write(
            Batch(
                self.capture,
                self.run,
                self._records,
                flows,
                self._ledger,
                self._marks,
                offset,
                self._keys,
                suspects=self._suspects,
            )
        )
        self.progress.offset = self._journal.offset
        if self._analysis.marks != self._known_marks:
            self._known_marks = self._analysis.marks
            self.progress.set_phase(self._known_marks)
        self._emit(self._records)
        self._clear()

    def _one(self, start: int, event: Event) -> None:
        self._last_time = max(self._last_time, event.time)
        self.progress.observe(event)
        if start < self._resume:
            self._analysis.remember(event)
            return
        self._events += 1
        # A later event of an exchange that had ended when the low-water mark was stored: analysed and committed.
        if self._resume and not self._open.belongs(event):
            return
        self._open.observe(start, event)
        if isinstance(event, Mark | MarkCorrected):
            self._marks.append(event)
        self._take(self._analysis.feed(event), start)

    def _take(self, found: Findings, offset: int) -> None:
        self._records += found.records
        self._suspects += found.suspects
        self._flows.update((flow.exchange, flow) for flow in found.flows)
        for ordinal, entry in enumerate(found.ledger):
            self._ledger.append(entry)
            self._keys.append(f"{offset}.{ordinal}")

    def _is_full(self) -> bool:
        findings = len(self._records) + len(self._ledger)
        full = self._events >= COMMIT_EVENTS or findings >= COMMIT_FINDINGS
        return full or (self._events > 0 and time.monotonic() - self._since > COMMIT_SECONDS)

    def _clear(self) -> None:
        self._events = 0
        self._since = time.monotonic()
        self._records: list[LeakRecord] = []
        self._flows: dict[str, FlowSummary] = {}
        self._ledger: list[LedgerEntry] = []
        self._keys: list[str] = []
        self._suspects: list[Suspect] = []
        self._marks: list[Mark | MarkCorrected] = []


# -- the process -------------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Follow one journal until its capture ends; 0 then, 2 with one line where something is in the way.

    SIGTERM asks to read what is there and then to end; the run stays open unless the capture has ended.
    """
    parser = argparse.ArgumentParser(prog="leakwatch.capture.follower")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--db", default=None, help="path or URL of the database")
    parser.add_argument("--evidence-dir", type=Path, default=None, help="folder of the captures' folders")
    parser.add_argument("--key", type=Path, default=None, help="key file of an encrypted journal")
    parser.add_argument("--feed", action="store_true", help="write committed leak records to stdout, one a line")
    options = parser.parse_args(arguments)
    asked: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signum, _: asked.append(signum))
    try:
        _run(options, asked)
    except LeakwatchError as error:
        sys.stderr.write(f"leakwatch: {error}\n")
        return error.exit_status
    return 0


def _run(options: argparse.Namespace, asked: Sequence[int]) -> None:
    from leakwatch.capture import analysing  # it imports this module

    folder = options.journal.parent
    with analysing.only_follower(folder) as alone:
        if not alone:
            raise LeakwatchError(f"{folder}: another follower is at work here")
        what = analysing.recorded(options.journal, options.key, patience=START_SECONDS)
        with Store.open(options.db, evidence_dir=options.evidence_dir) as store:
            emit = Teller(sys.stdout) if options.feed else _to_proxy(folder)
            follower = analysing.open_follower(store, what, emit)
            saved = _Saver(follower.progress, folder)
            follower.follow(lambda: bool(asked) or analysing.writer_gone(what.journal), saved)
            if follower.progress.ended or analysing.writer_gone(what.journal):
                analysing.conclude(follower, what)
            saved(force=True)


def _to_proxy(folder: Path) -> Callable[[Iterable[LeakRecord]], None]:
    """Tell the proxy which flows leak, so that mitmproxy's own UI marks them; the words hold no value."""

    def emit(records: Iterable[LeakRecord]) -> None:
        try:
            report_leaks(folder, [(record.exchange, _words(record)) for record in records])
        except LeakwatchError:
            return  # an ornament: the leak itself is stored

    return emit


def _words(record: LeakRecord) -> str:
    party = PARTY_WORDS.get(record.party, record.party)
    return f"leakwatch: {record.identifier} ({chain_words(record.chain)}) to {recipient(record.as_dict())}, {party}"


class _Saver:
    """Writes the progress for the live view, at most every 250 ms."""

    def __init__(self, progress: Progress, folder: Path) -> None:
        self._progress, self._folder = progress, folder
        self._saved = 0.0

    def __call__(self, force: bool = False) -> None:
        if force or time.monotonic() - self._saved >= COMMIT_SECONDS:
            self._saved = time.monotonic()
            try:
                self._progress.save(self._folder)
            except OSError:
                return  # a full disk: the display stands still, and the store says why


if __name__ == "__main__":
    raise SystemExit(main())
