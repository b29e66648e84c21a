"""Sessions saved by other tools: Burp XML, Charles JSON, Fiddler archives, Apple's and PCAPdroid's contact lists.

No public sample with a clear licence exists; each fixture is written from the format's description.
"""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, LedgerNote, Request, Response, StreamOpened
from leakwatch.sources import app_privacy_report, burp, charles, open_source, pcapdroid_csv, saz

POST = b"POST /collect HTTP/1.1\r\nHost: sdk.example\r\nContent-Type: text/plain\r\n\r\nimei=867900045123877"
OK = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\nfine"


def _burp(request: bytes = POST, prologue: str = "") -> bytes:
    coded = [base64.b64encode(part).decode() for part in (request, OK)]
    return f"""<?xml version="1.0"?>{prologue}
<items burpVersion="2026.1" exportTime="Sat Nov 21 10:00:00 UTC 2026"><item>
<time>Sat Nov 21 10:00:00 UTC 2026</time><url><![CDATA[https://sdk.example/collect]]></url>
<host ip="203.0.113.7">sdk.example</host><port>443</port><protocol>https</protocol><method>POST</method>
<request base64="true"><![CDATA[{coded[0]}]]></request><response base64="true"><![CDATA[{coded[1]}]]></response>
</item></items>""".encode()


def _charles() -> bytes:
    headers = [{"name": "Content-Type", "value": "text/plain"}]
    entry = {
        "status": "COMPLETE", "method": "POST", "protocolVersion": "HTTP/1.1", "scheme": "https",
        "host": "sdk.example", "actualPort": 443, "path": "/collect", "query": None, "tunnel": False, "keptAlive": True,
        "remoteAddress": "sdk.example/203.0.113.7", "clientAddress": "/10.0.0.2", "clientPort": 4000,
        "times": {"start": "2026-11-21T10:00:00.000Z"},
        "request": {"header": {"headers": headers}, "body": {"text": "imei=867900045123877"}},
        "response": {"status": 200, "header": {"headers": []},
                     "body": {"encoding": "base64", "encoded": base64.b64encode(b"fine").decode()}},
    }  # fmt: skip
    return json.dumps([entry, {"method": "CONNECT", "tunnel": True, "host": "pay.example", "totalSize": 9}]).encode()


def _saz(request: bytes = POST) -> bytes:
    facts = b'<Session SID="1"><SessionTimers ClientBeginRequest="2026-11-21T10:00:00.1234567+00:00"/>'
    facts += b'<SessionFlags><SessionFlag N="x-hostip" V="203.0.113.7"/></SessionFlags></Session>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (("raw/1_c.txt", request), ("raw/1_s.txt", OK), ("raw/1_m.xml", facts)):
            archive.writestr(name, data)
    return out.getvalue()


REPORT = b"""{"accessor":{"identifier":"com.a"},"category":"contacts","type":"access"}
{"type":"networkActivity","domain":"SDK.example","bundleID":"com.a","timeStamp":"2026-11-21T10:00Z"}
not json
"""
COLUMNS = b"IPProto,SrcIP,SrcPort,DstIp,DstPort,UID,App,Proto,Status,Info,BytesSent,BytesRcvd,PktsSent,PktsRcvd"
LIST = (
    COLUMNS
    + b""",FirstSeen,LastSeen
6,10.0.0.2,40000,203.0.113.7,443,10123,Lvxing,TLS,Closed,sdk.example,1000,2000,3,4,1763750000000,1763750001000
"""
)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (_burp(), "burp"),
        (_charles(), "charles"),
        (_saz(), "saz"),
        (REPORT, "app_privacy_report"),
        (LIST, "pcapdroid_csv"),
    ],
)
def test_content_decides_what_a_file_is(tmp_path: Path, data: bytes, kind: str) -> None:
    (tmp_path / "capture.bin").write_bytes(data)
    assert open_source(tmp_path / "capture.bin").format == kind


@pytest.mark.parametrize(("module", "data"), [(burp, _burp()), (charles, _charles()), (saz, _saz())])
def test_requests_and_responses_come_whole(tmp_path: Path, module: object, data: bytes) -> None:
    events = _read(tmp_path, module, data)
    (request,) = [e for e in events if isinstance(e, Request)]
    assert (request.method, request.url) == ("POST", "https://sdk.example/collect")
    assert request.body == b"imei=867900045123877"
    assert request.server[0] == "203.0.113.7" and 1795255199 < request.time < 1795255202
    (response,) = [e for e in events if isinstance(e, Response)]
    assert (response.status, response.body, response.exchange) == (200, b"fine", request.exchange)


def test_contacts_carry_their_app_and_no_payload(tmp_path: Path) -> None:
    events = _read(tmp_path, app_privacy_report, REPORT)
    assert [(e.host, e.app, e.app_evidence) for e in events if isinstance(e, StreamOpened)] == [
        ("sdk.example", "com.a", "proven")
    ]
    assert [(n.kind, n.count) for n in events if isinstance(n, LedgerNote)] == [("unreadable", 1)]
    events = _read(tmp_path, pcapdroid_csv, LIST)
    assert [(e.host, e.app, e.sni) for e in events if isinstance(e, StreamOpened)] == [
        ("sdk.example", "Lvxing", "sdk.example")
    ]
    assert [(n.kind, n.bytes) for n in events if isinstance(n, LedgerNote)] == [("tls_closed", 3000)]


def test_a_tunnel_left_shut_is_counted(tmp_path: Path) -> None:
    notes = [e for e in _read(tmp_path, charles, _charles()) if isinstance(e, LedgerNote)]
    assert [(n.kind, n.host, n.bytes) for n in notes] == [("passed_through", "pay.example", 9)]


def test_an_exploding_entity_is_refused(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE items [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    with pytest.raises(SourceError, match="declares an entity"):
        _read(tmp_path, burp, _burp(prologue=bomb))


@pytest.mark.parametrize(("module", "data"), [(burp, _burp()), (charles, _charles()), (saz, _saz())])
def test_cut_anywhere_they_end_in_a_note_or_one_line(tmp_path: Path, module: object, data: bytes) -> None:
    for size in range(1, len(data), max(1, len(data) // 60)):
        try:
            events = _read(tmp_path, module, data[:size])
        except SourceError as error:
            assert "\n" not in str(error)
        else:
            assert all(isinstance(e, Event) for e in events)


def _read(folder: Path, module: object, data: bytes) -> list[Event]:
    file = folder / "x"
    file.write_bytes(data)
    events: Iterator[Event] = module.read(file)  # type: ignore[attr-defined]  # every source module has it
    return list(events)
