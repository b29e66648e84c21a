"""The addon in a real mitmdump: whatever a real client sends over real TLS is in the journal."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets.sync.client
import websockets.sync.server

from leakwatch.capture import control
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    CaptureEnded,
    CaptureStarted,
    Event,
    ExchangeFailed,
    LedgerNote,
    Mark,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
)
from leakwatch.model import Direction


def of(events: list[Event], *kinds: type) -> list[Any]:
    return [event for event in events if isinstance(event, kinds)]


def client(proxy: Any) -> httpx.Client:
    return httpx.Client(proxy=proxy.url, verify=ssl.create_default_context(cafile=str(proxy.ca)), timeout=20)


def curl(proxy: Any, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = ["curl", "-sS", "--max-time", "20", "--proxy", proxy.url, "--cacert", str(proxy.ca), *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def test_an_exchange_is_recorded_as_it_was(start_proxy: Callable[..., Any], upstream: Any) -> None:
    proxy = start_proxy()
    with client(proxy) as http:
        reply = http.post(upstream.url("/collect?a=1%20b"), content=b'{"imei":"1"}', headers={"X-Did": "Q"})
    events = proxy.events()
    started, mark, request, response = events
    assert isinstance(started, CaptureStarted) and started.facts["mode"] == "regular"
    assert isinstance(mark, Mark) and mark.axes == {"consent": "none"} and mark.by == "default"
    assert isinstance(request, Request) and request.complete
    assert (request.method, request.target, request.body) == ("POST", b"/collect?a=1%20b", b'{"imei":"1"}')
    assert request.url == upstream.url("/collect?a=1%20b")
    assert (request.host, request.port, request.sni, request.tls) == ("localhost", upstream.port, "localhost", True)
    assert (b"X-Did", b"Q") in request.headers
    assert request.client[0] == "127.0.0.1" and request.server == ("127.0.0.1", upstream.port)
    assert isinstance(response, Response) and response.exchange == request.exchange
    assert (response.status, response.body) == (200, reply.content)
    assert mark.time <= request.time <= response.time <= time.time()
    assert stat.S_IMODE(proxy.journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(proxy.journal.parent.stat().st_mode) == 0o700
    assert proxy.end() == 0
    assert isinstance(proxy.events()[-1], CaptureEnded)


def test_curl_uploads_in_chunks_that_are_recorded_before_they_move_on(
    proxy: Any, upstream: Any, tmp_path: Path
) -> None:
    body = bytes(range(256)) * 12_000
    (tmp_path / "upload").write_bytes(body)
    done = curl(
        proxy, "-T", str(tmp_path / "upload"), "-X", "POST", "-H", "Transfer-Encoding: chunked", upstream.url("/up")
    )
    assert done.stdout == b"ok /up", done.stderr
    assert upstream.seen[0][1] == body
    events = proxy.events()
    (request,) = of(events, Request)
    assert not request.complete and request.body == b""
    chunks = [c.data for c in of(events, BodyChunk) if c.direction is Direction.REQUEST]
    assert b"".join(chunks) == body
    (end,) = [e for e in of(events, BodyEnd) if e.direction is Direction.REQUEST]
    assert events.index(request) < events.index(end) < events.index(of(events, Response)[0])


def test_long_bodies_of_known_length_stream_and_shorter_ones_do_not(
    start_proxy: Callable[..., Any], upstream: Any
) -> None:
    proxy = start_proxy("leakwatch_stream_over=10k")
    with client(proxy) as http:
        assert len(http.get(upstream.url("/bytes/20000")).content) == 20_000
        http.get(upstream.url("/bytes/10000"))
        http.post(upstream.url("/p"), content=b"p" * 20_000)
    responses = of(proxy.events(), Response)
    assert [r.complete for r in responses] == [False, True, True]
    assert [r.complete for r in of(proxy.events(), Request)] == [True, True, False]
    first = responses[0].exchange
    assert sum(len(c.data) for c in of(proxy.events(), BodyChunk) if c.exchange == first) == 20_000


def test_a_body_written_by_a_thread_is_recorded_before_the_client_has_it(
    start_proxy: Callable[..., Any], upstream: Any
) -> None:
    proxy = start_proxy("leakwatch_stream_over=10m")
    with client(proxy) as http:
        assert len(http.get(upstream.url("/bytes/3000000")).content) == 3_000_000
    (response,) = of(proxy.events(), Response)
    assert response.complete and len(response.body) == 3_000_000


def test_server_sent_events_arrive_one_by_one(proxy: Any, upstream: Any) -> None:
    with client(proxy) as http, http.stream("GET", upstream.url("/events/4")) as reply:
        arrived = [time.monotonic() for _ in reply.iter_text()]
    assert len(arrived) >= 3 and arrived[-1] - arrived[0] > 0.5
    chunks = [c.data for c in of(proxy.events(), BodyChunk)]
    assert b"".join(chunks) == b"".join(b"data: %d\n\n" % n for n in range(4))


@pytest.mark.parametrize("size", [150_000, 900_000])
def test_large_responses_are_recorded_before_the_client_has_them(proxy: Any, upstream: Any, size: int) -> None:
    with client(proxy) as http:
        assert http.get(upstream.url(f"/bytes/{size}")).content == b"x" * size
    (response,) = of(proxy.events(), Response)
    assert response.body == b"x" * size


def test_of_media_the_beginning_is_kept_and_the_rest_counted(proxy: Any, upstream: Any) -> None:
    with client(proxy) as http:
        assert len(http.get(upstream.url("/image/200000")).content) == 200_000
        assert len(http.get(upstream.url("/image/3000000")).content) == 3_000_000
        http.get(upstream.url("/image/60000"))
    events = proxy.events()
    notes = of(events, LedgerNote)
    assert [(n.kind, n.bytes, n.host) for n in notes] == [
        ("not_kept", 200_000 - 65_536, "localhost"),
        ("not_kept", 3_000_000 - 65_536, "localhost"),
    ]
    assert len(of(events, Response)[0].body) == 65_536
    assert sum(len(c.data) for c in of(events, BodyChunk)) == 65_536
    assert len(of(events, Response)[2].body) == 60_000


def test_plain_http_is_recorded_without_tls(proxy: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        process = subprocess.Popen(
            ["curl", "-sS", "--proxy", proxy.url, f"http://localhost:{port}/p?x=1"], stdout=subprocess.PIPE
        )
        connection, _ = server.accept()
        with connection:
            head = connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
            assert process.communicate(timeout=10)[0] == b"hi"
    (request,) = of(proxy.events(), Request)
    assert head.startswith(b"GET /p?x=1 HTTP/1.1")
    assert (request.scheme, request.tls, request.target) == ("http", False, b"/p?x=1")


def test_a_websocket_is_recorded_message_by_message(proxy: Any, authority: Any) -> None:
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_tls.load_cert_chain(authority[1])

    def echo(connection: Any) -> None:
        for message in connection:
            connection.send(message)

    with websockets.sync.server.serve(echo, "127.0.0.1", 0, ssl=server_tls) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.socket.getsockname()[1]
        trusting = ssl.create_default_context(cafile=str(proxy.ca))
        with websockets.sync.client.connect(f"wss://localhost:{port}/ws", ssl=trusting, proxy=proxy.url) as ws:
            for message in ('{"idfa":"a"}', b"\x00\x01", "x" * 100_000):
                ws.send(message)
                assert ws.recv() == message
        server.shutdown()
    events = proxy.wait_for(lambda events: of(events, StreamClosed))
    messages = of(events, StreamMessage)
    assert [m.index for m in messages] == list(range(6))
    assert [m.data for m in messages[::2]] == [b'{"idfa":"a"}', b"\x00\x01", b"x" * 100_000]
    assert [m.text for m in messages] == [True, True, False, False, True, True]
    assert {m.direction for m in messages[::2]} == {Direction.REQUEST}
    (request,) = of(events, Request)
    assert {m.exchange for m in messages} == {request.exchange}
    assert "IndexError" not in proxy.log.read_text()


def test_a_response_that_breaks_off_is_recorded_as_such(proxy: Any, upstream: Any) -> None:
    with client(proxy) as http:
        assert http.get(upstream.url("/cut")).status_code == 502
    (failed,) = of(proxy.events(), ExchangeFailed)
    assert failed.exchange == of(proxy.events(), Request)[0].exchange


def test_marks_of_other_processes_are_recorded_with_their_own_time(start_proxy: Callable[..., Any]) -> None:
    proxy = start_proxy()
    mark = control.new_mark({"consent": "given"}, time=1234.5, by="script", uncertainty=0.5, who="demo")
    control.request_mark(proxy.journal.parent, mark)
    events = proxy.wait_for(lambda events: len(of(events, Mark)) == 2)
    assert of(events, Mark)[1] == mark
    assert not list((proxy.journal.parent / "control").iterdir())
    control.report_leaks(proxy.journal.parent, [("no such flow", "imei to example.com")])
    control.request_mark(proxy.journal.parent, control.new_mark({"app": "background"}))
    assert proxy.end() == 0
    assert of(proxy.events(), Mark)[2].axes == {"app": "background"}


def test_a_second_client_is_noted_and_recorded_with_its_address(start_proxy: Callable[..., Any], upstream: Any) -> None:
    proxy = start_proxy()
    target = upstream.url("/who")
    assert curl(proxy, "-o", "/dev/null", target).returncode == 0
    assert curl(proxy, "--interface", "127.0.0.2", target).stdout == b"hello /who"
    events = proxy.events()
    (note,) = of(events, LedgerNote)
    assert (note.kind, note.detail) == ("second_client", "127.0.0.2")
    assert [r.client[0] for r in of(events, Request)] == ["127.0.0.1", "127.0.0.2"]


def test_facts_and_phase_are_the_first_records(start_proxy: Callable[..., Any]) -> None:
    facts = {"capture": "c-1", "examiner": "E", "note": "备注"}
    proxy = start_proxy(
        f"leakwatch_facts={json.dumps(facts)}", "leakwatch_app=com.example.app", "leakwatch_phase=agreed"
    )
    started, mark = proxy.events()
    assert isinstance(started, CaptureStarted) and facts.items() <= started.facts.items()
    assert started.facts["app"] == "com.example.app"
    assert isinstance(mark, Mark) and mark.axes == {"consent": "given"}


def test_an_encrypted_journal_needs_its_key_and_holds_no_plain_byte(
    start_proxy: Callable[..., Any], upstream: Any, tmp_path: Path
) -> None:
    key_file = tmp_path / "key"
    proxy = start_proxy(f"leakwatch_key={key_file}")
    with client(proxy) as http:
        http.post(upstream.url("/secret"), content=b"plain secret")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert b"secret" not in proxy.journal.read_bytes()
    proxy.key = key_file.read_bytes()
    assert of(proxy.events(), Request)[0].body == b"plain secret"


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("stream_large_bodies=1m", "stream_large_bodies would let bodies pass unrecorded"),
        ("leakwatch_stream_over=lots", "'lots' is no size"),
        ("leakwatch_on_pinned=maybe", "neither pass nor fail"),
        ("leakwatch_phase=sometime", "mark 'sometime' is unknown"),
        ("leakwatch_facts=[1]", "not a JSON object"),
        ("leakwatch_journal=/dev/null/journal", "the journal cannot be written"),
    ],
)
def test_it_refuses_to_start_with_one_line(start_proxy: Callable[..., Any], option: str, words: str) -> None:
    proxy = start_proxy(option, journal="journal" not in option, wait=False)
    assert proxy.process.wait(20) == 2
    line = proxy.log.read_text().splitlines()[-1]
    assert line.startswith("leakwatch: ") and words in line
    assert "Traceback" not in proxy.log.read_text()


def test_two_proxies_cannot_write_one_journal(start_proxy: Callable[..., Any]) -> None:
    first = start_proxy()
    second = start_proxy(f"leakwatch_journal={first.journal}", journal=False, wait=False)
    assert second.process.wait(20) == 2
    assert "another process is writing this journal" in second.log.read_text()


def test_without_a_device_it_stays_out_of_the_way(start_proxy: Callable[..., Any], upstream: Any) -> None:
    proxy = start_proxy(journal=False)
    assert curl(proxy, upstream.url("/a")).stdout == b"hello /a"
    assert not proxy.journal.exists()
    assert proxy.end() == 0


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit (util-linux) makes the disk full here")
def test_a_full_disk_stops_the_proxy_before_the_request_moves_on(
    start_proxy: Callable[..., Any], upstream: Any
) -> None:
    proxy = start_proxy()
    with client(proxy) as http:
        http.get(upstream.url("/first"))
        # A file-size limit fails the write as a full disk does, with no disk to fill.
        limit = proxy.journal.stat().st_size + 100
        subprocess.run(["prlimit", f"--pid={proxy.process.pid}", f"--fsize={limit}"], check=True)
        with pytest.raises(httpx.HTTPError):
            http.post(upstream.url("/second"), content=b"s" * 5000)
    assert proxy.process.wait(10) != 0
    assert [line for line, _ in upstream.seen] == ["GET /first HTTP/1.1"]
    assert [r.target for r in of(proxy.events(), Request)] == [b"/first"]
    assert proxy.log.read_text().splitlines()[-1].startswith("leakwatch: ")
    assert "the journal cannot be written" in proxy.log.read_text()
