"""Low-water marks: where a restarted follower resumes so that no open exchange is read by half."""

from __future__ import annotations

import pytest

from leakwatch.capture.low_water import MAX_OPEN, OpenExchanges
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
from leakwatch.model import Direction

UP, DOWN = Direction.REQUEST, Direction.RESPONSE


def request(complete: bool = True) -> Request:
    return Request(time=0, exchange="a", complete=complete)


def response(complete: bool = True, status: int = 200) -> Response:
    return Response(time=0, exchange="a", status=status, complete=complete)


def end(direction: Direction) -> BodyEnd:
    return BodyEnd(time=0, exchange="a", direction=direction)


def chunk(direction: Direction) -> BodyChunk:
    return BodyChunk(time=0, exchange="a", direction=direction, data=b"x")


def message() -> StreamMessage:
    return StreamMessage(time=0, exchange="a", protocol="websocket", direction=UP, index=0, data=b"x")


CLOSED = StreamClosed(time=0, exchange="a")
FAILED = ExchangeFailed(time=0, exchange="a")


@pytest.mark.parametrize(
    ("events", "is_open"),
    [
        ([request()], True),
        ([request(), response()], False),
        ([request(), FAILED], False),
        ([request(), response(complete=False)], True),
        ([request(), response(complete=False), chunk(DOWN)], True),
        ([request(), response(complete=False), chunk(DOWN), end(DOWN)], False),
        ([request(complete=False), chunk(UP), end(UP)], True),
        ([request(complete=False), chunk(UP), end(UP), response()], False),
        ([request(complete=False), response()], True),
        ([request(complete=False), response(), chunk(UP), end(UP)], False),
        ([request(), response(status=101)], True),
        ([request(), response(status=101), message()], True),
        ([request(), response(status=101), message(), CLOSED], False),
        ([StreamOpened(time=0, exchange="a"), message()], True),
        ([StreamOpened(time=0, exchange="a"), message(), CLOSED], False),
        ([DnsMessage(time=0, exchange="a")], False),
    ],
)
def test_an_exchange_is_open_until_its_last_event(events: list[Event], is_open: bool) -> None:
    tracked = OpenExchanges()
    for offset, event in enumerate(events, 100):
        tracked.observe(offset, event)
    assert tracked.low_water(999) == (100 if is_open else 999)


def test_the_oldest_open_exchange_sets_the_mark() -> None:
    tracked = OpenExchanges()
    for offset, name in ((10, "a"), (20, "b"), (30, "c")):
        tracked.observe(offset, Request(time=0, exchange=name))
    tracked.observe(40, Response(time=0, exchange="a", status=200))
    assert tracked.low_water(50) == 20
    tracked.observe(50, Response(time=0, exchange="c", status=200))
    assert tracked.low_water(60) == 20
    tracked.observe(60, Response(time=0, exchange="b", status=200))
    assert tracked.low_water(70) == 70


def test_the_end_of_an_exchange_read_earlier_does_not_belong() -> None:
    tracked = OpenExchanges()
    assert tracked.belongs(request())
    for orphan in (response(), chunk(DOWN), end(DOWN), message(), CLOSED, FAILED):
        assert not tracked.belongs(orphan)
    tracked.observe(0, request())
    assert tracked.belongs(response())


def test_it_is_bounded() -> None:
    tracked = OpenExchanges()
    for number in range(MAX_OPEN + 10):
        tracked.observe(number, Request(time=0, exchange=str(number)))
    assert len(tracked) == MAX_OPEN
    assert tracked.low_water(MAX_OPEN + 10) == 10
