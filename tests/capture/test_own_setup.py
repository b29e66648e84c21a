"""The addon in a set-up of one's own: it makes the capture, runs the analysis, marks leaking flows; and HTTP/2."""

from __future__ import annotations

import asyncio
import json
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import httpx
import pytest
from mitmproxy.addons.proxyserver import Proxyserver
from mitmproxy.addons.view import View
from mitmproxy.test import taddons, tflow

from leakwatch.capture import control
from leakwatch.capture.addon import LeakwatchCapture
from leakwatch.journal import read_journal
from leakwatch.journal.events import BodyChunk, CaptureEnded, CaptureStarted, Request, Response

PROFILE = """\
device: {label: test-phone, region: CN}
identifiers:
  - {type: imei, name: imei, value: "867935037182648"}
"""


def client(proxy: Any, **more: Any) -> httpx.Client:
    return httpx.Client(proxy=proxy.url, verify=ssl.create_default_context(cafile=str(proxy.ca)), timeout=20, **more)


def test_a_device_profile_is_all_it_takes(start_proxy: Callable[..., Any], upstream: Any, tmp_path: Path) -> None:
    profile, db = tmp_path / "phone.yaml", tmp_path / "data" / "leaks.db"
    profile.write_text(PROFILE)
    proxy = start_proxy(
        f"leakwatch_device={profile}", f"leakwatch_db={db}", "leakwatch_app=com.example.app", journal=False
    )
    with client(proxy) as http:
        http.post(upstream.url("/collect"), content=b'{"imei":"867935037182648"}')
    assert proxy.end() == 0, proxy.log.read_text()
    (folder,) = [p for p in db.parent.iterdir() if p.is_dir()]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / n).stat().st_mode) for n in ("journal", "profile.yaml")} == {0o600}
    events = [event for _, _, event in read_journal(folder / "journal")]
    assert isinstance(events[0], CaptureStarted) and isinstance(events[-1], CaptureEnded)
    assert events[0].facts["capture"] == folder.name and events[0].facts["device"] == "test-phone"
    command = [sys.executable, "-m", "leakwatch", "leaks", "--db", str(db), "--format", "jsonl"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [json.loads(line) for line in listed.splitlines()]
    assert [(r["identifier"], r["location"], r["phase"]) for r in rows] == [
        ("imei", "body.json:$.imei", "before_consent")
    ], (folder / "follower.log").read_text()


@pytest.mark.parametrize(
    ("text", "words"), [("device: [", "phone.yaml"), ("device: {label: x, region: CN}\nidentifiers: 7\n", "phone.yaml")]
)
def test_a_broken_profile_stops_it_before_anything_passes(
    start_proxy: Callable[..., Any], tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "phone.yaml").write_text(text)
    options = (f"leakwatch_device={tmp_path / 'phone.yaml'}", f"leakwatch_db={tmp_path / 'x.db'}")
    proxy = start_proxy(*options, journal=False, wait=False)
    assert proxy.process.wait(20) == 2
    last = proxy.log.read_text().splitlines()[-1]
    assert last.startswith("leakwatch: ") and words in last and "Traceback" not in proxy.log.read_text()


async def test_leaking_flows_are_marked_where_mitmproxy_shows_them(tmp_path: Path) -> None:
    addon, view = LeakwatchCapture(), View()
    with taddons.context(Proxyserver(), view, addon) as context:
        context.configure(addon, leakwatch_journal=str(tmp_path / "c" / "journal"))
        addon.running()
        flow = tflow.tflow(resp=True)
        view.add([flow])
        control.report_leaks(tmp_path / "c", [(flow.id, "imei to Example\x1b[31m"), ("gone", "gaid")])
        control.report_leaks(tmp_path / "c", [(flow.id, "gaid to Example")])
        deadline = time.monotonic() + 5
        while "gaid" not in flow.comment and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        addon.done()
    assert flow.marked == ":warning:"
    assert flow.comment == "imei to Example\\x1b[31m; gaid to Example"


class _Http2(asyncio.Protocol):
    """The least HTTP/2 server that answers: it echoes how many bytes it got, without a Content-Length."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        self.h2.initiate_connection()
        self.got: dict[int, int] = {}
        transport.write(self.h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                self.got[event.stream_id] = self.got.get(event.stream_id, 0) + len(event.data)
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                self.h2.send_headers(event.stream_id, [(":status", "200"), ("server", "h2")])
                self.h2.send_data(event.stream_id, b"got %d" % self.got.get(event.stream_id, 0), end_stream=True)
        self.transport.write(self.h2.data_to_send())


@pytest.fixture
def http2(authority: Any) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1])
    context.set_alpn_protocols(["h2"])
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(_Http2, "127.0.0.1", 0, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_http2_is_recorded_like_http1(proxy: Any, http2: int) -> None:
    body = [b"part one ", b"and two"]
    with client(proxy, http2=True) as http:
        reply = http.post(f"https://localhost:{http2}/rpc?x=1", content=iter(body))
        assert (reply.http_version, reply.content) == ("HTTP/2", b"got 16")
        assert http.get(f"https://localhost:{http2}/plain").content == b"got 0"
        assert http.post(f"https://localhost:{http2}/sized", content=b"12345").content == b"got 5"
    events = proxy.events()
    requests = [e for e in events if isinstance(e, Request)]
    assert [(r.protocol, r.target, r.host) for r in requests] == [
        ("http/2", b"/rpc?x=1", "localhost"), ("http/2", b"/plain", "localhost"), ("http/2", b"/sized", "localhost"),
    ]  # fmt: skip
    assert not requests[0].complete and requests[2].complete and requests[2].body == b"12345"
    sent = [e.data for e in events if isinstance(e, BodyChunk) and e.exchange == requests[0].exchange]
    assert b"".join(sent) == b"part one and twogot 16"
    assert all(r.protocol == "http/2" for r in events if isinstance(r, Response))
