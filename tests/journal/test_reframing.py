"""MQTT in recorded TCP: packets come out, everything else stays as it is, nothing is lost."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.analysis import Analysis
from leakwatch.journal.events import Event, Request, Response, StreamClosed, StreamMessage, StreamOpened
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


def websocket(pieces: list[bytes], answers: list[bytes] | None = None) -> list[Event]:
    """A WebSocket with the client's messages and, after the first of them, the server's."""
    sent = [(Direction.REQUEST, data) for data in pieces]
    turns = [*sent[:1], *((Direction.RESPONSE, data) for data in answers or []), *sent[1:]]
    messages = [
        StreamMessage(time=2, exchange="x", protocol="websocket", direction=direction, index=n, data=data)
        for n, (direction, data) in enumerate(turns)
    ]
    switched = Response(time=1, exchange="x", status=101)
    return [Request(time=0, exchange="x", index=0, host="h"), switched, *messages, StreamClosed(time=3, exchange="x")]


@given(st.lists(st.integers(1, 40), max_size=30))
@settings(max_examples=50, deadline=None)
def test_packets_in_a_websocket_need_not_be_its_messages(cuts):
    data, chunks = CONNECT + PUBLISH + PUBLISH, []
    for size in [*cuts, len(data)]:
        chunks.append(data[:size])
        data = data[size:]
    events = websocket([chunk for chunk in chunks if chunk])
    found = list(reframed(events))
    assert payloads(found) == [("mqtt", 0, CONNECT), ("mqtt", 1, PUBLISH), ("mqtt", 2, PUBLISH)]
    assert found[:2] == events[:2] and found[-1] == events[-1]


def test_a_websocket_of_something_else_stays_as_it_is():
    for pieces in ([b"hello", CONNECT], [b"\x10", b"\x05xyz", b"more"], [b"\x10"], []):
        events = websocket(pieces, [b"first"])
        assert list(reframed(events)) == events
    late = [event for event in websocket([b"lost", CONNECT]) if getattr(event, "data", b"") != b"lost"]
    assert list(reframed(late)) == late


def test_the_sub_protocol_tells_where_the_content_does_not():
    headers = ((b"Sec-WebSocket-Protocol", b"mqtt, mqttv3.1"),)
    request, switched, *messages = websocket([PUBLISH[:9], PUBLISH[9:]], [b"\x20\x02\x00\x00"])
    assert isinstance(request, Request)
    found = list(reframed([replace(request, headers=headers), switched, *messages]))
    assert payloads(found) == [("mqtt", 0, b"\x20\x02\x00\x00"), ("mqtt", 1, PUBLISH)]
    other = [replace(request, headers=((b"Sec-WebSocket-Protocol", b"mqtt, chat"),)), switched, *messages]
    assert list(reframed(other)) == other


def test_the_analysis_finds_the_fields_of_mqtt_in_a_websocket():
    events = websocket([CONNECT, PUBLISH[:12], PUBLISH[12:]], [b"\x20\x02\x00\x00"])
    analysis = Analysis(make_profile(imei=IMEI))
    findings = [*map(analysis.feed, events), analysis.finish()]
    (record,) = [record for each in findings for record in each.records]
    assert (record.protocol, record.location) == ("mqtt", "mqtt[2].payload.json:$.imei")
    flows = [flow for each in findings for flow in each.flows]
    assert flows[-1].protocol == "mqtt" and flows[-1].host == "h"


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
