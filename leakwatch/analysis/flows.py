"""What the analysis remembers of every open flow: its summary so far and who received it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from leakwatch.journal.events import (
    BodyChunk,
    DnsMessage,
    Event,
    Headers,
    Opening,
    Request,
    Response,
    StreamMessage,
    StreamOpened,
)
from leakwatch.journal.message import request_head, response_head
from leakwatch.model import Direction, FlowSummary


@dataclass(slots=True)
class Flow:
    """One open flow. The request's head is kept until the body's keys are known: they may tell who receives it."""

    summary: FlowSummary
    host: str = ""
    """The host as it stood on the wire, not masked."""
    target: str = ""
    headers: Headers = ()
    keys: tuple[str, ...] = ()
    certificates: tuple[str, ...] = ()


def open_flow(event: Opening, url: str, host: str) -> Flow:
    """Return the flow that `event` opens; `url` and `host` are masked."""
    protocol = getattr(event, "protocol", "")
    method, target, sent = "", "", 0
    headers: Headers = ()
    if isinstance(event, Request):
        method, headers, sent = event.method, event.headers, len(request_head(event)) + len(event.body)
        target = event.target.decode("utf-8", "backslashreplace")
    name = event.host or event.sni
    if isinstance(event, DnsMessage):
        name = event.names[0] if event.names else name
    summary = FlowSummary(
        event.exchange, event.index, event.time, protocol, method, url, host, event.server[0],
        event.port or event.server[1], event.sni, 0, sent, 0, event.tls, event.app, event.app_evidence,
        client=event.client[0],
    )  # fmt: skip
    return Flow(summary, name, target, headers, certificates=event.certificates)


def count(flow: Flow, event: Event) -> None:
    """Add what `event` tells to the flow's summary."""
    match event:
        case Response():
            received = flow.summary.received + len(response_head(event)) + len(event.body)
            flow.summary = replace(flow.summary, status=event.status, received=received)
        case BodyChunk() | StreamMessage():
            size = len(event.data)
            if isinstance(event, StreamMessage) and flow.summary.protocol.startswith("http"):
                flow.summary = replace(flow.summary, protocol=event.protocol)
            if event.direction is Direction.REQUEST:
                flow.summary = replace(flow.summary, sent=flow.summary.sent + size)
            else:
                flow.summary = replace(flow.summary, received=flow.summary.received + size)


OPENINGS = (Request, StreamOpened, DnsMessage)
