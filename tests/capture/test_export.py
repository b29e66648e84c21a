"""A journal as a flow file or HAR holds what the journal holds: read back by our sources, mitmproxy and json."""

from __future__ import annotations

import gzip
import io
import json
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leakwatch.capture import export_har, export_mitm
from leakwatch.capture.export import exchanges, export
from leakwatch.errors import JournalError
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    CaptureStarted,
    DnsMessage,
    Event,
    ExchangeFailed,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.model import Direction
from leakwatch.sources import open_source

UP, DOWN = Direction.REQUEST, Direction.RESPONSE
ZIPPED = gzip.compress(b'{"imei":"1"}', mtime=0)
HEADERS = ((b"Content-Type", b"application/json"), (b"Content-Encoding", b"gzip"), (b"Cookie", b"uid=7; a=b"))
PLAIN = Request(
    time=1.0, exchange="a", host="api.example.com", port=443, method="POST", target=b"/v1?x=1&y=%20", headers=HEADERS,
    body=ZIPPED, client=("10.0.0.2", 5), server=("192.0.2.1", 443), sni="api.example.com", tls=True,
)  # fmt: skip
ANSWER = Response(
    time=2.0, exchange="a", status=200, reason="OK", headers=((b"Content-Type", b"a/b"),), body=b"\x00\xff"
)
EVENTS: tuple[Event, ...] = (
    CaptureStarted(time=0.5, facts={}),
    PLAIN,
    replace(PLAIN, exchange="b", body=b"", complete=False, protocol="http/2", headers=()),
    ANSWER,
    BodyChunk(time=2.1, exchange="b", direction=UP, data=b"one "),
    BodyChunk(time=2.2, exchange="b", direction=UP, data=b"two"),
    BodyEnd(time=2.3, exchange="b", direction=UP, trailers=((b"x-sum", b"3"),)),
    Response(time=2.4, exchange="b", status=200, complete=False),
    BodyChunk(time=2.5, exchange="b", direction=DOWN, data="三".encode()),
    BodyEnd(time=2.6, exchange="b", direction=DOWN),
    replace(PLAIN, exchange="w", method="GET", body=b"", headers=()),
    Response(time=3.0, exchange="w", status=101),
    StreamMessage(time=3.1, exchange="w", protocol="websocket", direction=UP, index=0, data=b"hi", text=True),
    StreamMessage(time=3.2, exchange="w", protocol="websocket", direction=DOWN, index=1, data=b"\x00\xff"),
    StreamClosed(time=3.3, exchange="w"),
    StreamOpened(time=4.0, exchange="t", host="mq.example.com", port=1883),
    StreamMessage(time=4.1, exchange="t", protocol="tcp", direction=UP, index=0, data=b"tcp bytes"),
    DnsMessage(time=5.0, exchange="d", names=("a.example",)),
    DnsMessage(
        time=5.1, exchange="d", direction=DOWN, names=("a.example",), answers=(("a.example", "A", "192.0.2.1"),)
    ),
    replace(PLAIN, exchange="f", body=b"", headers=()),
    ExchangeFailed(time=6.0, exchange="f", detail="reset by peer"),
)


def write(path: Path, fmt: str) -> list[Event]:
    export(EVENTS, fmt, path)
    return list(open_source(path).read())


def of(events: list[Event], *kinds: type) -> list[Any]:
    return [event for event in events if isinstance(event, kinds)]


def test_flows_come_as_soon_as_they_are_whole_and_open_ones_last() -> None:
    order = [(e.request or e.opened or e.dns[0]).exchange for e in exchanges(EVENTS)]
    assert order == ["a", "b", "w", "d", "f", "t"]


