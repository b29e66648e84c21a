"""The analysis itself: feeds the detector, keeps flows and marks, and stamps each leak with recipient and phase."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from leakwatch.analysis.coverage import Coverage
from leakwatch.analysis.flows import OPENINGS, Flow, count, open_flow
from leakwatch.analysis.names import Names
from leakwatch.analysis.records import record_of
from leakwatch.analysis.suspects import Suspects
from leakwatch.detector import Detector
from leakwatch.journal.events import (
    BodyEnd,
    DnsMessage,
    Event,
    Mark,
    MarkCorrected,
    Opening,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
)
from leakwatch.journal.marks import apply_corrections, phase_at
from leakwatch.journal.reframing import Reframing
from leakwatch.model import Attribution, DeviceProfile, Findings, FlowSummary, Leak, LeakRecord, LedgerEntry, Suspect

_FLOWS = 50_000


class Attributes(Protocol):
    """What the analysis asks of an attributor; `leakwatch.attribution.Attributor` is one."""

    def attribute(
        self,
        host: str,
        target: str = "",
        headers: Sequence[tuple[bytes, bytes]] = (),
        ip: str = "",
        method: str = "",
        *,
        body_keys: Collection[str] = (),
        cname: Sequence[str] = (),
        certificates: Sequence[str] = (),
        resolved: Sequence[str] = (),
    ) -> Attribution:
        """Say who received a request."""


class Analysis:
    """Events of one capture or file in, findings out; the same for a journal that grows and for a file.

    `attributor` None leaves every party unknown. `capture` and `source` are written into the records; leak ids are
    derived from `origin` (the source's SHA-256 or the capture; by default `source`, else `capture`). `marks` are those
    known beforehand: an analysis of a whole file should give them all, because a consent mark rules the seconds before
    it too; those that come as events are added. With `suspects` false nothing that merely looks like an identifier is
    told. `names` are DNS answers known from elsewhere (a resolver's log); those that come as events are added.
    """

    def __init__(
        self,
        profile: DeviceProfile,
        package: str = "",
        attributor: Attributes | None = None,
        *,
        capture: str = "",
        source: str = "",
        origin: str = "",
        detector: Detector | None = None,
        marks: Iterable[Mark] = (),
        suspects: bool = True,
        names: Names | None = None,
    ) -> None:
        self._detector = detector or Detector(profile, package)
        self._package = package
        self._attributor = attributor
        self._capture, self._source = capture, source
        self._origin = origin or source or capture
        self._coverage = Coverage()
        self._names = Names(names)
        self._reframing = Reframing()
        self._suspects = Suspects(profile, package, self._is_known) if suspects else None
        self._flows: OrderedDict[str, Flow] = OrderedDict()
        self._mark_events: list[Event] = list(marks)
        self._marks = apply_corrections(self._mark_events)

    @property
    def open_exchanges(self) -> frozenset[str]:
        """The exchanges that a later event may add to: what a restarted reader must see again from their start."""
        return self._detector.open_exchanges

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks so far, as corrected, by time."""
        return tuple(self._marks)

    def feed(self, event: Event) -> Findings:
        """Take the next event and return what it makes known."""
        if isinstance(event, Mark | MarkCorrected):
            self._mark(event)
            return Findings()
        return _joined([self._take(each) for each in self._reframing.feed(event)])

    def _take(self, event: Event) -> Findings:
        leaks = self._detector.feed(event)
        if isinstance(event, DnsMessage):
            self._names.learn(event)
        flows = self._flow(event)
        known = self._flows.get(event.exchange)
        entries = self._coverage.of(event, known.summary.host if known else "")
        ledger = [self._masked(entry) for entry in entries]
        findings = self._findings(leaks, flows, ledger, self._suspected(event, known))
        if known and not self._detector.is_open(event.exchange):
            del self._flows[event.exchange]
        return findings

    def _masked(self, entry: LedgerEntry) -> LedgerEntry:
        """The entry without identifiers: a name in TLS's hand-shake or on a certificate may hold one."""
        host, detail = self._detector.masked(entry.host), self._detector.masked(entry.detail)
        return entry if (host, detail) == (entry.host, entry.detail) else replace(entry, host=host, detail=detail)

    def remember(self, event: Event) -> None:
        """Take note of an event that an earlier run has analysed: marks, clients, and handshakes that failed."""
        if isinstance(event, Mark | MarkCorrected):
            self._mark(event)
        elif isinstance(event, DnsMessage):
            self._names.learn(event)
        for _ in self._coverage.of(event, ""):
            pass

    def finish(self) -> Findings:
        """Return what the end of the events makes known: bodies and streams that never ended."""
        held = [self._take(event) for event in self._reframing.finish()]
        findings = self._findings(self._detector.finish(), [], [])
        self._flows.clear()
        return _joined([*held, findings])

    def _mark(self, event: Mark | MarkCorrected) -> None:
        if isinstance(event, MarkCorrected) or all(known.id != event.id for known in self._marks):
            self._mark_events.append(event)
            self._marks = apply_corrections(self._mark_events)

    def _suspected(self, event: Event, flow: Flow | None) -> list[Suspect]:
        if self._suspects is None or flow is None or not isinstance(event, Request | StreamMessage):
            return []
        masked = self._detector.masked  # the name under which a suspect stands may be an identifier of the profile's
        found = self._suspects.of(event, flow.summary.host)
        return [replace(one, location=masked(one.location), key=masked(one.key)) for one in found]

    def _is_known(self, text: str) -> bool:
        return self._detector.masked(text) != text

    def _findings(
        self,
        leaks: list[Leak],
        flows: list[FlowSummary],
        ledger: list[LedgerEntry],
        suspects: Iterable[Suspect] = (),
    ) -> Findings:
        records = tuple(self._record(leak) for leak in leaks)
        return Findings(records, tuple(flows), (*ledger, *self._detector.drain_ledger()), tuple(suspects))

    def _record(self, leak: Leak) -> LeakRecord:
        flow = self._flows.get(leak.exchange)
        attribution = flow.summary.attribution if flow else Attribution()
        app, evidence = leak.app, leak.app_evidence
        if flow:
            app, evidence = flow.summary.app, flow.summary.app_evidence
        return record_of(
            replace(leak, app=app, app_evidence=evidence),
            attribution,
            phase_at(self._marks, leak.time),
            capture=self._capture,
            source=self._source,
            origin=self._origin,
        )

    # -- flows ---------------------------------------------------------------------------------------------------------

    def _flow(self, event: Event) -> list[FlowSummary]:
        """Keep the flow's summary; return it where it is new or complete enough to be told again."""
        flow = self._flows.get(event.exchange)
        if isinstance(event, OPENINGS):
            flow = self._open(event)
        elif flow is None:
            return []
        else:
            count(flow, event)
            if not isinstance(event, Response | BodyEnd | StreamClosed):
                return []
        self._attribute(flow)
        return [flow.summary]

    def _open(self, event: Opening) -> Flow:
        detector = self._detector
        flow = open_flow(event, detector.url_of(event.exchange), detector.host_of(event.exchange))
        if not flow.summary.host:
            flow.summary = replace(flow.summary, host=detector.masked(flow.host))
        if sni := flow.summary.sni:
            named = flow.summary.host if sni == flow.host else detector.masked(sni)
            flow.summary = replace(flow.summary, sni=named)
        if self._coverage.is_other_client(event):
            flow.summary = replace(flow.summary, app="", app_evidence="")
        elif not event.app and self._package:
            flow.summary = replace(flow.summary, app=self._package, app_evidence="assumed")
        self._flows[event.exchange] = flow
        if len(self._flows) > _FLOWS:
            self._flows.popitem(last=False)
        return flow

    def _attribute(self, flow: Flow) -> None:
        """Ask who received the flow: at its opening, and again once the body's keys are known."""
        keys = self._detector.body_keys(flow.summary.exchange) or flow.keys
        if self._attributor is None or (flow.summary.attribution != Attribution() and keys == flow.keys):
            return
        flow.keys = keys
        summary = flow.summary
        attribution = self._attributor.attribute(
            flow.host, flow.target, flow.headers, summary.ip, summary.method, body_keys=keys,
            cname=self._names.aliases(flow.host, summary.time), certificates=flow.certificates,
            resolved=self._names.resolved(flow.host, summary.time),
        )  # fmt: skip
        # The reason quotes the host, which may hold an identifier.
        told = attribution.reason.replace(flow.host, summary.host) if flow.host else attribution.reason
        reason = self._detector.masked(told)
        flow.summary = replace(summary, attribution=replace(attribution, reason=reason))


def _joined(several: list[Findings]) -> Findings:
    """All findings as one; nearly always there is one."""
    if len(several) == 1:
        return several[0]
    names = Findings.__dataclass_fields__
    return Findings(**{name: tuple(found for each in several for found in getattr(each, name)) for name in names})
