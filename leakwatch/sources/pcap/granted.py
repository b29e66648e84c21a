"""What goes on in an HTTP/2 or HTTP/3 stream once its CONNECT is granted: a WebSocket or a tunnel (RFC 8441, 9220)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

from leakwatch.journal.events import Event, Headers, Request, Response
from leakwatch.sources.pcap.conversation import Conversation
from leakwatch.sources.pcap.exchange import Message
from leakwatch.sources.pcap.http1_head import field
from leakwatch.sources.pcap.peers import Peers
from leakwatch.sources.pcap.websocket import WebSocket

Inner = Callable[[Peers], Conversation]


class Inside:
    """One direction of such a stream, in the place of a message's body."""

    def __init__(self, conversation: Conversation | WebSocket, direction: int, ends: list[int]) -> None:
        self._conversation, self._direction, self._ends = conversation, direction, ends

    def add(self, data: bytes, time: float) -> Iterator[Event]:
        """Take the next bytes."""
        yield from self._conversation.data(self._direction, data, time)

    def end(self, time: float, trailers: Headers = ()) -> Iterator[Event]:
        """This direction has ended; with the other one the conversation has."""
        del trailers
        self._ends.append(self._direction)
        if len(self._ends) == 2:
            yield from self._conversation.close(time)


Carried = Message | Inside
"""What takes the DATA of one direction of a stream."""


def is_granted(asked: Carried | None, response: Response) -> bool:
    """Whether `response` lets through what a request for a tunnel asked."""
    if not isinstance(asked, Message) or not isinstance(asked.head, Request) or asked.spilled:
        return False
    return asked.head.method == "CONNECT" and 200 <= response.status < 300


def inside(
    asked: Carried | None, response: Response, inner: Inner, time: float
) -> Generator[Event, None, list[Carried | None]]:
    """Tell the request and its response, and return what takes the bytes of both directions from here on.

    `inner` makes the conversation in a plain tunnel. Bytes that came before the answer go first.
    """
    assert isinstance(asked, Message) and isinstance(asked.head, Request) and asked.peers is not None
    request, held = asked.head, bytes(asked.body)
    yield request
    yield response
    if asked.wanted == b"websocket":
        extensions = field(response.headers, b"sec-websocket-extensions") or b""
        conversation: Conversation | WebSocket = WebSocket(request.exchange, extensions)
    else:
        conversation = inner(replace(asked.peers, host=request.host, port=request.port))
    if held:
        yield from conversation.data(0, held, time)
    ends: list[int] = []
    return [Inside(conversation, direction, ends) for direction in (0, 1)]
