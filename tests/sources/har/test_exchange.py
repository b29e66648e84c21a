"""One entry of a HAR: addresses, fields, times, WebSocket messages, and members of any type."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from leakwatch.journal.events import Request, Response, StreamClosed, StreamMessage
from leakwatch.model import Direction

Case = Any
"""The fixture `case` of conftest.py."""
BINARY = bytes(range(256))


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port", "target"),
    [
        ("https://Example.COM", "https", "example.com", 443, b"/"),
        ("https://u:p@h.example:81?q", "https", "h.example", 81, b"/?q"),
        ("http://[::1]:8080/a b", "http", "::1", 8080, b"/a b"),
        ("wss://h.example/s", "wss", "h.example", 443, b"/s"),
        ("http://h.example/路径?名=值", "http", "h.example", 80, "/路径?名=值".encode()),
        ("http://h.example:99999/", "http", "h.example", 80, b"/"),
        ("${proto}://h.example/?q1=2", "", "", 0, b"${proto}://h.example/?q1=2"),
        ("http://[bad/x", "http", "bad", 80, b"/x"),
    ],
)
def test_urls(case: Case, url: str, scheme: str, host: str, port: int, target: bytes) -> None:
    request = case.request(url=url)
    assert (request.scheme, request.host, request.port, request.target) == (scheme, host, port, target)


def test_without_a_url_the_host_header_tells(case: Case) -> None:
    request = case.request(url=None, headers=[{"name": "Host", "value": "h.example:443"}])
    assert (request.host, request.port, request.scheme) == ("h.example", 443, "https")
    for port, scheme in ((80, "http"), (8443, "https")):
        request = case.request(url="/p", headers=[{"name": "Host", "value": f"h.example:{port}"}])
        assert (request.host, request.port, request.scheme, request.target) == ("h.example", port, scheme, b"/p")
    request = case.request(url="//h.example/p?a=1", headers=[{"name": "Host", "value": "other.example"}])
    assert (request.host, request.scheme, request.target) == ("h.example", "https", b"/p?a=1")


def test_a_query_that_stands_only_in_query_string(case: Case) -> None:
    pairs = [{"name": "a", "value": "1 2"}, {"name": "名", "value": None}, "odd"]
    assert case.request(queryString=pairs).target == b"/?a=1+2&%E5%90%8D="
    assert case.request(url="http://h.example/?a=9", queryString=pairs).target == b"/?a=9"


def test_cookies_that_stand_only_in_the_list(case: Case) -> None:
    cookies = [{"name": "uid", "value": "7"}, {"name": "s", "value": "x"}]
    assert case.request(cookies=cookies).headers == ((b"Cookie", b"uid=7; s=x"),)
    assert case.response(cookies=cookies).headers == ((b"Set-Cookie", b"uid=7"), (b"Set-Cookie", b"s=x"))
    given_too = [{"name": "cookie", "value": "uid=7"}]
    assert case.request(cookies=cookies, headers=given_too).headers == ((b"cookie", b"uid=7"),)


@pytest.mark.parametrize(
    ("version", "protocol"),
    [
        ("HTTP/1.0", "http/1.0"),
        ("HTTP/1.1", "http/1.1"),
        ("1.1", "http/1.1"),
        ("http/2.0", "http/2"),
        ("h2", "http/2"),
        ("h3-29", "http/3"),
        ("HTTP/3", "http/3"),
        ("unknown", "http/1.1"),
        ("", "http/1.1"),
        (None, "http/1.1"),
        (3.0, "http/3"),
    ],
)
def test_protocols(case: Case, version: object, protocol: str) -> None:
    assert case.request(httpVersion=version).protocol == protocol


@pytest.mark.parametrize(
    ("started", "seconds"),
    [
        ("2024-05-06T07:08:09.1234567Z", 1714979289.123456),
        ("2024-05-06T09:08:09+02:00", 1714979289.0),
        ("2024-05-06T07:08:09", 1714979289.0),
        (1714979289.5, 1714979289.5),
        (1714979289500, 1714979289.5),
        ("yesterday", 0.0),
        (None, 0.0),
        (float("nan"), 0.0),
    ],
)
def test_times(case: Case, started: object, seconds: float) -> None:
    first = case.events(case.text(case.entry(startedDateTime=started)))[0]
    assert first.time == pytest.approx(seconds, abs=1e-6)


def test_headers_as_an_object_and_headers_of_odd_types(case: Case) -> None:
    assert case.request(headers={"X-A": "b"}).headers == ((b"X-A", b"b"),)
    odd = [{"name": "X-N", "value": 5}, {"name": None, "value": "x"}, {"value": "y"}, 7, None, {"name": "X-E"}]
    assert case.request(headers=odd).headers == ((b"X-N", b"5"), (b"X-E", b""))


def test_websocket_messages_as_chrome_writes_them(case: Case) -> None:
    messages = [
        {"type": "send", "time": 1714979290.5, "opcode": 1, "data": '{"did": "ü"}'},
        {"type": "receive", "time": 1714979291.5, "opcode": 2, "data": base64.b64encode(BINARY).decode()},
        {"type": "send", "time": 1714979292, "opcode": 9, "data": "ping"},
        {"type": "error", "time": 1714979292, "opcode": -1, "data": "closed"},
        "odd",
        {"type": "receive", "data": "plain"},
    ]
    made = case.entry({"url": "wss://h.example/"}, {"status": 101}, _webSocketMessages=messages)
    events = case.events(case.text(made))
    assert [type(e) for e in events] == [Request, Response, *[StreamMessage] * 3, StreamClosed]
    found = [
        (m.direction, m.index, m.data, m.text, m.time)
        for m in events
        if isinstance(m, StreamMessage) and m.protocol == "websocket"
    ]
    assert found == [
        (Direction.REQUEST, 0, '{"did": "ü"}'.encode(), True, 1714979290.5),
        (Direction.RESPONSE, 1, BINARY, False, 1714979291.5),
        (Direction.RESPONSE, 2, b"plain", True, 1714979291.5),
    ]
