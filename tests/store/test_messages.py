"""The message of a leak comes back from the journal byte for byte, with every value and credential in it found."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakwatch.errors import JournalError
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    DnsMessage,
    Event,
    Request,
    Response,
    StreamMessage,
    StreamOpened,
)
from leakwatch.journal.message import request_head
from leakwatch.model import Direction
from leakwatch.store import Store
from leakwatch.store.messages import credentials, journals, merged, stored_message, stored_profile

Make = Callable[..., Any]
PROFILE = """
version: 1
device: {label: pixel-8, region: CN}
identifiers:
  - {type: imei, name: imei, value: "867530912345671", unchecked: true}
  - {type: phone, name: phone, value: "13800138000"}
"""
HEAD = {"host": "a.example", "port": 443, "method": "POST", "target": b"/v1?phone=13800138000"}


@pytest.fixture
def kept(sqlite: Store) -> Callable[..., str]:
    """Write events into a new capture's journal, and a profile beside it."""

    def write(*events: Event, profile: str = PROFILE, key: bytes | None = None) -> str:
        capture = sqlite.begin_capture({})
        folder = sqlite.capture_folder(capture)
        writer = JournalWriter(folder / "journal", key)
        for event in events:
            writer.append(event)
        writer.close()
        (folder / "profile.yaml").write_text(profile, "utf-8")
        return capture

    return write


def hidden(message: Any) -> list[bytes]:
    return [message.data[start:end] for start, end in message.hidden]


def secret(message: Any) -> list[bytes]:
    return [message.data[start:end] for start, end in message.secret]


def test_a_request_and_what_is_hidden_in_it(sqlite: Store, kept: Make, record: Make) -> None:
    body = b'{"imei":"867530912345671","password":"hunter22"}'
    headers = ((b"Host", b"a.example"), (b"Authorization", b"Bearer abc.def"), (b"Cookie", b"sid=s3cr3t; theme=dark"))
    request = Request(time=1.0, exchange="x", headers=headers, body=body, **HEAD)
    other = Request(time=1.0, exchange="y", body=b"another flow", **HEAD)
    capture = kept(other, request, Response(time=2.0, exchange="x", status=200, body=b"867530912345671"))
    start = len(request_head(request)) + body.index(b"8675")
    leak = record(capture=capture, exchange="x", offset=start, length=15).as_dict()
    message = stored_message(sqlite, leak, [])
    assert message is not None
    assert message.data == request_head(request) + body
    assert message.data[slice(*message.leak)] == b"867530912345671"
    assert hidden(message) == [b"13800138000", b"867530912345671"]
    assert secret(message) == [b"abc.def", b"s3cr3t", b"dark", b"hunter22"]
    assert "867530912345671" not in repr(message)


def test_a_host_that_no_header_names_is_its_own_message(sqlite: Store, kept: Make, record: Make) -> None:
    host = "h867530912345671.a.example"
    named = Request(time=1.0, exchange="named", headers=((b"Host", host.encode()),), **{**HEAD, "host": host})
    capture = kept(Request(time=1.0, exchange="x", **{**HEAD, "host": host}), named)
    leak = record(capture=capture, exchange="x", location="host", offset=1, length=15).as_dict()
    message = stored_message(sqlite, leak, [])
    assert message is not None
    assert (message.part, message.data, message.leak) == ("host", host.encode(), (1, 16))
    assert hidden(message) == [host.encode()[1:16]]
    start = request_head(named).index(b"8675")
    message = stored_message(sqlite, {**leak, "exchange": "named", "offset": start}, [])
    assert message is not None
    assert (message.part, message.data[slice(*message.leak)]) == ("request", b"867530912345671")


def test_a_body_in_chunks(sqlite: Store, kept: Make, record: Make) -> None:
    request = Request(time=1.0, exchange="x", complete=False, **HEAD)
    chunks = [
        BodyChunk(time=1.0, exchange="x", direction=Direction.REQUEST, data=part) for part in (b"imei=8675", b"309")
    ]
    back = BodyChunk(time=1.0, exchange="x", direction=Direction.RESPONSE, data=b"back")
    capture = kept(request, chunks[0], back, chunks[1], BodyEnd(time=2.0, exchange="x", direction=Direction.REQUEST))
    leak = record(capture=capture, exchange="x", offset=len(request_head(request)) + 5, length=7).as_dict()
    message = stored_message(sqlite, leak, [])
    assert message is not None
    assert message.data.endswith(b"\r\n\r\nimei=8675309")
    assert message.data[slice(*message.leak)] == b"8675309"


