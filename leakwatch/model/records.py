"""What the analysis yields: leaks, attributions, flows, ledger entries, and the leak record of every format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from leakwatch.model.words import Confidence, Direction, Party


@dataclass(frozen=True, slots=True)
class Leak:
    """A match judged real, with everything that the bytes alone can tell; attribution and phase come later."""

    exchange: str
    index: int
    time: float
    direction: Direction
    protocol: str
    method: str
    url: str
    host: str
    ip: str
    port: int
    location: str
    identifier: str
    kind: str
    chain: tuple[str, ...]
    form: str
    offset: int
    length: int
    value: str
    """Masked, always."""
    confidence: Confidence
    chance: float
    reason: str
    """Why the confidence is what it is, in words."""
    app: str = ""
    app_evidence: str = ""


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who received something, by which rule, in words."""

    party: Party = Party.UNKNOWN
    sdk: str = ""
    """The signature's stable id."""
    sdk_name: str = ""
    company: str = ""
    parent: str = ""
    country: str = ""
    category: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Something that could not be seen, or was not kept: the other half of every verdict (coverage ledger)."""

    time: float
    kind: str
    """One of `LEDGER_KINDS`."""
    host: str = ""
    exchange: str = ""
    direction: str = ""
    count: int = 1
    bytes: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """What the store keeps of every flow, leaking or not; `url` is masked, `sent`/`received` count heads and bodies."""

    exchange: str
    index: int
    time: float
    protocol: str
    method: str
    url: str
    host: str
    ip: str = ""
    port: int = 0
    sni: str = ""
    status: int = 0
    sent: int = 0
    received: int = 0
    tls: bool = False
    app: str = ""
    app_evidence: str = ""
    attribution: Attribution = Attribution()
    client: str = ""
    """The client's address, as it reached the proxy."""


LEDGER_KINDS = {
    "pinned": "the client refused our certificate",
    "passed_through": "bytes passed on unread after the client refused our certificate",
    "quic": "QUIC, blocked or passed",
    "bypassed": "went past the proxy",
    "not_tls": "neither TLS nor a known protocol",
    "opaque": "encrypted inside: high entropy that no decoder opened",
    "over_budget": "a limit on depth, bytes, ratio or time was reached",
    "truncated": "cut short: a torn file, a capture's end, or an upload aborted",
    "undecodable": "announced an encoding or a format that its bytes do not have",
    "not_kept": "not stored, by policy (media, bytes over a cap)",
    "second_client": "another client address used the proxy",
    "unreadable": "an entry of the source that cannot be read",
    "plaintext": "sent without TLS",
    "tls_closed": "TLS whose keys are not at hand",
}
"""Every kind of ledger entry and what it means; the one list."""


@dataclass(frozen=True, slots=True)
class LeakRecord:
    """The leak record of DESIGN §4: one flat row, the same names in JSON lines, views, exports and the web API."""

    leak: str
    capture: str
    exchange: str
    source: str
    index: int
    time: str
    phase: str
    consent: str
    boundary: bool
    app: str
    app_evidence: str
    direction: str
    protocol: str
    method: str
    url: str
    host: str
    ip: str
    port: int
    location: str
    identifier: str
    kind: str
    chain: tuple[str, ...]
    form: str
    offset: int
    length: int
    value: str
    confidence: str
    chance: float
    party: str
    sdk: str
    sdk_name: str
    company: str
    parent: str
    country: str
    category: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Return the record as a plain dict in the contract's order, `chain` as a list."""
        row: dict[str, Any] = {name: getattr(self, name) for name in RECORD_FIELDS}
        row["chain"] = list(self.chain)
        return row


RECORD_FIELDS: tuple[str, ...] = tuple(LeakRecord.__dataclass_fields__)
"""The leak record's field names in their order: the one list that every format, filter and view uses."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A value that looks like an identifier and is none of the profile's: a hint for a person, never a leak."""

    exchange: str
    time: float
    host: str
    direction: Direction
    location: str
    key: str
    kind: str
    value: str
    """Masked, always."""
    reason: str
    raw: bytes = field(default=b"", repr=False)
    """The value itself, of which the store keeps an HMAC only."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the analysis of one or more events yielded; every tuple may be empty."""

    records: tuple[LeakRecord, ...] = ()
    flows: tuple[FlowSummary, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    suspects: tuple[Suspect, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.flows or self.ledger or self.suspects)
