"""Scanning one file after another: its events through the analysis, its leaks out, kept where a store is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from leakwatch.analysis import Analysis
from leakwatch.analysis.names import Names
from leakwatch.attribution import Attributor
from leakwatch.detector import Detector
from leakwatch.errors import LeakwatchError, MarkError, ProfileError, SourceError
from leakwatch.identifiers.hook_log import with_hook_log
from leakwatch.identifiers.profile import load_profile
from leakwatch.journal.events import Event, Opening
from leakwatch.journal.marks_file import read_marks
from leakwatch.model import Confidence, DeviceProfile, Findings, LeakRecord
from leakwatch.offline.jobs import CAPTURE_SUFFIXES, Job
from leakwatch.offline.sharing import detecting
from leakwatch.offline.tally import Tally
from leakwatch.sources import Source, open_source
from leakwatch.sources.resolver_log import read_resolver_log

if TYPE_CHECKING:
    from leakwatch.offline.keeping import Keeper
    from leakwatch.store import Store

Report = Callable[[str], None]
"""Takes one line for the person at the terminal."""


class Scanner:
    """Scans jobs one by one; profiles and signatures are read once.

    `failed` counts the files that could not be read; `skipped` those met in a folder that are no captures. Neither
    stops the others. A store that cannot be written does: StoreError.
    """

    def __init__(
        self,
        signatures: Iterable[Path] = (),
        store: Store | None = None,
        *,
        weak: bool = False,
        keys: Iterable[Path] = (),
        report: Report,
        suspects: bool = True,
        hook_log: Path | None = None,
        resolver_log: Path | None = None,
        mmdb: Path | None = None,
    ) -> None:
        self.failed = 0
        self.skipped = 0
        self.tallies: list[Tally] = []
        self._attributor = Attributor.load(tuple(signatures), mmdb=mmdb)
        self._store = store
        self._weak = weak
        self._suspects = suspects
        self._hook_log = hook_log
        self._resolver_log = resolver_log
        self._names = Names.of(read_resolver_log(resolver_log)) if resolver_log else None
        self._keys = tuple(keys)
        self._report = report
        self._profiles: dict[Path, DeviceProfile] = {}

    def scan(self, jobs: Iterable[Job], progress: Callable[[Job, Event | None], None]) -> Iterator[LeakRecord]:
        """Yield the leak records of each job as they become certain; `progress` sees each event, None at the end."""
        for job in jobs:
            try:
                yield from self._one(job, progress)
            except (SourceError, ProfileError, MarkError) as error:
                self._fail(job, error)
            progress(job, None)

    def _fail(self, job: Job, error: LeakwatchError) -> None:
        line = str(error).replace(str(job.path), job.shown)  # what came by stdin lies where nobody put it
        unrecognised = isinstance(error, _NotOpenedError)
        if unrecognised and job.found and not CAPTURE_SUFFIXES & set(job.path.suffixes):
            self.skipped += 1
            self._report(f"skipped {line}")
        else:
            self.failed += 1
            self._report(line)

    def _one(self, job: Job, progress: Callable[[Job, Event | None], None]) -> Iterator[LeakRecord]:
        profile = self._profile_of(job)
        try:
            source = open_source(job.path, self._keys)
        except SourceError as error:
            raise _NotOpenedError(str(error)) from None
        with detecting(profile, job.app, source) as (detector, events):
            yield from self._searched(job, profile, source, detector, events, progress)

    def _searched(
        self,
        job: Job,
        profile: DeviceProfile,
        source: Source,
        detector: Detector,
        events: Iterator[Event],
        progress: Callable[[Job, Event | None], None],
    ) -> Iterator[LeakRecord]:
        first = next(events, None)
        marks = read_marks(job.marks, first.time if first else 0.0) if job.marks else []
        stream = chain([first] if first else [], events)
        keeper = self._keeper(job, profile, source, first.time if first else 0.0)
        attributor = self._attributor.for_app(profile.app(job.app) if job.app else None)
        capture = keeper.capture if keeper else ""
        analysis = Analysis(
            profile, job.app, attributor, capture=capture, source=job.shown, origin=source.sha256, marks=marks,
            detector=detector, names=self._names,
            suspects=self._suspects and keeper is not None,  # only a store keeps suspects
        )  # fmt: skip
        try:
            if keeper and job.device:
                keeper.begin(self._attributor.digest, marks, job.device, self._hook_log, self._resolver_log)
            yield from self._analysed(job, analysis, stream, keeper, progress)
        finally:
            if keeper:
                keeper.close()

    def _analysed(
        self,
        job: Job,
        analysis: Analysis,
        events: Iterable[Event],
        keeper: Keeper | None,
        progress: Callable[[Job, Event | None], None],
    ) -> Iterator[LeakRecord]:
        tally = Tally(job.shown)
        ended = 0.0
        for event in events:
            findings = analysis.feed(event)
            progress(job, event)
            ended = max(ended, event.time)
            tally.flows += isinstance(event, Opening)
            if keeper:
                keeper.seen(event, {record.exchange for record in findings.records})
            if findings:
                yield from self._kept(findings, tally, keeper)
        yield from self._kept(analysis.finish(), tally, keeper)
        if keeper:
            keeper.finish(ended)
        self.tallies.append(tally)

    def _kept(self, findings: Findings, tally: Tally, keeper: Keeper | None) -> Iterator[LeakRecord]:
        tally.add(findings)
        if keeper:
            keeper.add(findings.records, findings.flows, findings.ledger, findings.suspects)
        for record in findings.records:
            if self._weak or record.confidence != Confidence.WEAK:
                yield record

    def _profile_of(self, job: Job) -> DeviceProfile:
        if job.device is None:
            raise SourceError(f"{job.shown}: no device is named for it; give --device or a manifest's column device")
        return self.profile(job.device)

    def profile(self, path: Path) -> DeviceProfile:
        """Return the device profile at `path`, read at most once; raises ProfileError."""
        if path not in self._profiles:
            profile = load_profile(path)
            self._profiles[path] = with_hook_log(profile, self._hook_log) if self._hook_log else profile
        return self._profiles[path]

    def _keeper(self, job: Job, profile: DeviceProfile, source: Source, started: float) -> Keeper | None:
        if self._store is None:
            return None
        from leakwatch.offline.keeping import Keeper  # with it comes SQLAlchemy

        facts = {
            **job.facts,
            "device": profile.label,
            "app": job.app,
            "mode": source.format,
            "started": started or None,
            "profile_digest": profile.digest,
            "source_path": job.name or str(job.path.resolve()),
            "source_size": source.size,
            "source_sha256": source.sha256,
        }
        return Keeper(self._store, profile, job.app, facts)


class _NotOpenedError(SourceError):
    """Raised before anything was read: the file may be no capture at all."""
