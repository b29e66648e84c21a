"""What the detector remembers of one conversation: who, where to, and the bodies and streams still under way."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from leakwatch.detector.conversation import Conversation
from leakwatch.detector.incoming import Incoming
from leakwatch.detector.salted import Ingredients
from leakwatch.journal.events import Event, Opening
from leakwatch.model import Direction

_IP = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f.]{0,15}){2,8}")


@dataclass(frozen=True, slots=True)
class Facts:
    """The fields that every leak of an exchange shares; `url` and `host` are masked."""

    exchange: str
    index: int = -1
    protocol: str = ""
    method: str = ""
    url: str = ""
    host: str = ""
    ip: str = ""
    port: int = 0
    app: str = ""
    app_evidence: str = ""


def facts_of(event: Event, protocol: str, method: str = "", url: str = "", host: str = "") -> Facts:
    """Return the shared fields of a flow from its first event, as far as that tells them."""
    if not isinstance(event, Opening):
        return Facts(event.exchange, protocol=protocol)
    port = event.port or event.server[1]
    return Facts(
        event.exchange, event.index, protocol, method, url, host, _address(event.server[0]), port, event.app,
        event.app_evidence,
    )  # fmt: skip


def _address(server: str) -> str:
    """Return an IP address as it is; of a name, which stands there behind an upstream proxy, nothing."""
    return server if _IP.fullmatch(server) else ""


@dataclass(slots=True)
class Exchange:
    """The state of one conversation."""

    facts: Facts
    incoming: dict[Direction, Incoming] = field(default_factory=dict)
    conversation: dict[Direction, Conversation] = field(default_factory=dict)
    seen: set[tuple[Direction, str, str, tuple[str, ...]]] = field(default_factory=set)
    """Leaks already given: direction, location, identifier, chain."""
    upgraded: bool = False
    """True for conversations that go on after their response: WebSocket, TCP, UDP."""
    answered: bool = False
    ingredients: Ingredients = field(default_factory=Ingredients)
    keys: tuple[str, ...] = ()
    """The request body's top-level names."""
    time: float = 0.0
    """When it was last heard of."""
    stored: Counter[Direction] = field(default_factory=Counter)
    """Bytes of bodies and messages so far of which no ledger entry speaks."""
