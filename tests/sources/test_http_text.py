"""HTTP kept as text: every version's lines, odd heads, chunked bodies that tools leave in."""

from __future__ import annotations

import pytest

from leakwatch.sources.http_text import request_event, response_event

OPENING = {"time": 1.0, "exchange": "x", "index": 0, "host": "a.example"}


@pytest.mark.parametrize(
    ("line", "protocol"), [(b"GET /p HTTP/1.0", "http/1.0"), (b"GET /p HTTP/2", "http/2"), (b"GET /p HTTP/3", "http/3")]
)
def test_versions(line: bytes, protocol: str) -> None:
    request = request_event(line + b"\r\nHost: a.example\r\n\r\n", "https", OPENING)
    assert request is not None and (request.protocol, request.target) == (protocol, b"/p")


def test_a_body_without_a_length_is_kept_whole() -> None:
    request = request_event(b"POST /p HTTP/2\r\nHost: a\r\n\r\nimei=867900045123877\r\n\r\nmore", "https", OPENING)
    assert request is not None and request.body == b"imei=867900045123877\r\n\r\nmore"


def test_an_absolute_target_becomes_its_path() -> None:
    request = request_event(b"GET http://a.example/p?q=1 HTTP/1.1\r\n\r\n", "http", OPENING)
    assert request is not None and request.url == "http://a.example/p?q=1"


def test_chunked_bodies_are_undone_and_false_claims_left() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked = response_event(head + b"5\r\nhello\r\n0\r\n\r\n", "x", 1.0)
    claimed = response_event(head + b"{}", "x", 1.0)
    assert chunked is not None and chunked.body == b"hello"
    assert claimed is not None and claimed.body == b"{}"


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\x02", b"HTTP/1.1 200 OK\r\n\r\n", b"GET"])
def test_what_is_no_request_is_none(raw: bytes) -> None:
    assert request_event(raw, "https", OPENING) is None
