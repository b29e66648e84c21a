"""Dealing: a host's flows stay together, a flow's events stay together, and everybody comes to the same answer."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.journal.events import BodyChunk, DnsMessage, Event, LedgerNote, Request, Response, StreamMessage
from leakwatch.model import Direction
from leakwatch.offline.dealing import Dealer, ends


def flows(seed: int) -> list[Event]:
    """Return the events of flows to a few hosts, interleaved."""
    rng = random.Random(seed)
    events: list[tuple[float, Event]] = []
    for number in range(rng.randrange(1, 40)):
        name, host, time = f"e{number}", f"h{rng.randrange(6)}.example", rng.random()
        events.append((time, Request(time=time, exchange=name, host=host, complete=False)))
        for _ in range(rng.randrange(3)):
            time += rng.random()
            data = bytes(rng.randrange(90_000))
            events.append((time, BodyChunk(time=time, exchange=name, direction=Direction.REQUEST, data=data)))
        events.append((time + 1, Response(time=time + 1, exchange=name, status=200)))
        if rng.random() < 0.3:  # late, after what ends the exchange as a rule
            data = b"late"
            events.append((time + 2, BodyChunk(time=time, exchange=name, direction=Direction.REQUEST, data=data)))
    return [event for _, event in sorted(events, key=lambda pair: pair[0])]


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 5))
def test_hosts_and_flows_stay_together_for_everybody(seed: int, hands: int) -> None:
    events = flows(seed)
    dealers = [Dealer(hands), Dealer(hands)]
    of_host: dict[str, int] = {}
    of_flow: dict[str, int] = {}
    for event in events:
        hand, same = (dealer.hand(event) for dealer in dealers)
        assert hand == same < hands
        assert of_flow.setdefault(event.exchange, hand) == hand
        if isinstance(event, Request):
            assert of_host.setdefault(event.host, hand) == hand


def test_every_hand_gets_work() -> None:
    dealer = Dealer(3)
    taken = [
        dealer.hand(Request(time=1.0, exchange=f"e{n}", host=f"h{n}.example", body=bytes(10_000))) for n in range(300)
    ]
    assert min(taken.count(hand) for hand in range(3)) > 30


def test_what_belongs_to_no_known_flow_is_taken_by_the_first() -> None:
    dealer = Dealer(4)
    assert dealer.hand(LedgerNote(time=1.0, kind="truncated")) == 0
    message = StreamMessage(time=1.0, exchange="x", protocol="tcp", direction=Direction.REQUEST, index=0, data=b"a")
    assert dealer.hand(message) == 0


def test_what_ends_an_exchange() -> None:
    assert ends(Response(time=1.0, exchange="e", status=200))
    assert not ends(Response(time=1.0, exchange="e", status=101))
    assert not ends(Response(time=1.0, exchange="e", status=200, complete=False))
    assert ends(DnsMessage(time=1.0, exchange="e"))
    assert not ends(Request(time=1.0, exchange="e"))
