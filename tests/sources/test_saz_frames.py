"""WebSocket frames of a Fiddler archive: messages both ways with their times; what is not as described is told."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from leakwatch.journal.events import Event, LedgerNote, Request, Response, StreamClosed, StreamMessage
from leakwatch.sources import open_source
from leakwatch.sources.saz_frames import moment, websocket_events

ASKED = b"GET wss://sdk.example/s HTTP/1.1\r\nHost: sdk.example\r\nUpgrade: websocket\r\n\r\n"
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
TEXT = b"867900045123877"


def _frames() -> bytes:
    mask = bytes([1, 2, 3, 4])
    sent = b"\x81\x8f" + mask + bytes(b ^ mask[at % 4] for at, b in enumerate(TEXT))
    facts = b"ID: 0\r\nBitFlags: 0\r\nDoneRead: 2026-11-21T10:00:05.1234567+00:00\r\nBeginSend: x\r\n\r\n"
    ways = ((b"Request", sent), (b"Response", b"\x81\x02ok"))
    return b"".join(b"\r\n%s-Length: %d\r\n%s%s" % (way, len(frame), facts, frame) for way, frame in ways)


def test_frames_are_messages_of_their_session(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (("c.txt", ASKED), ("s.txt", SWITCHED), ("w.txt", _frames())):
            archive.writestr(f"raw/07_{name}", data)
    (tmp_path / "x.saz").write_bytes(out.getvalue())
    events = list(open_source(tmp_path / "x.saz").read())
    assert [type(e) for e in events] == [Request, Response, StreamMessage, StreamMessage, StreamClosed]
    assert len({e.exchange for e in events}) == 1
    messages = [e for e in events if isinstance(e, StreamMessage)]
    assert [(e.direction, e.data, e.text) for e in messages] == [("request", TEXT, True), ("response", b"ok", True)]
    assert messages[0].time == moment(b"2026-11-21T10:00:05.123456+00:00") > 0


def test_what_is_not_as_fiddler_writes_it_is_told() -> None:
    def kinds(data: bytes) -> list[str]:
        events: list[Event] = list(websocket_events(data, "s-1", 1.0, SWITCHED))
        return [e.kind for e in events if isinstance(e, LedgerNote)]

    assert kinds(b"\r\nsomething else") == ["unreadable"]
    assert kinds(_frames() + b"garbage") == ["unreadable"]
    assert kinds(_frames()) == []
    for size in range(len(_frames())):
        kinds(_frames()[:size])  # cut anywhere, it ends
    assert moment(b"never") == 0.0
