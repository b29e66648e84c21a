"""The event types that every source yields and the journal stores: what happened on the wire, nothing derived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakwatch.model import Direction

Headers = tuple[tuple[bytes, bytes], ...]
"""Header fields in wire order, names in their original case, values as raw bytes."""

Address = tuple[str, int]
"""An IP address (or host) and a port."""

NOWHERE: Address = ("", 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at `time` (Unix seconds, UTC), within the flow `exchange` where it belongs to one."""

    time: float
    exchange: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStarted(Event):
    """The first record of a live journal: the facts of the capture (`capture`, `app`, `device`, `mode` …)."""

    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureEnded(Event):
    """The proxy ended in good order; a journal without it was cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Event):
    """What the first event of every flow tells: who, to whom, and which place it has in the file (`index` from 0).

    `host` is the name asked for (Host header, SNI, HAR url), `server` the address connected to. `app` and
    `app_evidence` are set only by sources that know which app sent it (`proven`). `certificates` are the names in the
    certificate that the server showed, where the source saw it.
    """

    index: int = -1
    host: str = ""
    port: int = 0
    client: Address = NOWHERE
    server: Address = NOWHERE
    sni: str = ""
    tls: bool = False
    app: str = ""
    app_evidence: str = ""
    certificates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Opening):
    """An HTTP request. With `complete` false the body follows as `BodyChunk`s up to a `BodyEnd`.

    `target` is the path with its query as it stood on the wire (for HTTP/2 the `:path`). `body` is the stored message's
    body: still content-coded, no longer chunked. `protocol` is `http/1.0`, `http/1.1`, `http/2` or `http/3`.
    """

    method: str = "GET"
    scheme: str = "https"
    target: bytes = b"/"
    protocol: str = "http/1.1"
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    trailers: Headers = ()
    complete: bool = True

    @property
    def url(self) -> str:
        """The absolute URL, with undecodable bytes escaped."""
        default = {"http": 80, "https": 443, "ws": 80, "wss": 443}.get(self.scheme)
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port and self.port != default else ""
        return f"{self.scheme}://{host}{port}{self.target.decode('utf-8', 'backslashreplace')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(Event):
    """The HTTP response of the same exchange; `body` and `complete` as in `Request`. `status` 0: none arrived."""

    status: int
    reason: str = ""
    protocol: str = "http/1.1"
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    trailers: Headers = ()
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyChunk(Event):
    """The next bytes of a body whose head said `complete=False`."""

    direction: Direction
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyEnd(Event):
    """The end of a body that came in chunks."""

    direction: Direction
    trailers: Headers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamOpened(Opening):
    """A conversation that is not HTTP began; `protocol` is `tcp`, `udp`, `mqtt` … (a WebSocket: its Request)."""

    protocol: str = "tcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamMessage(Event):
    """One message of a WebSocket, or the next bytes of a TCP or UDP conversation.

    `protocol` is `websocket`, `tcp`, `udp`, `mqtt`…; `index` counts the messages of the flow from 0, both directions.
    """

    protocol: str
    direction: Direction
    index: int
    data: bytes = field(repr=False)
    text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamClosed(Event):
    """A WebSocket, TCP or UDP conversation ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsMessage(Opening):
    """A DNS query or its response: `names` asked for, `answers` as (name, type, value)."""

    direction: Direction = Direction.REQUEST
    protocol: str = "dns"
    names: tuple[str, ...] = ()
    answers: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFailure(Event):
    """A TLS handshake with the client failed; `refused` is true where the client refused our certificate for sure."""

    client: Address = NOWHERE
    server: Address = NOWHERE
    sni: str = ""
    refused: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassThrough(Event):
    """A connection that was passed on unread ended: bytes `sent` by the client and `received` by it.

    `content` is about how many of them are what the app said, without TLS's handshake and records; -1: not known.
    """

    client: Address = NOWHERE
    server: Address = NOWHERE
    sni: str = ""
    sent: int = 0
    received: int = 0
    detail: str = ""
    content: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeFailed(Event):
    """The flow broke: reset, aborted, refused, timed out; what was recorded before stays evidence."""

    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerNote(Event):
    """A source or the proxy saw that something will not be seen; becomes a `LedgerEntry` as it stands."""

    kind: str
    host: str = ""
    direction: str = ""
    count: int = 1
    bytes: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark(Event):
    """A mark sets the axes that it names and leaves the others: `consent`, `app`, `switches`, `function`.

    `uncertainty` in seconds: how far the true moment may lie before `time` (3 for a hand-made mark). `by` is `hand`,
    `script` or `default`. `id` is unique within the capture.
    """

    id: str
    axes: Mapping[str, str]
    by: str = "hand"
    who: str = ""
    uncertainty: float = 3.0
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkCorrected(Event):
    """A correction of an earlier mark; the first record stays and is printed (`old`, `new`: time and axes)."""

    mark: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    who: str = ""
    why: str = ""


EVENTS: tuple[type[Event], ...] = (
    CaptureStarted,
    CaptureEnded,
    Request,
    Response,
    BodyChunk,
    BodyEnd,
    StreamOpened,
    StreamMessage,
    StreamClosed,
    DnsMessage,
    TlsFailure,
    PassThrough,
    ExchangeFailed,
    LedgerNote,
    Mark,
    MarkCorrected,
)
"""Every event type. Its place is its number in the journal's format: append only, never reorder."""
