"""The stored message's bytes: one canonical layout of head and body that every offset of a leak refers to."""

from __future__ import annotations

from leakwatch.journal.events import Headers, Request, Response


def request_head(request: Request) -> bytes:
    """Lay out a request's head: request line and header fields, as HTTP/1.1 would write them (RFC 9112 §3).

    HTTP/2 and HTTP/3 heads are laid out the same way, so that an offset means the same thing for every protocol.
    """
    line = b"%s %s %s\r\n" % (request.method.encode("ascii", "replace"), request.target, _version(request.protocol))
    return line + _fields(request.headers)


def response_head(response: Response) -> bytes:
    """Lay out a response's head: status line and header fields (RFC 9112 §4)."""
    reason = response.reason.encode("utf-8", "surrogateescape")
    return b"%s %d %s\r\n" % (_version(response.protocol), response.status, reason) + _fields(response.headers)


def _fields(headers: Headers) -> bytes:
    return b"".join(b"%s: %s\r\n" % field for field in headers) + b"\r\n"


def _version(protocol: str) -> bytes:
    return protocol.upper().encode("ascii", "replace")
