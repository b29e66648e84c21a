"""An identifier split at every possible point, in whatever it travels in, is found in a capture."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import hpack
import pytest
from hyperframe.frame import DataFrame, Frame, HeadersFrame, SettingsFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.analysis import Analysis
from leakwatch.model import LeakRecord
from leakwatch.sources import open_source
from leakwatch.testing.factories import IMEI, make_profile
from leakwatch.testing.packets import Turn, mqtt_packet, mqtt_text, pcap, segments, tcp_packets

VALUE = IMEI.encode()
BODY = b'{"imei":"%s"}' % VALUE
START = BODY.index(VALUE)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CUTS = range(1, len(VALUE))
PROFILE = make_profile(imei=IMEI)

Make = Callable[[list[bytes]], list[Turn]]


def head(*fields: bytes) -> bytes:
    return b"\r\n".join((b"POST /t HTTP/1.1", b"Host: a.example", b"Content-Type: application/json", *fields, b"", b""))


def as_http_chunks(pieces: list[bytes]) -> list[Turn]:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces if piece)
    return [(0, head(b"Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n"), (1, OK)]


def as_http2_frames(pieces: list[bytes]) -> list[Turn]:
    fields = [(":method", "POST"), (":scheme", "http"), (":authority", "a.example"), (":path", "/t")]
    block = hpack.Encoder().encode([*fields, ("content-type", "application/json")])
    frames: list[Frame] = [SettingsFrame(0), HeadersFrame(1, block, flags=["END_HEADERS"])]
    frames += [DataFrame(1, piece, pad_length=len(piece) % 3, flags=["PADDED"]) for piece in pieces]
    frames.append(DataFrame(1, b"", flags=["END_STREAM"]))
    return [(0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"".join(frame.serialize() for frame in frames))]


def as_websocket_fragments(pieces: list[bytes]) -> list[Turn]:
    key = base64.b64encode(b"0123456789abcdef")
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    upgrade = b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    asked = b"GET /w HTTP/1.1\r\nHost: a.example\r\n%sSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n"
    answer = b"HTTP/1.1 101 Switching Protocols\r\n%sSec-WebSocket-Accept: %s\r\n\r\n" % (upgrade, accept)
    frames = b""
    for number, piece in enumerate(pieces):
        first = (0x80 if number == len(pieces) - 1 else 0) | (1 if number == 0 else 0)
        mask = bytes([number + 1, 7, 77, 177])
        frames += bytes([first, 0x80 | len(piece)]) + mask + bytes(b ^ mask[at % 4] for at, b in enumerate(piece))
    return [(0, asked % (upgrade, key)), (1, answer), (0, frames)]


def as_mqtt_payloads(pieces: list[bytes]) -> list[Turn]:
    connect = mqtt_packet(0x10, mqtt_text(b"MQTT") + b"\x05\x02\x00\x3c\x00" + mqtt_text(b"c1"))
    packets = [mqtt_packet(0x30, mqtt_text(b"a/b") + b"\x00" + piece) for piece in pieces if piece]
    return [(0, connect), (1, b"\x20\x03\x00\x00\x00"), (0, b"".join(packets))]


def as_mqtt_in_websocket_fragments(pieces: list[bytes]) -> list[Turn]:
    """Packets over the borders of frames: each frame is a message, none of them is a packet (OASIS mqtt-v5.0 §6)."""
    sent = b"".join(data for direction, data in as_mqtt_payloads(pieces) if direction == 0)
    (asked, answer, _) = as_websocket_fragments([b"x"])
    masked = (bytes(b ^ b"mask"[at % 4] for at, b in enumerate(sent[n : n + 11])) for n in range(0, len(sent), 11))
    return [asked, answer, (0, b"".join(bytes([0x82, 0x80 | len(piece)]) + b"mask" + piece for piece in masked))]


def as_bare_tcp(pieces: list[bytes]) -> list[Turn]:
    return [(0, b"\x00\x01hello"), *((0, piece) for piece in pieces)]


WAYS: dict[str, tuple[Make, str]] = {
    "HTTP chunks": (as_http_chunks, "body.json:$.imei"),
    "HTTP/2 DATA frames": (as_http2_frames, "body.json:$.imei"),
    "WebSocket fragments": (as_websocket_fragments, "ws[0].json:$.imei"),
    "MQTT payloads": (as_mqtt_payloads, "mqtt["),
    "MQTT payloads in WebSocket fragments": (as_mqtt_in_websocket_fragments, "mqtt["),
    "bare TCP": (as_bare_tcp, "tcp["),
}


@pytest.fixture(scope="module")
def found_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], list[LeakRecord]]:
    path = tmp_path_factory.mktemp("captures") / "x.pcap"

    def run(data: bytes) -> list[LeakRecord]:
        path.write_bytes(data)
        return list(_records(path))

    return run


def _records(path: Path) -> Iterator[LeakRecord]:
    analysis = Analysis(PROFILE)
    for event in open_source(path).read():
        yield from analysis.feed(event).records
    yield from analysis.finish().records


@pytest.mark.parametrize("way", WAYS)
def test_a_cut_anywhere_in_the_value(found_in: Callable[[bytes], list[LeakRecord]], way: str) -> None:
    make, location = WAYS[way]
    for cut in CUTS:
        pieces = [BODY[: START + cut], BODY[START + cut :]]
        (record,) = found_in(pcap(tcp_packets(segments(make(pieces)), port=8000)))
        assert record.identifier == "imei", cut
        assert record.location.startswith(location), cut


@pytest.mark.parametrize("way", WAYS)
def test_every_byte_by_itself(found_in: Callable[[bytes], list[LeakRecord]], way: str) -> None:
    make, location = WAYS[way]
    (record,) = found_in(pcap(tcp_packets(segments(make([BODY[at : at + 1] for at in range(len(BODY))])), port=8000)))
    assert record.location.startswith(location)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 13])
def test_tcp_segments_of_any_size(found_in: Callable[[bytes], list[LeakRecord]], way: str, size: int) -> None:
    make, location = WAYS[way]
    (record,) = found_in(pcap(tcp_packets(segments(make([BODY]), size), port=8000)))
    assert record.location.startswith(location)


@given(st.sampled_from(sorted(WAYS)), st.data())
@settings(max_examples=40, deadline=None)
def test_pieces_segments_and_their_order_make_no_difference(found_in, way, data):
    make, location = WAYS[way]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(BODY) - 1), max_size=6)))
    pieces = [BODY[a:b] for a, b in zip([0, *cuts], [*cuts, len(BODY)], strict=True)]
    cut = segments(make(pieces), data.draw(st.integers(1, 60)))
    window = data.draw(st.integers(1, 4))
    shuffled = [s for at in range(0, len(cut), window) for s in reversed(cut[at : at + window])]
    turns = [s.direction for s in cut]
    ordered = cut if 1 in turns else shuffled
    again = data.draw(st.sampled_from(ordered))
    (record,) = found_in(pcap(tcp_packets([*ordered, again], port=8000)))
    assert record.identifier == "imei"
    assert record.location.startswith(location)


@pytest.mark.parametrize("way", WAYS)
def test_another_digit_makes_it_another_number(found_in: Callable[[bytes], list[LeakRecord]], way: str) -> None:
    """The near miss: the same digits inside a longer run (16 would be an IMEISV, which counts), cut in its middle."""
    longer = BODY.replace(VALUE, VALUE + b"98765")
    at = START + 5
    assert not found_in(pcap(tcp_packets(segments(WAYS[way][0]([longer[:at], longer[at:]])), port=8000)))
