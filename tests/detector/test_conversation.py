"""Conversations in protocols that nobody knows: what is no text and was not understood is counted, the rest is not."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from leakwatch.detector import Detector
from leakwatch.journal.events import StreamClosed, StreamMessage, StreamOpened
from leakwatch.model import Direction
from leakwatch.testing.factories import IMEI, make_profile

BINARY = b"\x00\x01\x02\x03length\x04" * 4


def _told(messages: Iterable[bytes], protocol: str = "tcp") -> list[tuple[str, str, int]]:
    detector = Detector(make_profile(imei=IMEI))
    detector.feed(StreamOpened(time=1, exchange="x", index=0, host="push.example", protocol=protocol))
    for index, data in enumerate(messages):
        way = Direction.RESPONSE if index % 2 else Direction.REQUEST
        detector.feed(StreamMessage(time=2, exchange="x", protocol=protocol, direction=way, index=index, data=data))
    detector.feed(StreamClosed(time=3, exchange="x"))
    return [(entry.kind, entry.host, entry.bytes) for entry in detector.drain_ledger()]


def test_an_unknown_binary_protocol_is_counted_once_with_its_bytes() -> None:
    assert _told([BINARY, b"ok", BINARY]) == [("not_tls", "push.example", 2 * len(BINARY))]
    assert _told([BINARY], "udp") == [("not_tls", "push.example", len(BINARY))]


@pytest.mark.parametrize(
    "messages",
    [
        [b"USER me\r\n", b"331 ok\r\n"],
        ["收集个人信息".encode(), "收".encode()[:2]],
        [b"\x00\x01" + IMEI.encode() + b"\x02"],
        [],
    ],
)
def test_text_and_what_something_was_found_in_is_not(messages: list[bytes]) -> None:
    assert _told(messages) == []


def test_a_protocol_that_is_known_by_its_name_is_not() -> None:
    for protocol in ("mqtt", "ntp", "socks"):
        assert _told([BINARY], protocol) == []


def test_what_goes_on_after_stun_is_counted_and_stun_is_not() -> None:
    binding = b"\0\1\0\x08\x21\x12\xa4\x42" + bytes(12) + b"\0\x06\0\4\1\2\3\4"
    assert _told([binding], "stun") == []
    assert _told([binding, BINARY], "stun") == [("not_tls", "push.example", len(BINARY))]


def test_bytes_that_are_counted_as_encrypted_are_not_counted_twice() -> None:
    cipher = random.Random(7).randbytes(400)
    told = _told([cipher])
    assert [kind for kind, _, _ in told] == ["opaque"]
    told = _told([cipher] * 12)
    assert sum(size for _, _, size in told) == 12 * 400
