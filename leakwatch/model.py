"""The nouns of leakwatch: frozen, slotted dataclasses, standard library only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Direction(StrEnum):
    """Which way a message went, seen from the phone."""

    REQUEST = "request"
    RESPONSE = "response"


class Confidence(StrEnum):
    """How sure a leak is; verdicts use `certain` and `strong` only."""

    CERTAIN = "certain"
    STRONG = "strong"
    WEAK = "weak"


class Party(StrEnum):
    """Who runs the host that received a leak, seen from the app under test."""

    FIRST = "first"
    SAME_COMPANY = "same-company"
    THIRD = "third"
    INFRASTRUCTURE = "infrastructure"
    UNKNOWN = "unknown"


class Boundary(StrEnum):
    """What may not stand directly beside a needle for it to be a match of its own (DESIGN §4).

    `DIGIT`: no decimal digit. `HEX`: no hexadecimal digit. `WORD`: no letter or digit of ASCII. `NONE`: anything may
    (raw bytes and inner pieces of a bigger encoding, whose own length makes chance negligible).
    """

    DIGIT = "digit"
    HEX = "hex"
    WORD = "word"
    BASE64 = "base64"
    NONE = "none"


# -- the device profile ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identifier:
    """One value the device or its user can be recognised by; the value never shows in `repr`."""

    type: str
    name: str
    value: str = field(repr=False)
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Cipher:
    """A cipher key known to the tester: `key` and `iv` are raw bytes, `mode` is empty for stream ciphers."""

    algorithm: str
    mode: str
    key: bytes = field(repr=False)
    iv: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Keys:
    """Secrets known to the tester that apps mix into identifiers (as bytes)."""

    salts: tuple[bytes, ...] = field(default=(), repr=False)
    hmac_keys: tuple[bytes, ...] = field(default=(), repr=False)
    xor_keys: tuple[bytes, ...] = field(default=(), repr=False)
    ciphers: tuple[Cipher, ...] = ()


@dataclass(frozen=True, slots=True)
class App:
    """An app under test: its package (or bundle id), the domains of its own company, and its own identifiers."""

    package: str
    first_party_domains: tuple[str, ...] = ()
    company: str = ""
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class DeviceProfile:
    """The test device: what it can be recognised by, the known keys, the apps tested on it."""

    label: str
    region: str
    identifiers: tuple[Identifier, ...]
    keys: Keys = Keys()
    apps: tuple[App, ...] = ()
    digest: str = ""
    """SHA-256 of the file that it was read from, in hex."""

    def app(self, package: str) -> App:
        """Return the app with this package, or a bare one that knows only its name."""
        return next((a for a in self.apps if a.package == package), App(package))

    def identifiers_for(self, package: str = "") -> tuple[Identifier, ...]:
        """Return the device's identifiers and those that exist only for `package` (or, without one, for any app)."""
        apps = [a for a in self.apps if not package or a.package == package]
        return self.identifiers + tuple(i for a in apps for i in a.identifiers)


# -- from message to leak ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Variant:
    """One byte string to search for: an identifier in one normal form after zero or more one-way transforms.

    `chain` is the needle's own share of a leak's chain, outermost first (`("base64", "md5")`); `form` names what is
    only cosmetic (`upper`, `no separators`). `whole` asks for the whole value of a key that names the type, because
    the needle is too short or too common to mean anything elsewhere (DESIGN §4).
    """

    needle: bytes = field(repr=False)
    identifier: str
    kind: str
    chain: tuple[str, ...] = ()
    form: str = ""
    boundary: Boundary = Boundary.NONE
    whole: bool = False
    alphabet: int = 256
    """How many symbols each byte of the needle is drawn from (10 digits, 16 hex …): the base of `chance`."""


@dataclass(frozen=True, slots=True)
class Part:
    """A named place in a message.

    `location` is DESIGN §4's word (`query:idfa`, `header:X-Did`, `body`). `offset` and `length` say where the part's
    raw bytes lie in the stored message (head and body as `journal.message_bytes` lays them out); `data` may already be
    without its transfer form, as a percent-decoded query value is, and then `chain` says so. `media_type` is the
    declared type in lower case without parameters, `encodings` the declared content codings, outermost last.
    """

    location: str
    data: bytes = field(repr=False)
    offset: int = 0
    length: int = 0
    chain: tuple[str, ...] = ()
    media_type: str = ""
    encodings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a part after zero or more decodings: scanned at every depth.

    `path` goes on from the part's location (`json:$.a[0].b`, joined by dots); `key` is the innermost name it stands
    under (a JSON member, a form field), empty where there is none. `whole` is true where `data` is one whole value of
    a container, not a run of text. `offset` and `length` are of the smallest known run of the stored message's bytes
    that holds it; `exact` is true where `data` is that run byte for byte, so that a match's own offset can be given.
    """

    part: Part
    data: bytes = field(repr=False)
    chain: tuple[str, ...] = ()
    path: str = ""
    key: str = ""
    depth: int = 0
    whole: bool = False
    offset: int = 0
    length: int = 0
    exact: bool = False
    parent: Segment | None = field(default=None, repr=False)
    """The segment it was decoded from; None for the part itself."""
    start: int = 0
    """Where in the parent's data the run begins that it was decoded from."""
    extent: int = -1
    """How long that run is; -1: not known, take the whole parent."""

    @property
    def location(self) -> str:
        """The part's location with the segment's path."""
        return f"{self.part.location}.{self.path}" if self.path else self.part.location


@dataclass(frozen=True, slots=True)
class Match:
    """A variant found in some bytes, from `start` up to but not including `end`."""

    variant: Variant
    start: int
    end: int


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
    """What the store keeps of every flow, leaking or not; `url` is masked, `sent`/`received` count body bytes."""

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
class Findings:
    """What the analysis of one or more events yielded; every tuple may be empty."""

    records: tuple[LeakRecord, ...] = ()
    flows: tuple[FlowSummary, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.flows or self.ledger)
