"""Exchanges and their labels, and how they become a HAR file."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench.detection.person import Person


@dataclass(frozen=True)
class Label:
    """What is planted: `chain` outermost first, `location` as the product should name it."""

    identifier: str
    chain: tuple[str, ...]
    location: str
    direction: str = "request"


@dataclass
class Exchange:
    """One HTTP exchange (or WebSocket conversation) and its labels; without labels it is a negative."""

    family: str
    tier: str
    labels: list[Label] = field(default_factory=list)
    method: str = "POST"
    host: str = "sdk.example"
    target: str = "/collect"
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    media: str = ""
    response: bytes = b'{"code":0}'
    response_headers: list[tuple[str, str]] = field(default_factory=list)
    messages: list[tuple[str, bytes, bool]] = field(default_factory=list)


Builder = Callable[[Person, str], Exchange]
"""Makes an exchange that plants the identifier of this name."""


@dataclass(frozen=True)
class Family:
    """A kind of plant: its tier and the identifiers that it is tried with."""

    name: str
    tier: str
    build: Builder
    names: tuple[str, ...]


def har(exchanges: list[Exchange], start: float = 1763750000.0) -> bytes:
    """All exchanges as one HAR 1.2; bodies that are no UTF-8 go as base64, as browsers' exporters write them."""
    entries = [_entry(exchange, index, start + index) for index, exchange in enumerate(exchanges)]
    log = {"version": "1.2", "creator": {"name": "bench.detection", "version": "1"}, "entries": entries}
    return json.dumps({"log": log}, ensure_ascii=True).encode()


def _entry(exchange: Exchange, index: int, time: float) -> dict[str, Any]:
    from datetime import UTC, datetime

    headers = [("Host", exchange.host), *exchange.headers]
    if exchange.media:
        headers.append(("Content-Type", exchange.media))
    entry: dict[str, Any] = {
        "_id": f"e{index}",
        "startedDateTime": datetime.fromtimestamp(time, UTC).isoformat().replace("+00:00", "Z"),
        "time": 1,
        "request": {
            "method": exchange.method, "url": f"https://{exchange.host}{exchange.target}", "httpVersion": "HTTP/1.1",
            "headers": _pairs(headers), "queryString": [], "cookies": [], "headersSize": -1,
            "bodySize": len(exchange.body),
        },
        "response": {
            "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "headers": _pairs(exchange.response_headers),
            "cookies": [], "content": _content(exchange.response, "application/json"), "redirectURL": "",
            "headersSize": -1, "bodySize": len(exchange.response),
        },
        "cache": {}, "timings": {"send": 0, "wait": 1, "receive": 0},
    }  # fmt: skip
    if exchange.body:
        entry["request"]["postData"] = _content(exchange.body, exchange.media or "application/octet-stream")
    if exchange.messages:
        entry["_webSocketMessages"] = [
            {
                "type": kind, "time": time, "opcode": 1 if text else 2,
                "data": data.decode() if text else base64.b64encode(data).decode(),
            }
            for kind, data, text in exchange.messages
        ]  # fmt: skip
    return entry


def _pairs(headers: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def _content(data: bytes, media: str) -> dict[str, Any]:
    content: dict[str, Any] = {"mimeType": media, "size": len(data)}
    try:
        content["text"] = data.decode("utf-8")
    except UnicodeDecodeError:
        content |= {"text": base64.b64encode(data).decode(), "encoding": "base64"}
    return content
