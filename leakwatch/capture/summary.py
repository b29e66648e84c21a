"""What a capture amounts to: the verdict, the worst leaks, who got what, and what could not be seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leakwatch.capture.analysing import JOURNALS
from leakwatch.capture.wording import chain_words, clean, recipient
from leakwatch.journal import journal_digest
from leakwatch.store import Store, queries

WITHOUT_CONSENT = ("before_consent", "refused", "withdrawn")
"""Phases in which nothing may be collected on the ground of consent."""
_PARTY_RANK = {"third": 0, "unknown": 1, "same-company": 2, "first": 3, "infrastructure": 4}
_MAX_GROUPS = 20_000
_PROVED = ("certain", "strong")


@dataclass(slots=True)
class Finding:
    """Leaks of one identifier, encoded one way, to one recipient in one phase; times are Unix seconds."""

    leak: str
    identifier: str
    kind: str
    phase: str
    chain: str
    recipient: str
    party: str
    first: float
    without_consent: bool = False
    """Sent in such a phase, and not so near its boundary that it proves nothing."""
    count: int = 0

    @property
    def rank(self) -> tuple[bool, int, float]:
        """Worst first: without consent, then third parties, then the earliest."""
        return (not self.without_consent, _PARTY_RANK.get(self.party, 1), self.first)


@dataclass(slots=True)
class Recipient:
    """One receiver with every identifier that it got; `without_consent` counts leaks, not identifiers."""

    name: str
    party: str
    identifiers: list[str] = field(default_factory=list)
    leaks: int = 0
    without_consent: int = 0


@dataclass(slots=True)
class Blind:
    """One kind of what could not be seen (a row of `LEDGER_KINDS`), summed over the capture."""

    kind: str
    count: int = 0
    bytes: int = 0
    hosts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Summary:
    """Everything that the end of a capture prints; `bytes` are those that reached the proxy, `unread` among them."""

    capture: str
    app: str = ""
    app_version: str = ""
    device: str = ""
    mode: str = ""
    started: float = 0.0
    seconds: float = 0.0
    flows: int = 0
    bytes: int = 0
    unread: int = 0
    identifiers: int = 0
    before: int = 0
    recipients: list[Recipient] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    blind: list[Blind] = field(default_factory=list)
    came_back: int = 0
    """Leaks in responses: the server sent the identifier to the phone, so it knows it."""
    weak: int = 0
    marked: bool = False
    database: str = ""
    journal: str = ""
    digest: str = ""
    complete: bool = True
    """Whether the analysis has reached the journal's end."""

    @property
    def worst(self) -> list[Finding]:
        """The five worst findings."""
        return self.findings[:5]


class Fold:
    """Adds leak records up to a summary's findings and recipients; bounded in memory."""

    def __init__(self) -> None:
        self.findings: dict[tuple[str, ...], Finding] = {}
        self.recipients: dict[str, Recipient] = {}
        self.identifiers: set[str] = set()
        self.before: set[str] = set()
        self.came_back = 0
        self.weak = 0
        self.marked = False

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one leak: verdicts rest on certain and strong leaks that left the phone; others are only counted."""
        if row["confidence"] not in _PROVED:
            self.weak += 1
        elif row["direction"] != "request":
            self.came_back += 1
        else:
            self._add(row)

    def _add(self, row: Mapping[str, Any]) -> None:
        who, name, phase = recipient(row), str(row["identifier"]), str(row["phase"])
        without_consent = phase in WITHOUT_CONSENT and not row["boundary"]
        key = (phase, name, chain_words(row["chain"]), who, str(row["party"]), str(without_consent))
        at = moment(row["time"])
        found = self.findings.get(key)
        if found is None and len(self.findings) < _MAX_GROUPS:
            found = Finding(str(row["leak"]), name, str(row["kind"]), phase, key[2], who, key[4], at, without_consent)
            self.findings[key] = found
        if found is not None:
            found.count += 1
            if at < found.first:
                found.first, found.leak = at, str(row["leak"])
        self.marked = self.marked or phase != "unknown"
        self.identifiers.add(name)
        got = self.recipients.setdefault(who, Recipient(who, key[4]))
        got.leaks += 1
        if name not in got.identifiers:
            got.identifiers.append(name)
        if without_consent:
            self.before.add(name)
            got.without_consent += 1

    def into(self, summary: Summary) -> None:
        """Write what was counted into a summary, worst first."""
        summary.findings = sorted(self.findings.values(), key=lambda f: f.rank)
        summary.recipients = sorted(
            self.recipients.values(), key=lambda r: (_PARTY_RANK.get(r.party, 1), -len(r.identifiers), -r.leaks, r.name)
        )
        summary.identifiers, summary.before = len(self.identifiers), len(self.before)
        summary.came_back, summary.weak, summary.marked = self.came_back, self.weak, self.marked


def fold_ledger(rows: Iterable[Mapping[str, Any]]) -> list[Blind]:
    """Sum ledger rows by kind, the most frequent first; each kind keeps the names of up to 50 hosts."""
    kinds: dict[str, Blind] = {}
    for row in rows:
        blind = kinds.setdefault(str(row["kind"]), Blind(str(row["kind"])))
        blind.count += int(row["count"])
        blind.bytes += int(row["bytes"])
        host = clean(row["host"])
        if host and host not in blind.hosts and len(blind.hosts) < 50:
            blind.hosts.append(host)
    return sorted(kinds.values(), key=lambda b: (-len(b.hosts), -b.count))


def summarise(store: Store, capture: str) -> Summary:
    """Sum up a stored capture; raises QueryError if there is no such capture."""
    seen = queries.coverage(store, capture)
    (row,) = queries.view(store, "v_captures", capture)
    started, ended = moment(row["started"]), moment(row["ended"])
    made = Summary(
        capture,
        app=row["app"],
        app_version=row["app_version"],
        device=row["device"],
        mode=row["mode"],
        started=started,
        seconds=ended - started if started and ended else 0.0,
        flows=seen.flows,
        bytes=seen.reached_bytes,
        unread=seen.reached_bytes - int(seen.reached_bytes * (seen.readable or 0)),
        blind=fold_ledger(seen.ledger),
        database=store.where,
        complete=bool(row["finished"]),
    )
    fold = Fold()
    for record in queries.leaks(store, {"capture": [capture]}):
        fold.add(record)
    fold.into(made)
    journal = next(
        (store.evidence / capture / name for name in JOURNALS if (store.evidence / capture / name).exists()), None
    )
    if journal:
        made.journal, made.digest = str(journal), journal_digest(journal)
    return made


def moment(stamp: object) -> float:
    """Return an ISO 8601 time as Unix seconds; 0 where it is none."""
    try:
        return datetime.fromisoformat(str(stamp)).timestamp()
    except ValueError:
        return 0.0
