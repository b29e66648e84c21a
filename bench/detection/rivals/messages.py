"""What every rival searches: the readable texts of one exchange, each with its direction."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator

from bench.detection.traffic import Exchange


def texts(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield (direction, text): URL, headers, and bodies after their announced content coding, as a browser gives them."""
    yield "request", f"https://{exchange.host}{exchange.target}"
    yield from (("request", f"{name}: {value}") for name, value in exchange.headers)
    yield "request", _decoded(exchange.body, dict(exchange.headers).get("Content-Encoding", "")).decode("latin-1")
    yield from (
        ("request" if kind == "send" else "response", data.decode("latin-1")) for kind, data, _ in exchange.messages
    )
    yield from (("response", f"{name}: {value}") for name, value in exchange.response_headers)
    yield "response", exchange.response.decode("latin-1")


def _decoded(body: bytes, coding: str) -> bytes:
    try:
        if coding == "gzip":
            return gzip.decompress(body)
        if coding == "deflate":
            return zlib.decompress(body, -15)
        if coding == "br":
            import brotlicffi

            return bytes(brotlicffi.decompress(body))
        if coding == "zstd":
            import zstandard

            return zstandard.ZstdDecompressor().decompress(body, max_output_size=1 << 24)
    except Exception:
        return body
    return body
