"""Keeping what a scan finds: the capture's row, its findings, and a journal of every flow that leaked."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from leakwatch import __version__
from leakwatch.errors import StoreError
from leakwatch.identifiers.hook_log import HOOKS
from leakwatch.journal import JournalWriter, read_journal
from leakwatch.journal.events import (
    CaptureStarted,
    DnsMessage,
    Event,
    Mark,
)
from leakwatch.model import DeviceProfile, FlowSummary, LeakRecord, LedgerEntry, Suspect
from leakwatch.offline.dealing import ends
from leakwatch.offline.weight import weight
from leakwatch.sources.resolver_log import RESOLVER_LOG
from leakwatch.store import Batch, Store

JOURNAL, PROFILE = "journal", "profile.yaml"
"""The names that a live capture's folder uses too."""
BATCH = 500
"""Rows that one transaction writes."""
MAX_WAITING = 64 << 20
"""Bytes of events that wait to be known as leaking or not."""


class Keeper:
    """Stores the scan of one file as a capture; the same bytes, device profile and app are the same capture."""

    def __init__(self, store: Store, profile: DeviceProfile, package: str, facts: Mapping[str, Any]) -> None:
        identifiers = profile.identifiers_for(package)
        self.capture = store.begin_capture(facts, identifiers)
        self._store = store
        self._folder = store.capture_folder(self.capture)
        self._unfinished = store.resume_run(self.capture) is not None
        self._run = ""
        self._flows: dict[str, FlowSummary] = {}
        self._records: list[LeakRecord] = []
        self._ledger: list[LedgerEntry] = []
        self._suspects: list[Suspect] = []
        self._journal: LeakingFlows | None = None
        self._facts = dict(facts)

    def begin(
        self,
        signature_digest: str,
        marks: Iterable[Mark],
        profile: Path,
        hook_log: Path | None = None,
        resolver_log: Path | None = None,
    ) -> None:
        """Open the journal and begin an analysis; the profile and the logs are copied beside the journal."""
        _copy_private(profile, self._folder / PROFILE)
        if hook_log is not None:
            _copy_private(hook_log, self._folder / HOOKS)
        if resolver_log is not None:
            _copy_private(resolver_log, self._folder / RESOLVER_LOG)
        started = CaptureStarted(time=0.0, facts={**self._facts, "capture": self.capture})
        self._journal = LeakingFlows(self._folder / JOURNAL, started, fresh=self._unfinished)
        self._run = self._store.begin_run(self.capture, __version__, signature_digest)
        marks = list(marks)
        self._journal.always(marks)
        self._store.update_capture(self.capture, {"folder": str(self._folder)})
        self._store.write(Batch(self.capture, self._run, marks=marks))

    def seen(self, event: Event, leaking: Iterable[str]) -> None:
        """Take an event and the exchanges that are known to leak since the last one."""
        assert self._journal is not None
        self._journal.seen(event, leaking)

    def add(
        self,
        records: Iterable[LeakRecord],
        flows: Iterable[FlowSummary],
        ledger: Iterable[LedgerEntry],
        suspects: Iterable[Suspect] = (),
    ) -> None:
        """Take findings; they are written in batches. Of a flow the last summary holds."""
        self._records += records
        self._ledger += ledger
        self._suspects += suspects
        self._flows.update((flow.exchange, flow) for flow in flows)
        if len(self._records) + len(self._flows) + len(self._ledger) + len(self._suspects) >= BATCH:
            self._write()

    def finish(self, ended: float) -> None:
        """Everything was read: declare the analysis finished."""
        self._write()
        self.close()
        self._store.finish_run(self._run)
        if ended:
            self._store.update_capture(self.capture, {"ended": ended})

    def close(self) -> None:
        """Let go of the journal."""
        if self._journal is not None:
            self._journal.close()

    def _write(self) -> None:
        flows = list(self._flows.values())
        self._store.write(Batch(self.capture, self._run, self._records, flows, self._ledger, suspects=self._suspects))
        self._records, self._ledger, self._flows, self._suspects = [], [], {}, []


class LeakingFlows:
    """A journal that holds only the flows that leak; events wait in memory until that is known.

    A flow whose events would make more wait than `MAX_WAITING` is journalled whether it leaks or not: too much is kept
    rather than too little. Flows that an earlier scan journalled are not journalled twice.
    """

    def __init__(self, path: Path, started: Event, *, fresh: bool) -> None:
        if fresh and path.exists():
            path.unlink()  # an earlier scan of the same bytes broke off: its journal may hold half a flow
        known = path.exists()
        self._there = {event.exchange for _, _, event in read_journal(path) if event.exchange} if known else set()
        self._writer = JournalWriter(path)
        self._waiting: OrderedDict[str, list[Event]] = OrderedDict()
        self._weights: dict[str, int] = {}
        self._kept: set[str] = set()
        self._ended = ""
        if not known:
            self._writer.append(started)

    def always(self, events: Iterable[Event]) -> None:
        """Journal events that belong to no flow."""
        if not self._there:
            for event in events:
                self._writer.append(event)

    def seen(self, event: Event, leaking: Iterable[str]) -> None:
        """Take an event; `leaking` names exchanges of which a leak became known."""
        name = event.exchange
        if self._ended and name != self._ended:
            self._forget(self._ended)
            self._ended = ""
        if name and name not in self._there:
            if name in self._kept:
                self._writer.append(event)
            else:
                self._waiting.setdefault(name, []).append(event)
                self._weights[name] = self._weights.get(name, 0) + weight(event)
        for exchange in leaking:
            self._keep(exchange)
        if isinstance(event, DnsMessage) and event.answers and name in self._waiting:
            self._keep(name)  # a later analysis needs the other names of hosts
        if ends(event):
            self._ended = name
        if sum(self._weights.values()) > MAX_WAITING:
            self._keep(next(iter(self._waiting)))

    def close(self) -> None:
        """Let go of the journal; what still waits did not leak."""
        self._writer.close()

    def _keep(self, exchange: str) -> None:
        self._kept.add(exchange)
        for event in self._forget(exchange):
            self._writer.append(event)

    def _forget(self, exchange: str) -> list[Event]:
        self._weights.pop(exchange, None)
        return self._waiting.pop(exchange, [])


def _copy_private(source: Path, target: Path) -> None:
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(source.read_bytes())
    except OSError as error:
        raise StoreError(f"{target}: the profile cannot be copied: {error.strerror}") from error