def test_a_websocket_message_a_response_and_dns(sqlite: Store, kept: Make, record: Make) -> None:
    messages = [
        StreamMessage(time=1.0, exchange="x", protocol="websocket", direction=way, index=n, data=data)
        for n, way, data in ((0, Direction.REQUEST, b"hello"), (1, Direction.RESPONSE, b"13800138000!"))
    ]
    response = Response(time=1.0, exchange="x", status=200, body=b"imei 867530912345671")
    dns = DnsMessage(time=1.0, exchange="d", names=("867530912345671.t.example",))
    capture = kept(Request(time=1.0, exchange="x", **HEAD), response, *messages, dns)
    facts = {"capture": capture, "exchange": "x", "offset": 0, "length": 0}
    leak = record(**facts, direction="response", location="ws[1].json:$.x").as_dict()
    message = stored_message(sqlite, leak, [])
    assert message is not None
    assert (message.data, message.part, hidden(message)) == (b"13800138000!", "ws[1]", [b"13800138000"])
    message = stored_message(sqlite, record(**facts, direction="response", location="body").as_dict(), [])
    assert message is not None
    assert message.data.startswith(b"HTTP/1.1 200")
    assert hidden(message) == [b"867530912345671"]
    message = stored_message(sqlite, {**leak, "exchange": "d", "location": "dns", "direction": "request"}, [])
    assert message is not None
    assert message.data == b"867530912345671.t.example"


def test_a_name_that_a_stream_was_opened_with_and_the_answers_of_dns(sqlite: Store, kept: Make, record: Make) -> None:
    tls = StreamOpened(time=1.0, exchange="s", index=0, host="x", sni="867530912345671.a.example", protocol="tls")
    answers = (("x.example", "HINFO", "867530912345671 L"),)
    capture = kept(tls, DnsMessage(time=1.0, exchange="d", direction=Direction.RESPONSE, answers=answers))
    leak = record(capture=capture, exchange="s", location="sni", offset=0, length=15).as_dict()
    message = stored_message(sqlite, leak, [])
    assert message is not None
    assert (message.part, message.data, message.leak) == ("sni", b"867530912345671.a.example", (0, 15))
    message = stored_message(sqlite, {**leak, "exchange": "d", "location": "dns", "direction": "response"}, [])
    assert message is not None
    assert message.data == b"x.example\n867530912345671 L" and hidden(message)[0].endswith(b"867530912345671")


def test_other_leaks_of_the_message_are_hidden_too(sqlite: Store, kept: Make, record: Make) -> None:
    request = Request(time=1.0, exchange="x", body=b"a=AAAA&b=BBBB", **HEAD)
    capture = kept(request, profile="not a profile")
    start = len(request_head(request))
    facts = {"capture": capture, "exchange": "x", "length": 4}
    leak, other = (record(**facts, offset=start + place).as_dict() for place in (2, 9))
    elsewhere = record(**facts, offset=start, direction="response").as_dict()
    message = stored_message(sqlite, leak, [leak, other, elsewhere])
    assert message is not None
    assert hidden(message) == [b"AAAA", b"BBBB"]
    assert stored_profile(sqlite, capture) is None


def test_an_offset_outside_the_message_shows_nothing_wrong(sqlite: Store, kept: Make, record: Make) -> None:
    capture = kept(Request(time=1.0, exchange="x", **HEAD))
    message = stored_message(sqlite, record(capture=capture, exchange="x", offset=10**9, length=5).as_dict(), [])
    assert message is not None
    assert message.leak == (len(message.data), len(message.data))


def test_no_journal_no_message(sqlite: Store, kept: Make, record: Make) -> None:
    capture = kept(Request(time=1.0, exchange="x", **HEAD))
    assert stored_message(sqlite, record(capture=capture, exchange="none").as_dict(), []) is None
    assert stored_message(sqlite, record(capture="c-none", exchange="x").as_dict(), []) is None
    assert [path.name for path in journals(sqlite, capture)] == ["journal"]


def test_an_encrypted_journal_wants_its_key(sqlite: Store, kept: Make, record: Make) -> None:
    capture = kept(Request(time=1.0, exchange="x", **HEAD), key=b"k" * 32)
    leak = record(capture=capture, exchange="x").as_dict()
    assert stored_message(sqlite, leak, [], b"k" * 32) is not None
    with pytest.raises(JournalError):
        stored_message(sqlite, leak, [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"X-Auth-Token: abc\r\n", [b"abc"]),
        (b"Set-Cookie: sid=abc; Path=/\r\n", [b"/", b"abc"]),
        (b"password=hunter2&user=me", [b"hunter2"]),
        (b'{"access_token": "abc", "passwd":"x y"}', [b"abc", b"x y"]),
        (b"sms_code=123456", [b"123456"]),
        (b"pwd%3dhunter2", [b"hunter2"]),
        (b"spinach=1&shopping=2&code=3&country_code=86", [b"3"]),
        (b"Accept: text/html\r\nUser-Agent: token", []),
    ],
)
def test_credentials(text: bytes, found: list[bytes]) -> None:
    assert sorted(text[start:end] for start, end in merged(credentials(text))) == found


@given(st.binary(max_size=300))
def test_any_bytes_are_searched(data: bytes) -> None:
    for start, end in credentials(data):
        assert 0 <= start < end <= len(data)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=12))
def test_merged_spans_cover_the_same_and_are_apart(spans: list[tuple[int, int]]) -> None:
    result = merged(spans)
    assert {n for start, end in spans for n in range(start, end)} == {
        n for start, end in result for n in range(start, end)
    }
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(result))


def test_the_folder_may_be_gone(sqlite: Store, tmp_path: Path) -> None:
    assert journals(sqlite, "c-none") == []
