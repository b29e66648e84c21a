"""The message that holds a leak, read back from the capture's journal, with the runs that must not be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leakwatch.errors import JournalError, ProfileError
from leakwatch.identifiers.hook_log import with_hooks_in
from leakwatch.identifiers.masking import CREDENTIAL, TYPED, TYPED_WHOLE
from leakwatch.identifiers.profile import load_profile
from leakwatch.identifiers.variants import expand
from leakwatch.journal import read_journal
from leakwatch.journal.events import BodyChunk, DnsMessage, Event, Request, Response, StreamMessage, StreamOpened
from leakwatch.journal.framing import MAGIC
from leakwatch.journal.message import request_head, response_head
from leakwatch.journal.reframing import reframed
from leakwatch.matching import Matcher
from leakwatch.model import DeviceProfile, Direction
from leakwatch.parts import FIELDS, dns_parts, opening_parts, request_parts
from leakwatch.store.database import Store

MAX_BYTES = 64 << 20
"""A longer message is shown up to here."""

_PLACE = re.compile(r"\w+\[(\d+)\]")
_CREDENTIALS = re.compile(
    rb"(?im)^(?:(?:proxy-)?authorization|x-[\w-]*(?:token|auth|key|secret|session)[\w-]*):"
    rb"[ \t]*(?:(?:basic|bearer|digest)[ \t]+)?([^\r\n]+)"
)
_COOKIES = re.compile(rb"(?im)^(?:set-)?cookie:[ \t]*([^\r\n]+)")
_COOKIE_VALUE = re.compile(rb"=[ \t]*\"?([^;\"]+)")
_TYPED = re.compile(
    rb"(?i)(?:" + TYPED.encode() + rb"|" + TYPED_WHOLE.encode() + rb")"
    rb"[\"']?[ \t]{0,4}(?:=|:|%3d)[ \t]{0,4}(?:\"((?:[^\"\\]|\\.)+)|([^\"'&;,\s{}\[\]<>]+))"
)

Span = tuple[int, int]
STARS = CREDENTIAL
"""What is shown of a credential."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """One direction's bytes as offsets count them, the leak's run, and the runs to mask; no value in `repr`."""

    data: bytes = field(repr=False)
    leak: Span
    hidden: tuple[Span, ...]
    """Identifiers, the leak's own among them: masked, ends shown."""
    secret: tuple[Span, ...] = ()
    """Credentials: nothing of them is shown."""
    part: str = ""
    """Where within the flow: `request`, `response`, `ws[3]` …"""
    event: Event | None = field(default=None, repr=False)
    """The event that the message began with."""


def stored_message(
    store: Store, leak: Mapping[str, Any], others: Iterable[Mapping[str, Any]], key: bytes | None = None
) -> StoredMessage | None:
    """Read the message of `leak` back; None where no journal of its capture holds it (any more).

    `others` are the leaks of the same flow, which are masked too; so is every identifier of the profile copied beside
    the journal, and whatever looks like a credential. `key` opens an encrypted journal. Raises JournalError where a
    journal cannot be read.
    """
    found = read_message(store, leak, key)
    if found is None:
        return None
    spans = [*_known(found.data, leak, others), *_identifiers(store, leak, found.data)]
    return replace(found, hidden=tuple(merged(spans)), secret=_secrets(found.data, found.event))


def read_message(store: Store, leak: Mapping[str, Any], key: bytes | None = None) -> StoredMessage | None:
    """Read the message of `leak` back as `stored_message` does, with nothing marked as hidden or secret in it."""
    for journal in journals(store, leak["capture"]):
        first, data = _assemble((event for _, _, event in read_journal(journal, 0, key)), leak)
        part = _part(leak)
        if (name := _bare_name(leak, first)) is not None:
            data, part = name, _root(leak)
        if data:
            begin = min(max(int(leak["offset"]), 0), len(data))
            run = (begin, min(begin + max(int(leak["length"]), 0), len(data)))
            return StoredMessage(data, run, (), (), part, first)
    return None


def journals(store: Store, capture: str) -> list[Path]:
    """The journals in a capture's folder, told by their first bytes, in order of their names."""
    folder = store.folder_of(capture)
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        try:
            with path.open("rb") as file:
                if file.read(len(MAGIC)) == MAGIC:
                    found.append(path)
        except OSError as error:
            if not path.is_dir():
                raise JournalError(f"{path}: the journal cannot be read: {error.strerror}") from None
    return found


