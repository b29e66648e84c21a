"""MQTT in recorded TCP: packets come out, everything else stays as it is, nothing is lost."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.analysis import Analysis
from leakwatch.journal.events import Event, StreamClosed, StreamMessage, StreamOpened
from leakwatch.journal.reframing import reframed
from leakwatch.model import Direction
from leakwatch.testing.factories import IMEI, make_profile
from leakwatch.testing.packets import mqtt_packet, mqtt_text

CONNECT = mqtt_packet(0x10, mqtt_text(b"MQTT") + b"\x04\x02\x00\x3c" + mqtt_text(b"client-1"))
PUBLISH = mqtt_packet(0x30, mqtt_text(b"t") + b'{"imei":"%s"}' % IMEI.encode())


def conversation(chunks: list[bytes], direction: Direction = Direction.REQUEST) -> list[Event]:
    messages = [
        StreamMessage(time=1, exchange="x", protocol="tcp", direction=direction, index=n, data=chunk)
        for n, chunk in enumerate(chunks)
    ]
    return [StreamOpened(time=0, exchange="x", index=0, host="h"), *messages, StreamClosed(time=2, exchange="x")]


def payloads(events: list[Event]) -> list[tuple[str, int, bytes]]:
    return [(e.protocol, e.index, e.data) for e in events if isinstance(e, StreamMessage)]


@given(st.lists(st.integers(1, 40), max_size=30))
@settings(max_examples=50, deadline=None)
def test_packets_come_out_whatever_the_chunks(cuts):
    data, chunks = CONNECT + PUBLISH + PUBLISH, []
    for size in [*cuts, len(data)]:
        chunks.append(data[:size])
        data = data[size:]
    events = list(reframed(conversation([chunk for chunk in chunks if chunk])))
    assert payloads(events) == [("mqtt", 0, CONNECT), ("mqtt", 1, PUBLISH), ("mqtt", 2, PUBLISH)]
    assert [e.protocol for e in events if isinstance(e, StreamOpened)] == ["tcp", "mqtt"]
    assert isinstance(events[-1], StreamClosed)


def test_what_is_not_mqtt_stays_as_it_is():
    for chunks in ([b"hello", b"world"], [b"\x10", b"\x05xyz", b"more"], [b"\x10"]):
        events = conversation(chunks)
        assert list(reframed(events)) == events
    events = conversation([CONNECT], Direction.RESPONSE)
    assert list(reframed(events)) == events


def test_half_a_packet_is_told_when_the_conversation_ends_or_is_left_open():
    events = conversation([CONNECT, PUBLISH[:20]])
    assert payloads(list(reframed(events)))[-1] == ("mqtt", 1, PUBLISH[:20])
    assert payloads(list(reframed(events[:-1])))[-1] == ("mqtt", 1, PUBLISH[:20])


def test_the_analysis_sees_packets():
    analysis = Analysis(make_profile())
    found = [
        record
        for event in conversation([CONNECT + PUBLISH[:30], PUBLISH[30:]])
        for record in analysis.feed(event).records
    ]
    assert [(r.protocol, r.location) for r in found] == [("mqtt", "mqtt[1].payload.json:$.imei")]
