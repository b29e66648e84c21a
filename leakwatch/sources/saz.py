"""Fiddler's session archive (`.saz`): a zip of raw requests, responses, WebSocket frames and their times."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, LedgerNote
from leakwatch.sources.http_text import exchange_events
from leakwatch.sources.saz_frames import moment, websocket_events
from leakwatch.sources.shut_tunnels import ShutTunnels

MAX_MEMBER, MAX_SESSIONS = 256 << 20, 200_000
_NAME = re.compile(r"raw/(\d+)_c\.txt")
_MEMBER = re.compile(rb"raw[/\\]\d+_[csmw]\.(?:txt|xml)", re.IGNORECASE)
_CARRIED = re.compile(rb"(?im)^(?:ClientToServer|ServerToClient)Bytes: *(\d{1,18})")
"""What Fiddler writes into its own answer to a CONNECT, once the tunnel is closed."""
_BEGAN = re.compile(rb'ClientBeginRequest="([^"]+)"')
_FLAG = re.compile(rb'N="x-(hostip|clientip)"\s+V="([^"]{0,64})"')
_URL = re.compile(rb"\S+ +(https?)://([^/\s:]+|\[[^\]]+\])(?::(\d+))?")
_HOST = re.compile(rb"(?im)^host: *(\[[^\]]+\]|[^:\s]+)(?::(\d+))?")


def sniff(head: bytes) -> bool:
    """Whether a file is a zip that begins as Fiddler's archives do."""
    return head.startswith(b"PK\x03\x04") and (_MEMBER.search(head) is not None or b"_index.htm" in head[:4096])


def read(path: Path) -> Iterator[Event]:
    """Yield the events of every session. Raises SourceError where the archive cannot be opened or is locked."""
    try:
        with zipfile.ZipFile(path) as archive:
            listed = archive.infolist()[: 4 * MAX_SESSIONS]
            members = {info.filename.lower().replace("\\", "/"): info for info in listed}
            tunnels = ShutTunnels("Fiddler")
            names = sorted((m[1], n) for n in members if (m := _NAME.fullmatch(n)))
            for index, (number, _) in enumerate(sorted(names, key=lambda pair: int(pair[0]))):
                yield from _session(archive, members, number, index, tunnels)
            yield from tunnels.notes()
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        why = "it is locked with a password" if isinstance(error, RuntimeError) else str(error)
        raise SourceError(f"{path}: not a Fiddler archive that can be opened: {why}") from None


def _session(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], number: str, index: int, tunnels: ShutTunnels
) -> Iterator[Event]:
    exchange = f"session-{number}"
    try:
        request, response, facts, frames = (
            _member(archive, members.get(f"raw/{number}_{kind}")) for kind in ("c.txt", "s.txt", "m.xml", "w.txt")
        )
    except (ValueError, zlib.error, zipfile.BadZipFile) as error:
        yield LedgerNote(time=0.0, kind="unreadable", exchange=exchange, detail=f"session {number}: {error}")
        return
    time, flags = _time(facts), {k.lower(): v.decode("latin-1") for k, v in _FLAG.findall(facts)}
    scheme, host, port = _authority(request)
    if request.startswith(b"CONNECT "):
        tunnels.tunnel(host.lower(), time, sum(int(size) for size in _CARRIED.findall(response[:65536])))
        return
    if scheme == "https":
        tunnels.opened(host.lower())
    opening: dict[str, Any] = {
        "time": time,
        "exchange": exchange,
        "index": index,
        "host": host,
        "port": port or (443 if scheme == "https" else 80),
        "client": (flags.get(b"clientip", ""), 0),
        "server": (flags.get(b"hostip", ""), port),
        "tls": scheme == "https",
    }
    events = list(exchange_events(request, response, scheme, opening))
    if not events:
        yield LedgerNote(time=time, kind="unreadable", host=host, detail=f"session {number}: no HTTP request")
    yield from events
    if events and frames:
        yield from websocket_events(frames, exchange, time, response)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> bytes:
    if info is None:
        return b""
    with archive.open(info) as file:
        data = file.read(MAX_MEMBER + 1)
    if len(data) > MAX_MEMBER:
        raise ValueError(f"{info.filename} is larger than 256 MiB")
    return data


def _authority(request: bytes) -> tuple[str, str, int]:
    head = request[:65536]
    url, host = _URL.match(head), _HOST.search(head)
    if url is not None:
        return url[1].decode(), url[2].decode("latin-1").strip("[]"), int(url[3] or 0)
    if host is not None:
        return "https", host[1].decode("latin-1").strip("[]"), int(host[2] or 0)
    return "https", "", 0


def _time(facts: bytes) -> float:
    began = _BEGAN.search(facts)
    return moment(began[1]) if began else 0.0
