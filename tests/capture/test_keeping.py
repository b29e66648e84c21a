"""Which bodies go through in chunks, and how much of them is kept."""

from __future__ import annotations

import pytest
from mitmproxy import http
from mitmproxy.test import tutils

from leakwatch.capture.keeping import Keeping

KEEPING = Keeping(stream_over=1000, media=64, response=5000)


def request(version: str = "HTTP/1.1", method: str = "POST", **headers: str) -> http.Request:
    fields = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return tutils.treq(method=method.encode(), http_version=version.encode(), headers=http.Headers(fields))


def response(status: int = 200, **headers: str) -> http.Response:
    fields = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return tutils.tresp(status_code=status, headers=http.Headers(fields))


@pytest.mark.parametrize(
    ("asked", "streams"),
    [
        (request(), False),
        (request(content_length="1000"), False),
        (request(Content_Length="1001"), True),
        (request(transfer_encoding="chunked"), True),
        (request(transfer_encoding="chunked", content_length="5"), True),
        (request("HTTP/2.0"), True),
        (request("HTTP/2.0", "GET"), True),
        (request("HTTP/2.0", content_length="10"), False),
        (request("HTTP/3", content_length="2000"), True),
    ],
)
def test_requests(asked: http.Request, streams: bool) -> None:
    assert KEEPING.streams(asked) is streams


@pytest.mark.parametrize(
    ("answer", "streams"),
    [
        (response(content_length="0"), False),
        (response(content_length="999"), False),
        (response(content_length="1001"), True),
        (response(), True),
        (response(204), False),
        (response(304), False),
        (response(transfer_encoding="chunked", content_type="text/event-stream"), True),
        (response(content_length="nonsense"), True),
        (response(content_length="9" * 400), True),
    ],
)
def test_responses(answer: http.Response, streams: bool) -> None:
    assert KEEPING.streams(request(method="GET"), answer) is streams


@pytest.mark.parametrize(
    ("kind", "limit"),
    [
        ("image/jpeg", 64),
        ("Video/MP4; x=y", 64),
        ("font/woff2", 64),
        ("image/svg+xml", 5000),
        ("application/json", 5000),
        ("", 5000),
        ("text/plain; note=image/png", 5000),
    ],
)
def test_of_media_only_the_beginning_is_kept(kind: str, limit: int) -> None:
    assert KEEPING.limit(response(content_type=kind)) == limit
