"""MQTT packets: cut out of any chunks, and their fields where the standard says they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from leakwatch.journal.mqtt import MAX_PACKET, Cutter, fields, is_connect, may_be_connect, packet_size
from leakwatch.testing.packets import mqtt_packet as packet
from leakwatch.testing.packets import mqtt_text as text


def named(data: bytes) -> dict[str, bytes]:
    return {field.name: data[field.start : field.end] for field in fields(data)}


def properties(kind: int, **values: object) -> bytes:
    made = Properties(kind)
    for name, value in values.items():
        setattr(made, name, value)
    return bytes(made.pack())


CONNECT = packet(
    0x10, text(b"MQTT") + b"\x04\xc6\x00\x3c" + b"".join(map(text, (b"id", b"w/t", b"gone", b"mei", b"pw")))
)
PUBLISH = packet(0x32, text(b"a/b") + b"\x00\x07" + b'{"imei":"1"}')


def test_a_connect_of_311_tells_its_fields():
    assert named(CONNECT) == {
        "client_id": b"id", "will_topic": b"w/t", "will": b"gone", "username": b"mei", "password": b"pw",
    }  # fmt: skip


def test_a_connect_of_5_tells_its_properties_too():
    own = properties(
        PacketTypes.CONNECT, SessionExpiryInterval=30, UserProperty=("device", "d1"), AuthenticationMethod="m"
    )
    will = properties(PacketTypes.WILLMESSAGE, WillDelayInterval=5, UserProperty=("last", "words"))
    body = text(b"MQTT") + b"\x05\x06\x00\x3c" + own + text(b"id") + will + text(b"w/t") + text(b"gone")
    assert named(packet(0x10, body)) == {
        "user:device": b"d1", "auth_method": b"m", "client_id": b"id", "user:last": b"words",
        "will_topic": b"w/t", "will": b"gone",
    }  # fmt: skip


def test_a_publish_is_told_apart_by_its_properties():
    assert named(PUBLISH) == {"topic": b"a/b", "payload": b'{"imei":"1"}'}
    own = properties(PacketTypes.PUBLISH, ContentType="json", UserProperty=("imei", "867"), CorrelationData=b"c1")
    assert named(packet(0x30, text(b"t") + own + b"{}")) == {
        "topic": b"t", "content_type": b"json", "user:imei": b"867", "correlation": b"c1", "payload": b"{}",
    }  # fmt: skip
    assert named(packet(0x30, text(b"t") + b"\x00" + b"x"))["payload"] == b"x"


def test_topics_asked_for_in_both_versions():
    filters = text(b"a/+") + b"\x01" + text(b"dev/867") + b"\x00"
    assert [f.name for f in fields(packet(0x82, b"\x00\x01" + filters))] == ["topic", "topic"]
    own = properties(PacketTypes.SUBSCRIBE, UserProperty=("k", "v"))
    assert [f.name for f in fields(packet(0x82, b"\x00\x01" + own + filters))] == ["user:k", "topic", "topic"]


def test_an_answer_tells_the_client_id_that_it_assigns():
    own = properties(PacketTypes.CONNACK, AssignedClientIdentifier="auto-1")
    assert named(packet(0x20, b"\x00\x00" + own)) == {"client_id": b"auto-1"}


@given(st.lists(st.integers(1, 30), max_size=20))
@settings(max_examples=50, deadline=None)
def test_packets_come_out_whole_whatever_the_chunks(cuts):
    data, cutter, out = CONNECT + PUBLISH + b"\xc0\x00" + PUBLISH, Cutter(), []
    for size in [*cuts, len(data)]:
        out += cutter.feed(data[:size])
        data = data[size:]
    assert out == [CONNECT, PUBLISH, b"\xc0\x00", PUBLISH]
    assert not list(cutter.rest())


def test_what_is_no_packet_goes_on_as_it_comes():
    cutter = Cutter()
    assert list(cutter.feed(PUBLISH + b"\x00\x01garbage")) == [PUBLISH, b"\x00\x01garbage"]
    assert list(cutter.feed(b"more")) == [b"more"]
    huge = packet(0x30, b"x" * 10)[:1] + b"\xff\xff\xff\x7f"
    assert packet_size(huge) > MAX_PACKET
    assert list(Cutter().feed(huge)) == [huge]


def test_half_a_packet_is_what_is_left():
    cutter = Cutter()
    assert not list(cutter.feed(PUBLISH[:9]))
    assert list(cutter.rest()) == [PUBLISH[:9]]


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1", b"\x10\x0c\x00\x04HTTP/1.1 200", b"\x00" * 20, b"\x16\x03\x01"])
def test_no_connect(data):
    assert not is_connect(data)
    assert not may_be_connect(data)


def test_a_connect_is_told_as_soon_as_it_can_be():
    assert not is_connect(CONNECT[:5])
    assert may_be_connect(CONNECT[:5])
    assert is_connect(CONNECT[:10])


@given(st.binary(max_size=80))
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_fields_that_lie_within_them(body):
    for first in (0x10, 0x20, 0x30, 0x32, 0x40, 0x82, 0x90, 0xA2, 0xE0, 0xF0):
        data = packet(first, body)
        assert all(0 <= field.start < field.end <= len(data) for field in fields(data))
    fields(body)
    list(Cutter().feed(body))
