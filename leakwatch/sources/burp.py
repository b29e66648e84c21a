"""Burp Suite's "Save items" XML: requests and responses, base64 or plain."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, LedgerNote
from leakwatch.sources.http_text import exchange_events

_BLOCK = 1 << 20


def sniff(head: bytes) -> bool:
    """Whether a file begins as Burp's XML does."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:5] == b"<?xml" and b"<items" in head and b"burpVersion" in head


def read(path: Path) -> Iterator[Event]:
    """Yield the events of every item; a torn file is read as far as it goes. Raises SourceError if it is no XML."""
    index = -1
    try:
        for index, item in enumerate(_items(path)):
            yield from _item(item, index)
    except ParseError as error:
        if index < 0:
            raise SourceError(f"{path}: not XML that Burp wrote: {error}") from None
        yield LedgerNote(time=0.0, kind="truncated", detail=f"Burp XML is torn: {error}")
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None


def _items(path: Path) -> Iterator[Element]:
    """Yield each `<item>` and forget it; declared entities are refused, for they could be made to explode."""
    parser: XMLPullParser[Any] = XMLPullParser(["end"])
    before = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if b"<!ENTITY" in before[-8:] + block:
                raise ParseError("it declares an entity")
            before = block
            parser.feed(block)
            for event in parser.read_events():
                element: Any = event[-1]
                if isinstance(element, Element) and element.tag == "item":
                    yield element
                    element.clear()
        parser.close()


def _item(item: Element, index: int) -> Iterator[Event]:
    host = item.find("host")
    name, ip = (host.text or "", host.get("ip", "")) if host is not None else ("", "")
    port = item.findtext("port", "0")
    opening: dict[str, Any] = {
        "time": _time(item.findtext("time", "")),
        "exchange": f"item-{index}",
        "index": index,
        "host": name,
        "port": int(port) if port.isdigit() else 0,
        "server": (ip or name, int(port) if port.isdigit() else 0),
        "tls": item.findtext("protocol") == "https",
    }
    request, response = _bytes(item.find("request")), _bytes(item.find("response"))
    events = list(exchange_events(request, response, item.findtext("protocol") or "https", opening))
    if not events:
        detail = f"item {index}: no HTTP request"
        yield LedgerNote(time=opening["time"], kind="unreadable", host=name, detail=detail)
    yield from events


def _bytes(element: Element | None) -> bytes:
    if element is None or not element.text:
        return b""
    if element.get("base64") == "true":
        try:
            return base64.b64decode(element.text)
        except binascii.Error:
            return b""
    return element.text.encode("utf-8", "surrogateescape")


def _time(text: str) -> float:
    """Burp writes `Sat Nov 21 10:00:00 UTC 2026`; the zone is read only where it is UTC or GMT."""
    words = text.split()
    try:
        moment = datetime.strptime(" ".join(words[1:4] + words[5:]), "%b %d %H:%M:%S %Y")
    except ValueError:
        return 0.0
    return moment.replace(tzinfo=UTC).timestamp()
