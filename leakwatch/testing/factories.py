"""Factories: profiles, requests and responses with every field that a test does not care about filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from leakwatch.journal.events import Headers, Request, Response
from leakwatch.model import App, DeviceProfile, Identifier, Keys

IMEI = "867530912345675"
ANDROID_ID = "c0ffee5a17b2d9e4"
GAID = "38400000-8cf0-41bd-b23e-10b96e40a7c1"
EMAIL = "mei.lin.chen@example.net"

HeaderItems = Mapping[str, str] | Sequence[tuple[str, str]]


def make_identifier(type: str, value: str, name: str = "") -> Identifier:
    """Return an identifier named after its type unless told otherwise."""
    return Identifier(type, name or type, value)


def make_profile(
    *identifiers: Identifier, region: str = "CN", keys: Keys | None = None, apps: Sequence[App] = (), **values: str
) -> DeviceProfile:
    """Return a profile of `identifiers` and of `values` given as type="value"; without any, of four usual ones.

    The four: an IMEI, an Android ID, an advertising ID and an e-mail address (`IMEI`, `ANDROID_ID`, `GAID`, `EMAIL`).
    """
    chosen = identifiers + tuple(make_identifier(type_, value) for type_, value in values.items())
    if not chosen:
        usual = {"imei": IMEI, "android_id": ANDROID_ID, "gaid": GAID, "email": EMAIL}
        chosen = tuple(make_identifier(type_, value) for type_, value in usual.items())
    return DeviceProfile("test-phone", region, chosen, keys or Keys(), tuple(apps))


def make_request(
    url: str = "https://api.example.com/v1/track",
    *,
    body: bytes = b"",
    headers: HeaderItems = (),
    method: str = "",
    content_type: str = "",
    exchange: str = "exchange-1",
    time: float = 1_700_000_000.0,
    **fields: Any,
) -> Request:
    """Return a request for `url`: a POST where it has a body. Further `fields` are those of the event."""
    scheme, rest = url.split("://", 1)
    netloc = urlsplit(url).netloc
    host, _, port = netloc.partition(":")
    target = rest[len(netloc) :] or "/"
    default = 443 if scheme == "https" else 80
    usual: dict[str, Any] = {
        "time": time, "exchange": exchange, "index": 0, "host": host, "port": int(port or default),
        "server": ("192.0.2.10", int(port or default)), "tls": scheme == "https", "scheme": scheme,
        "method": method or ("POST" if body else "GET"), "target": target.encode(),
        "headers": _headers(headers, content_type, host), "body": body,
    }  # fmt: skip
    return Request(**usual | fields)


def make_response(
    *,
    body: bytes = b"",
    status: int = 200,
    headers: HeaderItems = (),
    content_type: str = "",
    exchange: str = "exchange-1",
    time: float = 1_700_000_000.5,
    **fields: Any,
) -> Response:
    """Return a response; further `fields` are those of the event."""
    usual: dict[str, Any] = {
        "time": time, "exchange": exchange, "status": status, "reason": "OK",
        "headers": _headers(headers, content_type), "body": body,
    }  # fmt: skip
    return Response(**usual | fields)


def _headers(headers: HeaderItems, content_type: str, host: str = "") -> Headers:
    items = [("Host", host)] if host else []
    items += headers.items() if isinstance(headers, Mapping) else headers
    if content_type:
        items.append(("Content-Type", content_type))
    return tuple((name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in items)
