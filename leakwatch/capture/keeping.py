"""What of a body is kept: requests whole, of media and very long responses the beginning; the rest is counted."""

from __future__ import annotations

from dataclasses import dataclass

from mitmproxy import http
from mitmproxy.net.http.http1 import expected_http_body_size

_MEDIA = ("image/", "video/", "audio/", "font/", "application/font", "application/vnd.apple.mpegurl")
_TEXT = ("image/svg",)


@dataclass(frozen=True, slots=True)
class Keeping:
    """The policy; all in bytes. A photo's first 64 kB hold its metadata, place and all, so they are kept."""

    stream_over: int = 1 << 20
    media: int = 64 << 10
    response: int = 256 << 20

    def limit(self, response: http.Response) -> int:
        """Return how many bytes of a response's body are kept."""
        kind = response.headers.get("content-type", "").strip().lower()
        return self.media if kind.startswith(_MEDIA) and not kind.startswith(_TEXT) else self.response

    def streams(self, request: http.Request, response: http.Response | None = None) -> bool:
        """Whether a body goes through chunk by chunk: longer than `stream_over`, or of unknown length.

        Unknown is what neither says its length nor is bound to be empty, so that server-sent events and gRPC flow at
        once. HTTP/2 and HTTP/3 need no Content-Length, and mitmproxy takes such a request to be empty: we do not.
        """
        length = _plain_length(response or request)
        if length is not None:
            return length > self.stream_over
        try:
            size = expected_http_body_size(request, response)
        except ValueError:
            return True
        if response is None and size == 0:
            return request.is_http2 or request.is_http3
        return size is None or size < 0 or size > self.stream_over


def _plain_length(message: http.Message) -> int | None:
    """Return what a single, well-formed Content-Length without Transfer-Encoding says: nearly every message has it."""
    length = None
    for name, value in message.data.headers.fields:
        if len(name) == 14 and name.lower() == b"content-length":
            if length is not None or not value.isdigit() or len(value) > 15:
                return None
            length = int(value)
        elif len(name) == 17 and name.lower() == b"transfer-encoding":
            return None
    return length
