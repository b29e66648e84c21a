"""What a capture has seen so far, counted by the follower event by event and shown by the live view."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from leakwatch.journal.events import (
    BodyChunk,
    CaptureEnded,
    Event,
    Mark,
    Opening,
    PassThrough,
    Request,
    Response,
    StreamMessage,
    TlsFailure,
)
from leakwatch.journal.marks import phase_at
from leakwatch.journal.message import request_head, response_head

FILE = "status.json"
_MAX_HOSTS = 200
ONBOARDING = "mitm.it"


@dataclass(slots=True)
class Progress:
    """Counts of one capture; `offset` is how far the journal was read, `sent`/`received` are heads and bodies.

    Host lists are sets in order of arrival and hold at most 200 names: they serve the diagnosis, not the ledger.
    """

    offset: int = 0
    events: int = 0
    flows: int = 0
    sent: int = 0
    received: int = 0
    unread: int = 0
    """Bytes of content that passed through unread (pinned hosts)."""
    first_contact: float = 0.0
    first_decrypted: float = 0.0
    decrypted_hosts: list[str] = field(default_factory=list)
    failed_hosts: list[str] = field(default_factory=list)
    responses: int = 0
    """Responses that came back inside TLS that was opened."""
    ended: bool = False
    phase: str = "unknown"
    phase_since: float = 0.0

    def set_phase(self, marks: Sequence[Mark]) -> None:
        """Take over the phase that the newest mark leaves, and when it began."""
        self.phase, self.phase_since = "unknown", 0.0
        for mark in marks:
            phase = phase_at(marks, mark.time).phase
            if phase != self.phase:
                self.phase, self.phase_since = phase, mark.time

    def observe(self, event: Event) -> None:
        """Count one event of the journal."""
        self.events += 1
        if isinstance(event, Opening):
            self._opening(event)
        elif isinstance(event, TlsFailure | PassThrough):
            self._contact(event.time)
            _remember(self.failed_hosts, event.sni or event.server[0])
            if isinstance(event, PassThrough):
                self.unread += event.sent + event.received if event.content < 0 else event.content
        elif isinstance(event, Response):
            self.received += len(response_head(event)) + len(event.body)
            self.responses += bool(self.decrypted_hosts)
        elif isinstance(event, BodyChunk | StreamMessage):
            if event.direction == "request":
                self.sent += len(event.data)
            else:
                self.received += len(event.data)
        elif isinstance(event, CaptureEnded):
            self.ended = True

    def _opening(self, event: Opening) -> None:
        self._contact(event.time)
        self.flows += 1
        if isinstance(event, Request):
            self.sent += len(request_head(event)) + len(event.body)
        if event.tls and event.host != ONBOARDING:
            self.first_decrypted = self.first_decrypted or event.time
            _remember(self.decrypted_hosts, event.host)

    def _contact(self, time: float) -> None:
        self.first_contact = self.first_contact or time

    @property
    def bytes(self) -> int:
        """All body bytes that reached the proxy, read or not."""
        return self.sent + self.received + self.unread

    def save(self, folder: Path) -> None:
        """Write the counts for other processes to read; replaced whole, so that no reader sees half of it."""
        temporary = folder / f".{FILE}.{os.getpid()}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        temporary.replace(folder / FILE)


def load_progress(folder: Path) -> Progress:
    """Read the counts; none yet, or a damaged file, are counts of nothing."""
    try:
        raw = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Progress(**{f.name: raw[f.name] for f in fields(Progress) if f.name in raw})
    except (OSError, ValueError, TypeError):
        return Progress()


def under(host: str, domains: Iterable[str]) -> bool:
    """Tell whether a host is one of the domains or below one."""
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def _remember(hosts: list[str], host: str) -> None:
    if host and host not in hosts and len(hosts) < _MAX_HOSTS:
        hosts.append(host)
