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


def _saz(
    request: bytes = POST,
    *,
    sessions: list[tuple[bytes, bytes]] | None = None,
    first: str = "",
    slash: str = "/",
) -> bytes:
    facts = b'<Session SID="1"><SessionTimers ClientBeginRequest="2026-11-21T10:00:00.1234567+00:00"/>'
    facts += b'<SessionFlags><SessionFlag N="x-hostip" V="203.0.113.7"/></SessionFlags></Session>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        if first:
            archive.writestr(first, "x" * 100_000)
        for number, (asked, answered) in enumerate(sessions or [(request, OK)], 1):
            for kind, data in (("c.txt", asked), ("s.txt", answered), ("m.xml", facts)):
                archive.writestr(f"raw{slash}{number}_{kind}", data)
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
    assert [(n.kind, n.host, n.count) for n in events if isinstance(n, LedgerNote)] == [
        ("not_kept", "sdk.example", 1), ("unreadable", "", 1),
    ]  # fmt: skip
    events = _read(tmp_path, pcapdroid_csv, LIST)
    assert [(e.host, e.app, e.sni) for e in events if isinstance(e, StreamOpened)] == [
        ("sdk.example", "Lvxing", "sdk.example")
    ]
    assert [(n.kind, n.bytes) for n in events if isinstance(n, LedgerNote)] == [("tls_closed", 3000)]


def test_a_tunnel_left_shut_is_counted(tmp_path: Path) -> None:
    notes = [e for e in _read(tmp_path, charles, _charles()) if isinstance(e, LedgerNote)]
    assert [(n.kind, n.host, n.bytes) for n in notes] == [("tls_closed", "pay.example", 9)]


def test_a_tunnel_whose_inside_is_shown_was_not_left_shut(tmp_path: Path) -> None:
    """Fiddler lists the CONNECT of every tunnel, of those that it opened too."""
    answer = b"HTTP/1.1 200 Connection Established\r\nClientToServerBytes: 700\r\nServerToClientBytes: 50\r\n\r\n"
    asked = [b"CONNECT %s:443 HTTP/1.1\r\nHost: %s:443\r\n\r\n" % (h, h) for h in (b"sdk.example", b"p.example")]
    events = _read(tmp_path, saz, _saz(sessions=[*((head, answer) for head in asked), (POST, OK)]))
    notes = [e for e in events if isinstance(e, LedgerNote)]
    assert [(n.kind, n.host, n.bytes) for n in notes] == [("tls_closed", "p.example", 750)]
    assert len([e for e in events if isinstance(e, Request)]) == 1


def test_a_fiddler_archive_with_other_members_first_or_backslashes(tmp_path: Path) -> None:
    for data in (_saz(first="_index.htm"), _saz(slash="\\")):
        (tmp_path / "x.zip").write_bytes(data)
        source = open_source(tmp_path / "x.zip")
        assert source.format == "saz"
        assert [e.body for e in source.read() if isinstance(e, Request)] == [b"imei=867900045123877"]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/raw/notes.txt", "no session")
    (tmp_path / "x.docx").write_bytes(out.getvalue())
    with pytest.raises(SourceError, match="none of the formats"):
        open_source(tmp_path / "x.docx")


def test_what_charles_decoded_is_not_announced_as_coded(tmp_path: Path) -> None:
    (entry, _) = json.loads(_charles())
    added = {"Content-Encoding": "gzip", ":path": "/"}
    entry["request"]["header"]["headers"] += [{"name": name, "value": value} for name, value in added.items()]
    (request,) = [e for e in _read(tmp_path, charles, json.dumps([entry]).encode()) if isinstance(e, Request)]
    assert request.headers == ((b"Content-Type", b"text/plain"),)


def test_odd_members_cost_charles_transactions_nothing(tmp_path: Path) -> None:
    (entry, _) = json.loads(_charles())
    entry |= {"actualPort": "x", "clientPort": None, "times": None, "remoteAddress": None}
    entry["request"]["header"]["headers"] += [{"name": "X-Empty"}, None, {"value": 5}]
    entry["response"] = {"sizes": {"body": 2000}}
    events = _read(tmp_path, charles, json.dumps([5, entry]).encode())
    assert [e.body for e in events if isinstance(e, Request)] == [b"imei=867900045123877"]
    notes = [(n.kind, n.direction, n.bytes) for n in events if isinstance(n, LedgerNote)]
    assert notes == [("unreadable", "", 0), ("not_kept", "response", 2000)]


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