def stored_profile(store: Store, capture: str) -> DeviceProfile | None:
    """The copy of the device profile in the capture's folder; None if there is none that can be read."""
    folder = store.folder_of(capture)
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            return with_hooks_in(load_profile(path), folder)
        except ProfileError:
            continue
    return None


# -- the bytes ---------------------------------------------------------------------------------------------------------


def _assemble(events: Iterator[Event], leak: Mapping[str, Any]) -> tuple[Event | None, bytes]:
    first: Event | None = None
    data = bytearray()
    for event in reframed(event for event in events if event.exchange == leak["exchange"]):
        piece = _bytes_of(event, leak)
        if isinstance(event, Request | Response) and piece:
            data.clear()
            first = None
        first = first or (event if piece else None)
        data += piece[: MAX_BYTES - len(data)]
        if piece and isinstance(event, StreamMessage | DnsMessage | StreamOpened):
            break
    return first, bytes(data)


def _bytes_of(event: Event, leak: Mapping[str, Any]) -> bytes:
    """What an event adds to the leak's message; nothing where it belongs to another one of the flow."""
    place = _PLACE.match(leak["location"])
    if isinstance(event, StreamMessage):
        return event.data if place and int(place[1]) == event.index else b""
    if isinstance(event, DnsMessage):
        return b"\n".join(part.data for part in dns_parts(event)) if _root(leak) == "dns" else b""
    if isinstance(event, StreamOpened):
        return b"".join(part.data for part in opening_parts(event) if part.location == _root(leak))
    if place:
        return b""
    direction = leak["direction"]
    if isinstance(event, Request) and direction == Direction.REQUEST:
        return request_head(event) + event.body
    if isinstance(event, Response) and direction == Direction.RESPONSE:
        return response_head(event) + event.body
    return event.data if isinstance(event, BodyChunk) and event.direction == direction else b""


def _bare_name(leak: Mapping[str, Any], event: Event | None) -> bytes | None:
    """A host or SNI that no header names (as in most HARs, and in streams): its offset counts in it alone."""
    if _root(leak) not in ("host", "sni"):
        return None
    named = request_parts(event, b"") if isinstance(event, Request) else ()
    parts = opening_parts(event) if isinstance(event, StreamOpened) else named
    return next((part.data for part in parts if part.location == _root(leak) and not part.length), None)


def _root(leak: Mapping[str, Any]) -> str:
    return str(leak["location"]).partition(".")[0]


def _part(leak: Mapping[str, Any]) -> str:
    place = _PLACE.match(leak["location"])
    return place[0] if place else str(leak["direction"])


# -- what must not be shown --------------------------------------------------------------------------------------------


def _known(data: bytes, leak: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> Iterator[Span]:
    for other in (leak, *others):
        if other["direction"] == leak["direction"] and _part(other) == _part(leak) and other["length"] > 0:
            yield other["offset"], min(other["offset"] + other["length"], len(data))


def _identifiers(store: Store, leak: Mapping[str, Any], data: bytes) -> Iterator[Span]:
    profile = stored_profile(store, leak["capture"])
    if profile is not None:
        for match in Matcher(expand(profile, leak["app"]), prefilter=False).search(data):
            yield match.start, match.end


def _secrets(data: bytes, event: Event | None) -> tuple[Span, ...]:
    spans = list(credentials(data))
    cut = FIELDS.get(event.protocol) if isinstance(event, StreamMessage) else None
    if cut is not None:
        spans += [(field.start, field.end) for field in cut(data) if field.name in ("password", "auth_data")]
    return tuple(merged(spans))


def credentials(data: bytes) -> Iterator[Span]:
    """Runs that look like what a tester typed or a server gave: authorization, cookies, passwords, codes, tokens."""
    for found in (*_CREDENTIALS.finditer(data), *_TYPED.finditer(data)):
        yield found.span(found.lastindex or 0)
    for line in _COOKIES.finditer(data):
        for value in _COOKIE_VALUE.finditer(data, *line.span(1)):
            yield value.span(1)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, those that overlap as one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start < result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif start < end:
            result.append((start, end))
    return result
