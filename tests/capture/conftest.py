"""A real mitmdump with our addon, and real TLS servers behind it."""

from __future__ import annotations

import http.server
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from leakwatch import resources
from leakwatch.journal import JournalFollower, read_journal
from leakwatch.journal.events import Event

MITMDUMP = Path(sys.executable).with_name("mitmdump")


@dataclass
class Upstream:
    """A TLS server on loopback; `seen` holds what arrived, as (request line, body), in order."""

    port: int
    ca: Path
    context: ssl.SSLContext
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"https://localhost:{self.port}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: Upstream

    def do_POST(self) -> None:
        self.upstream.seen.append((self.requestline, self._body()))
        self._reply(b"ok " + self.path.encode())

    def do_GET(self) -> None:
        self.upstream.seen.append((self.requestline, b""))
        kind, _, argument = self.path[1:].partition("/")
        if kind == "bytes":
            self._reply(b"x" * int(argument))
        elif kind == "image":
            self._reply(b"i" * int(argument), "image/jpeg")
        elif kind == "events":
            self._events(int(argument))
        elif kind == "cut":
            self._reply(b"half", length=1000)
            self.close_connection = True
        else:
            self._reply(b"hello " + self.path.encode())

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length", "0")))
        body = bytearray()
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def _reply(self, body: bytes, kind: str = "text/plain", length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _events(self, count: int) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number in range(count):
            data = b"data: %d\n\n" % number
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
            time.sleep(0.3)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *_: object) -> None:
        pass  # proxies that are killed leave broken connections behind


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The CA of all upstream servers, and a leaf certificate for localhost with its key (PEM)."""
    folder = tmp_path_factory.mktemp("upstream")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(folder / "ca.pem"))
    ca.issue_cert("localhost", "read.localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "leaf.pem")
    )
    return folder / "ca.pem", folder / "leaf.pem"


@pytest.fixture
def upstream(authority: tuple[Path, Path]) -> Iterator[Upstream]:
    """An HTTP/1.1 server over TLS."""
    ca, leaf = authority
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)
    handler = type("Handler", (_Handler,), {})
    server = _Server(("127.0.0.1", 0), handler)
    handler.upstream = result = Upstream(server.server_address[1], ca, context)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield result
    server.shutdown()
    server.server_close()


@dataclass
class Proxy:
    """A running mitmdump with our addon."""

    port: int
    process: subprocess.Popen[bytes]
    journal: Path
    folder: Path
    log: Path
    key: bytes | None = None
    since: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ca(self) -> Path:
        return self.folder / "confdir" / "mitmproxy-ca-cert.pem"

    def events(self) -> list[Event]:
        """What the journal holds by now, from `since` on; what a client has received is in it for sure."""
        return [event for _, _, event in read_journal(self.journal, self.since, key=self.key)]

    def wait_for(self, condition: Callable[[list[Event]], object], seconds: float = 10.0) -> list[Event]:
        """Wait for what no client can see, such as the end of a connection."""
        deadline = time.monotonic() + seconds
        while not condition(events := self.events()):
            assert time.monotonic() < deadline, (events, self.log.read_text())
            time.sleep(0.05)
        return events

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Starter:
    """Starts mitmdump with the addon, and ends what it started."""

    def __init__(self, folder: Path, authority: tuple[Path, Path]) -> None:
        self._folder = folder
        self._upstream_ca = authority[0]
        self._started: list[Proxy] = []

    def __call__(self, *options: str, journal: bool = True, wait: bool = True, mode: str = "regular") -> Proxy:
        """Start one; options as `name=value`. The journal is `capture/journal` unless `journal` is false."""
        folder = self._folder / f"proxy{len(self._started)}"
        folder.mkdir()
        path = folder / "capture" / "journal"
        settings = [f"confdir={folder / 'confdir'}", f"ssl_verify_upstream_trusted_ca={self._upstream_ca}"]
        settings += ["flow_detail=0", *([f"leakwatch_journal={path}"] if journal else []), *options]
        command = [str(MITMDUMP), "-s", str(resources.folder("addons") / "leakwatch_capture.py")]
        command += ["--listen-host", "127.0.0.1", "--listen-port", str(port := free_port()), "--mode", mode]
        for setting in settings:
            command += ["--set", setting]
        log = folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        proxy = Proxy(port, process, path, folder, log)
        self._started.append(proxy)
        deadline = time.monotonic() + 30
        while wait and "listening at" not in log.read_text():
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        return proxy

    def end(self) -> None:
        for proxy in self._started:
            proxy.process.kill()
            proxy.process.wait()


@pytest.fixture
def start_proxy(tmp_path: Path, authority: tuple[Path, Path]) -> Iterator[Callable[..., Proxy]]:
    """Start a proxy of the test's own."""
    starter = _Starter(tmp_path, authority)
    yield starter
    starter.end()


@pytest.fixture(scope="module")
def shared_proxy(tmp_path_factory: pytest.TempPathFactory, authority: tuple[Path, Path]) -> Iterator[Proxy]:
    starter = _Starter(tmp_path_factory.mktemp("shared"), authority)
    yield starter()
    starter.end()


@pytest.fixture
def proxy(shared_proxy: Proxy) -> Proxy:
    """The module's proxy, its journal read from here on: starting one takes more than a second."""
    with JournalFollower(shared_proxy.journal) as follower:
        shared_proxy.since = follower.skip()
    return shared_proxy
