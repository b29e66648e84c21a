"""The detector: events of flows in, leaks out, each as soon as it is certain; pure, deterministic, no I/O."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from leakwatch.detector.bodies import BODY_CAP
from leakwatch.detector.conversation import UNKNOWN, Conversation
from leakwatch.detector.exchange import Exchange, facts_of
from leakwatch.detector.incoming import Incoming
from leakwatch.detector.inspector import Inspection, Inspector
from leakwatch.detector.leaks import Leaks
from leakwatch.detector.masked import Masker
from leakwatch.detector.salted import Seasoning
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    DnsMessage,
    Event,
    ExchangeFailed,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.matching.salts import Salts
from leakwatch.model import DeviceProfile, Direction, Leak, LedgerEntry
from leakwatch.parts import dns_parts, opening_parts

_OPEN = 20_000
"""So many conversations are remembered at most; then the oldest is finished as far as it came."""


class Detector:
    """Finds a device's identifiers in the events of flows.

    `package` narrows the profile to one app's identifiers. `prefilter=False` searches without Hyperscan: the answers
    are the same; `skim=False` unfolds every part, whether anything can be in it or not. With `include_weak=False` leaks
    of confidence `weak` are left out. `body_cap`: bodies longer than so many bytes, as stored, are analysed in windows
    while they come. Nothing that traffic holds makes a method raise.
    """

    def __init__(
        self,
        profile: DeviceProfile,
        package: str = "",
        *,
        prefilter: bool = True,
        skim: bool = True,
        include_weak: bool = True,
        body_cap: int = BODY_CAP,
    ) -> None:
        self._inspector = Inspector(profile, package, prefilter=prefilter, skim=skim)
        self._seasoning = Seasoning(Salts(profile.identifiers_for(package), profile.region), self._inspector.segments)
        self._masker = Masker(self._inspector.matcher)
        self._leaks = Leaks(self._masker, profile, package, include_weak)
        self._body_cap = body_cap
        self._exchanges: OrderedDict[str, Exchange] = OrderedDict()
        self._ledger: list[LedgerEntry] = []

    @property
    def open_exchanges(self) -> frozenset[str]:
        """The exchanges that a later event may add to: what a restarted reader must see again from their start."""
        return frozenset(self._exchanges)

    def drain_ledger(self) -> list[LedgerEntry]:
        """Return the ledger entries since the last call."""
        entries, self._ledger = self._ledger, []
        return entries

    def masked(self, text: str) -> str:
        """Return `text` with every identifier in it masked."""
        return self._masker.text(text)

    def is_open(self, exchange: str) -> bool:
        """Say whether `exchange` is one of `open_exchanges`."""
        return exchange in self._exchanges

    def url_of(self, exchange: str) -> str:
        """Return the masked URL of an open exchange, or an empty string."""
        known = self._exchanges.get(exchange)
        return known.facts.url if known else ""

    def host_of(self, exchange: str) -> str:
        """Return the masked host of an open exchange, or an empty string."""
        known = self._exchanges.get(exchange)
        return known.facts.host if known else ""

    def body_keys(self, exchange: str) -> tuple[str, ...]:
        """Return the top-level names of an open exchange's request body, as far as it came."""
        known = self._exchanges.get(exchange)
        return known.keys if known else ()

    def feed(self, event: Event) -> list[Leak]:
        """Take the next event and return the leaks that are certain now."""
        leaks = self._dispatch(event)
        while len(self._exchanges) > _OPEN:
            leaks += self._close(next(iter(self._exchanges)))
        return leaks

    def _dispatch(self, event: Event) -> list[Leak]:
        known = self._exchanges.get(event.exchange)
        match event:
            case Request():
                return self._request(event)
            case Response():
                return self._response(event, known or self._unknown(event, event.protocol))
            case BodyChunk() | BodyEnd():
                return self._body(event, known) if known else []
            case StreamOpened():
                return self._stream(event)
            case StreamMessage():
                return self._message(event, known or self._unknown(event, event.protocol))
            case DnsMessage():
                return self._dns(event)
            case StreamClosed() | ExchangeFailed():
                return self._close(event.exchange, event.time)
        return []

    def finish(self) -> list[Leak]:
        """Return what the bodies and streams that never ended still hold, and forget every exchange."""
        return [leak for exchange in list(self._exchanges) for leak in self._close(exchange)]

    # -- HTTP ----------------------------------------------------------------------------------------------------------

    def _request(self, request: Request) -> list[Leak]:
        leaks = self._close(request.exchange)
        incoming = Incoming(request, Direction.REQUEST, self._body_cap)
        head = self._inspector.inspect(incoming.parts, Direction.REQUEST)
        url = self._masker.url(request, head.finds)
        host = self._masker.host(request.host, head.finds)
        exchange = Exchange(facts_of(request, request.protocol, request.method, url, host))
        self._open(request.exchange, exchange)
        exchange.stored[Direction.REQUEST] += sum(len(part.data) for part in incoming.parts)
        leaks += self._given(exchange, Direction.REQUEST, request.time, head)
        return leaks + self._begin_body(exchange, incoming, request)

    def _response(self, response: Response, exchange: Exchange) -> list[Leak]:
        exchange.answered = True
        exchange.upgraded = exchange.upgraded or response.status == 101 or exchange.facts.method == "CONNECT"
        incoming = Incoming(response, Direction.RESPONSE, self._body_cap)
        head = self._inspector.inspect(incoming.parts)
        exchange.stored[Direction.RESPONSE] += sum(len(part.data) for part in incoming.parts)
        leaks = self._given(exchange, Direction.RESPONSE, response.time, head)
        return leaks + self._begin_body(exchange, incoming, response)

    def _begin_body(self, exchange: Exchange, incoming: Incoming, head: Request | Response) -> list[Leak]:
        leaks = self._take(exchange, incoming, head.time, head.body)
        if not head.complete:
            exchange.incoming[incoming.direction] = incoming
            return leaks
        return leaks + self._end_body(exchange, incoming, head.time)

    def _body(self, event: BodyChunk | BodyEnd, exchange: Exchange) -> list[Leak]:
        incoming = exchange.incoming.get(event.direction)
        if incoming is None:
            return []
        exchange.time = event.time
        if isinstance(event, BodyChunk):
            return self._take(exchange, incoming, event.time, event.data)
        del exchange.incoming[event.direction]
        if event.trailers:
            incoming.trailers(event.trailers)
        return self._end_body(exchange, incoming, event.time)

    def _take(self, exchange: Exchange, incoming: Incoming, time: float, data: bytes) -> list[Leak]:
        """Take body bytes: leaks come at once where the body is long or a stream of events."""
        exchange.stored[incoming.direction] += len(data)
        leaks = []
        for inspection in incoming.feed(data, self._inspector):
            leaks += self._given(exchange, incoming.direction, time, inspection)
        return leaks

    def _end_body(self, exchange: Exchange, incoming: Incoming, time: float) -> list[Leak]:
        leaks = []
        for inspection in incoming.finish(self._inspector):
            leaks += self._given(exchange, incoming.direction, time, inspection)
        if exchange.answered and not exchange.incoming and not exchange.upgraded:
            self._exchanges.pop(exchange.facts.exchange, None)
        return leaks

    # -- conversations in messages -------------------------------------------------------------------------------------

    def _stream(self, event: StreamOpened) -> list[Leak]:
        exchange = Exchange(facts_of(event, event.protocol, host=self.masked(event.host)))
        self._open(event.exchange, exchange)
        named = self._inspector.inspect(opening_parts(event), Direction.REQUEST)
        return self._given(exchange, Direction.REQUEST, event.time, named)

    def _message(self, event: StreamMessage, exchange: Exchange) -> list[Leak]:
        exchange.upgraded = True
        exchange.time = event.time
        if event.protocol in ("websocket", "mqtt") and exchange.facts.protocol != event.protocol:
            exchange.facts = replace(exchange.facts, protocol=event.protocol)
        exchange.stored[event.direction] += len(event.data)
        conversation = exchange.conversation.get(event.direction)
        if conversation is None:
            conversation = exchange.conversation[event.direction] = Conversation(event.protocol, self._inspector)
        return self._given(exchange, event.direction, event.time, conversation.feed(event))

    def _dns(self, event: DnsMessage) -> list[Leak]:
        host = self.masked(event.names[0] if event.names else event.host)
        exchange = Exchange(facts_of(event, "dns", host=host))
        return self._given(exchange, event.direction, event.time, self._inspector.inspect(dns_parts(event)))

    # -- state ---------------------------------------------------------------------------------------------------------

    def _unknown(self, event: Response | StreamMessage, protocol: str) -> Exchange:
        """Return a new exchange for an event whose beginning was not seen: leaks in it are still leaks."""
        exchange = Exchange(facts_of(event, protocol), answered=False)
        self._open(event.exchange, exchange)
        return exchange

    def _open(self, name: str, exchange: Exchange) -> None:
        self._exchanges[name] = exchange
        self._exchanges.move_to_end(name)

    def _close(self, name: str, time: float | None = None) -> list[Leak]:
        exchange = self._exchanges.pop(name, None)
        if exchange is None:
            return []
        when = exchange.time if time is None else time
        leaks: list[Leak] = []
        for direction, incoming in list(exchange.incoming.items()):
            del exchange.incoming[direction]
            leaks += self._end_body(exchange, incoming, when)
        for direction, conversation in exchange.conversation.items():
            leaks += self._given(exchange, direction, when, conversation.finish())
        self._note_unknown(exchange, when)
        return leaks

    def _note_unknown(self, exchange: Exchange, time: float) -> None:
        """Tell of a conversation in a protocol that nobody knows: it was searched as it stands, and not understood."""
        facts, conversations = exchange.facts, exchange.conversation.values()
        unread = sum(conversation.unread for conversation in conversations) if facts.protocol in UNKNOWN else 0
        if unread:
            note = LedgerEntry(time, "not_tls", facts.host, facts.exchange, "", 1, unread, f"{facts.protocol}, no text")
            self._ledger.append(note)

    def _given(self, exchange: Exchange, direction: Direction, time: float, found: Inspection) -> list[Leak]:
        exchange.time = max(exchange.time, time)
        facts = exchange.facts
        finds = found.finds
        if direction is Direction.REQUEST:
            salted = self._seasoning.finds(facts.host, exchange.ingredients, found.ingredients)
            finds = finds + [find for find in salted if all(find.segment is not other.segment for other in finds)]
        if found.keys and direction is Direction.REQUEST and not exchange.keys:
            exchange.keys = tuple(found.keys)
        for note in found.notes:
            size = min(note.bytes, exchange.stored[direction])  # what expands counts as it came, and only once
            exchange.stored[direction] -= size
            detail = self.masked(note.detail)
            self._ledger.append(LedgerEntry(time, note.kind, facts.host, facts.exchange, direction, 1, size, detail))
        return self._leaks.of(exchange, direction, time, finds)