@pytest.mark.parametrize("fmt", ["mitm", "har"])
def test_what_was_recorded_is_read_back(tmp_path: Path, fmt: str) -> None:
    events = write(tmp_path / "out", fmt)
    requests = {r.exchange: r for r in of(events, Request)}
    assert list(requests) == ["a", "b", "w", "f"]
    first = requests["a"]
    assert (first.body, first.headers, first.url, first.time) == (ZIPPED, HEADERS, PLAIN.url, 1.0)
    assert (requests["b"].body, requests["b"].protocol) == (b"one two", "http/2")
    responses = {r.exchange: r for r in of(events, Response)}
    assert responses["a"].body == b"\x00\xff" and responses["b"].body == "三".encode()
    messages = [m for m in of(events, StreamMessage) if m.protocol == "websocket"]
    assert [(m.data, m.text, m.direction) for m in messages] == [(b"hi", True, UP), (b"\x00\xff", False, DOWN)]
    assert "f" in {f.exchange for f in of(events, ExchangeFailed)}


def test_a_flow_file_holds_tcp_and_dns_too(tmp_path: Path) -> None:
    events = write(tmp_path / "out", "mitm")
    assert [m.data for m in of(events, StreamMessage) if m.protocol == "tcp"] == [b"tcp bytes"]
    query, answer = of(events, DnsMessage)
    assert query.names == ("a.example",) and answer.answers == (("a.example", "A", "192.0.2.1"),)
    opened = of(events, StreamOpened)[0]
    assert (opened.host, opened.port) == ("mq.example.com", 1883)


def test_mitmdump_reads_the_flow_file(tmp_path: Path) -> None:
    export(EVENTS, "mitm", tmp_path / "out")
    command = [str(Path(sys.executable).with_name("mitmdump")), "-nr", str(tmp_path / "out"), "--set", "flow_detail=1"]
    done = subprocess.run(
        [*command, "--set", f"confdir={tmp_path}"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "https://api.example.com/v1?x=1&y=%20" in done.stdout and "Traceback" not in done.stdout + done.stderr


def test_a_har_is_readable_for_people_and_exact_beside(tmp_path: Path) -> None:
    export(EVENTS, "har", tmp_path / "out")
    log = json.loads((tmp_path / "out").read_text("utf-8"))["log"]
    assert log["version"] == "1.2" and len(log["entries"]) == 4
    first = log["entries"][0]
    assert first["request"]["postData"]["text"] == '{"imei":"1"}' and "_rawBase64" in first["request"]["postData"]
    assert first["request"]["queryString"] == [{"name": "x", "value": "1"}, {"name": "y", "value": " "}]
    assert {"name": "uid", "value": "7"} in first["request"]["cookies"]
    assert first["response"]["content"] == {"size": 2, "mimeType": "a/b", "text": "AP8=", "encoding": "base64"}
    assert (first["serverIPAddress"], first["time"], first["startedDateTime"]) == (
        "192.0.2.1", 1000.0, "1970-01-01T00:00:01+00:00",
    )  # fmt: skip


def test_the_file_is_private_and_whole_or_not_there(tmp_path: Path) -> None:
    export(EVENTS, "har", tmp_path / "out")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o600

    def broken() -> Any:
        yield PLAIN
        raise JournalError("damaged")

    with pytest.raises(JournalError, match="damaged"):
        export(broken(), "mitm", tmp_path / "other")
    with pytest.raises(JournalError, match="cannot be written"):
        export(EVENTS, "mitm", tmp_path / "no such folder" / "x")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_an_empty_journal_is_an_empty_file(tmp_path: Path) -> None:
    assert export_mitm.write([], io.BytesIO()) == 0
    har = io.BytesIO()
    assert export_har.write(exchanges([CaptureStarted(time=1.0, facts={})]), har) == 0
    assert json.loads(har.getvalue())["log"]["entries"] == []


def test_a_bomb_stays_packed(tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(200 << 20), 9, mtime=0)
    event = replace(PLAIN, body=bomb)
    export([event, ANSWER], "har", tmp_path / "out")
    assert (tmp_path / "out").stat().st_size < 2_000_000
    assert of(list(open_source(tmp_path / "out").read()), Request)[0].body == bomb
