"""What the scan of one file amounts to, in one honest line: leaks, flows, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from leakwatch.model import Confidence, Direction, Findings, LeakRecord, LedgerEntry

BLIND = {
    "truncated": ("message cut short", "messages cut short"),
    "unreadable": ("unreadable entry", "unreadable entries"),
    "tls_closed": ("TLS connection without its keys", "TLS connections without their keys"),
    "opaque": ("body encrypted inside", "bodies encrypted inside"),
    "undecodable": ("body that is not what it announces", "bodies that are not what they announce"),
    "over_budget": ("body over a limit", "bodies over a limit"),
    "not_kept": ("body that the file does not hold", "bodies that the file does not hold"),
    "pinned": ("connection refused by the client", "connections refused by the client"),
    "passed_through": ("connection passed on unread", "connections passed on unread"),
    "quic": ("QUIC conversation", "QUIC conversations"),
    "not_tls": ("conversation in an unknown protocol", "conversations in an unknown protocol"),
    "bypassed": ("conversation that went past the proxy", "conversations that went past the proxy"),
}
"""Kinds of ledger entry that mean that something in the file was not searched, the gravest first, in words."""
FOLDED = ("source", "phase", "identifier", "chain", "location", "host", "party", "sdk", "confidence", "direction")


@dataclass(slots=True)
class Tally:
    """Counts over one file; `weak` counts the leaks not certain enough for a verdict, `returned` those in responses."""

    source: str
    flows: int = 0
    leaks: int = 0
    weak: int = 0
    returned: int = 0
    identifiers: set[str] = field(default_factory=set)
    recipients: set[str] = field(default_factory=set)
    blind: dict[str, int] = field(default_factory=dict)
    torn: str = ""
    suspects: set[tuple[str, bytes]] = field(default_factory=set, repr=False)
    """Different values that look like identifiers of nobody's profile."""

    def add(self, findings: Findings) -> None:
        """Count what some events yielded; flows are counted by who reads the events."""
        self._count_leaks(findings.records)
        self._count_ledger(findings.ledger)
        self.suspects |= {(suspect.kind, suspect.raw) for suspect in findings.suspects}

    def _count_leaks(self, records: Iterable[LeakRecord]) -> None:
        for record in records:
            if record.confidence == Confidence.WEAK:
                self.weak += 1
                continue
            if record.direction == Direction.RESPONSE:
                self.returned += 1
                continue
            self.leaks += 1
            self.identifiers.add(record.identifier)
            self.recipients.add(record.company or record.host)

    def _count_ledger(self, entries: Iterable[LedgerEntry]) -> None:
        for entry in entries:
            if entry.kind in BLIND:
                self.blind[entry.kind] = self.blind.get(entry.kind, 0) + entry.count
            if entry.kind == "truncated" and not entry.exchange:
                self.torn = entry.detail

    def sentence(self) -> str:
        """Return the line that stands below a table of leaks."""
        return " ".join(text for text in (f"{self.source}:", self._found(), self._unread(), self._suspected()) if text)

    def _found(self) -> str:
        flows = _count(self.flows, "flow")
        if self.leaks:
            what = f"{_count(len(self.identifiers), 'identifier')} to {_count(len(self.recipients), 'recipient')}"
            found = f"{_count(self.leaks, 'leak')} ({what}) in {flows} read"
        else:
            found = f"no leak seen in {flows} read"
        besides = f"{self.returned} came back in responses" if self.returned else ""
        weak = f"{self.weak} weak besides" if self.weak else ""
        return f"{', '.join(text for text in (found, besides, weak) if text)}."

    def _suspected(self) -> str:
        if not self.suspects:
            return ""
        values = "value looks like an identifier" if len(self.suspects) == 1 else "values look like identifiers"
        return f"{len(self.suspects)} {values} that the profile does not have (with --db: leakwatch suspects)."

    def _unread(self) -> str:
        parts = []
        for kind, words in BLIND.items():
            count = self.blind.get(kind, 0)
            if kind == "truncated" and self.torn:
                parts.append(f"cut short {self.torn}")
            elif count:
                parts.append(f"{count} {words[count != 1]}")
        return f"Could not be read: {'; '.join(parts)}." if parts else "Everything in it could be read."


def folded(records: Iterable[LeakRecord]) -> list[dict[str, Any]]:
    """Return one row for all records that differ in nothing a table shows but time, with their `count`, first first."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in records:
        key = tuple(getattr(record, name) for name in FOLDED)
        row = rows.setdefault(key, {**record.as_dict(), "count": 0})
        row["count"] += 1
        row["time"] = min(row["time"], record.time)
    return list(rows.values())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
