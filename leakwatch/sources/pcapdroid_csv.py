"""PCAPdroid's connection list (CSV): which app met which host, and how many bytes; it holds no payload."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, LedgerNote, StreamOpened

_HEADER = b"IPProto,SrcIP,SrcPort,DstIp,DstPort"


def sniff(head: bytes) -> bool:
    """Whether the first line is PCAPdroid's header."""
    return head.lstrip(b"\xef\xbb\xbf").lower().startswith(_HEADER.lower())


def read(path: Path) -> Iterator[Event]:
    """Yield a contact for each connection, and its bytes as unread: the list says nothing of their content."""
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = csv.DictReader((line.replace("\x00", "") for line in file), strict=False)
            for index, row in enumerate(rows):
                yield from _row({k.lower(): v or "" for k, v in row.items() if isinstance(k, str)}, index)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    except csv.Error as error:
        yield LedgerNote(time=0.0, kind="truncated", detail=f"the CSV is broken: {error}")


def _row(row: dict[str, str], index: int) -> Iterator[Event]:
    time, app = _time(row.get("firstseen", "")), row.get("app", "") or f"uid:{row.get('uid', '')}"
    host, ip, port = row.get("info", "") or row.get("dstip", ""), row.get("dstip", ""), _number(row.get("dstport", ""))
    host = host.partition("/")[0]
    protocol = row.get("proto", "").lower() or "tcp"
    yield StreamOpened(
        time=time,
        exchange=f"row-{index}",
        index=index,
        host=host,
        port=port,
        client=(row.get("srcip", ""), _number(row.get("srcport", ""))),
        server=(ip, port),
        sni=host if protocol in ("tls", "quic", "https") and host != ip else "",
        tls=protocol in ("tls", "quic", "https"),
        protocol="contact",
        app=app,
        app_evidence="proven",
    )
    size = _number(row.get("bytessent", "")) + _number(row.get("bytesrcvd", ""))
    kind = {"tls": "tls_closed", "https": "tls_closed", "quic": "quic"}.get(protocol, "not_kept")
    yield LedgerNote(
        time=time,
        exchange=f"row-{index}",
        kind=kind,
        host=host,
        bytes=size,
        detail=f"{protocol}: the list has no payload",
    )


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 19 else 0


def _time(text: str) -> float:
    if text.isdigit():
        return int(text) / (1000 if len(text) > 11 else 1)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
