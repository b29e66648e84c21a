"""kill -9 of the follower, the proxy and everything, under load: what was on the wire is recorded, analysed, once."""

from __future__ import annotations

import collections
import http.client
import http.server
import json
import os
import random
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leakwatch.capture.analysing import is_running, journal_in
from leakwatch.journal import read_journal
from leakwatch.journal.events import Request, Response
from leakwatch.store import Store, queries
from leakwatch.store.check import check

IMEI = "867900045123877"
PROFILE = f"""\
version: 1
device: {{label: pixel-8, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}"}}]
"""
LEAKWATCH = [sys.executable, "-m", "leakwatch"]


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Proxied:
    """A `leakwatch proxy` of its own, with its processes and its capture."""

    def __init__(self, folder: Path, upstream_ca: Path, db: Path, *options: str) -> None:
        folder.mkdir(exist_ok=True)
        self.db, self.port = db, free_port()
        self.confdir = folder / "confdir"
        self.confdir.mkdir(exist_ok=True)
        (self.confdir / "config.yaml").write_text(f"ssl_verify_upstream_trusted_ca: {upstream_ca}\n")
        (folder / "phone.yaml").write_text(PROFILE)
        self.errors = folder / "stderr"
        command = [*LEAKWATCH, "proxy", "--device", str(folder / "phone.yaml"), "--db", str(db), "--format", "jsonl"]
        command += ["--listen-host", "127.0.0.1", "--listen-port", str(self.port), "--confdir", str(self.confdir)]
        with self.errors.open("wb") as errors, (folder / "stdout").open("wb") as output:
            self.process = subprocess.Popen(
                [*command, *options], stdin=subprocess.DEVNULL, stdout=output, stderr=errors
            )
        self.told = folder / "stdout"
        self.capture = ""
        until(lambda: self.process.poll() is not None or "first decrypted flow" in self.errors.read_text(), 60)
        assert self.process.poll() is None, self.errors.read_text()
        self.capture = self.errors.read_text().split("Capture ")[1].split(",")[0]
        self.folder = db.parent / self.capture

    def pid(self, name: str) -> int:
        """The child whose command line has `name`; 0 where there is none."""
        for child in _children(self.process.pid):
            try:
                if name in Path(f"/proc/{child}/cmdline").read_text():
                    return child
            except OSError:
                continue
        return 0

    def kill(self, *names: str) -> None:
        pids = [self.process.pid if name == "supervisor" else self.pid(name) for name in names]
        for pid in pids:
            if pid:
                os.kill(pid, signal.SIGKILL)

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(120)


def _children(pid: int) -> list[int]:
    try:
        return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


class Load:
    """Clients that post numbered requests through a proxy over TLS, each on a connection of its own that it keeps."""

    def __init__(self, proxied: Proxied, upstream_port: int, count: int, name: str = "n", clients: int = 6) -> None:
        self._proxied, self._upstream = proxied, upstream_port
        self._context = ssl.create_default_context(cafile=str(proxied.confdir / "mitmproxy-ca-cert.pem"))
        self._numbers = iter(f"{name}{number}" for number in range(count))
        self._lock = threading.Lock()
        self.answered: set[str] = set()
        self.started = 0
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(clients)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(300)
            assert not thread.is_alive()

    def _work(self) -> None:
        connection: http.client.HTTPSConnection | None = None
        while True:
            with self._lock:
                token = next(self._numbers, None)
                self.started += 1
            if token is None:
                break
            for _ in range(3):
                try:
                    if connection is None:
                        connection = http.client.HTTPSConnection(
                            "127.0.0.1", self._proxied.port, context=self._context, timeout=30
                        )
                        connection.set_tunnel("localhost", self._upstream)
                    body = json.dumps({"imei": IMEI, "token": token})
                    connection.request("POST", f"/{token}", body, {"Content-Type": "application/json"})
                    if connection.getresponse().read() == f"ok /{token}".encode():
                        self.answered.add(token)
                    break
                except ConnectionRefusedError:
                    return
                except (OSError, http.client.HTTPException):
                    if connection is not None:
                        connection.close()
                    connection = None
        if connection is not None:
            connection.close()


def recorded(folder: Path) -> tuple[collections.Counter[str], set[str], dict[str, str]]:
    """The tokens of the journal's requests with their number, those that were answered, and exchange -> token."""
    requests: collections.Counter[str] = collections.Counter()
    by_exchange: dict[str, str] = {}
    answered: set[str] = set()
    for _, _, event in read_journal(journal_in(folder)):
        if isinstance(event, Request):
            token = event.target.decode()[1:]
            requests[token] += 1
            by_exchange[event.exchange] = token
        elif isinstance(event, Response) and event.exchange in by_exchange and event.status:
            answered.add(by_exchange[event.exchange])
    return requests, answered, by_exchange


def verify(db: Path, folders: list[Path], served: set[str], answered: set[str], tell: str) -> None:
    """Every request that reached the server and every response that reached a client is recorded and analysed, once."""
    requests: collections.Counter[str] = collections.Counter()
    responses: set[str] = set()
    exchanges: dict[str, str] = {}
    for folder in folders:
        found, replied, known = recorded(folder)
        requests += found
        responses |= replied
        exchanges |= known
    assert not served - set(requests), tell
    assert not answered - responses, tell
    with Store.open(str(db)) as store:
        leaks = collections.Counter(row["exchange"] for row in queries.leaks(store))
        flows = {row["exchange"] for row in queries.view(store, "v_flows")}
        assert not [row for row in check(store) if not row["ok"]], tell
        assert all(row["finished"] for row in queries.captures(store)), tell
    assert leaks == collections.Counter(dict.fromkeys(exchanges, 1)), tell
    assert flows == set(exchanges), tell


KINDS = {
    "follower": ("capture.follower",),
    "proxy": ("mitmdump",),
    "both": ("mitmdump", "capture.follower"),
    "everything": ("supervisor", "mitmdump", "capture.follower"),
}


def one_round(folder: Path, upstream: Any, authority: tuple[Path, Path], kind: str, count: int, seed: int) -> None:
    dice = random.Random(seed)
    folder.mkdir()
    db = folder / "leakwatch.db"
    proxied = Proxied(folder / "proxy", authority[0], db)
    load = Load(proxied, upstream.port, count)
    moment = dice.randrange(count // 10, count * 8 // 10)
    until(lambda: load.started >= moment, 120)
    time.sleep(dice.random() * 0.02)
    names = KINDS[kind]
    proxied.kill(*names)
    if kind == "follower":
        load.join()
        status = proxied.end()
        assert status == 0, proxied.errors.read_text()
        assert len(load.answered) == count
        assert "starting it again" in proxied.errors.read_text()
    else:
        load.join()
        assert proxied.process.wait(120) == (-signal.SIGKILL if kind == "everything" else 2)
        until(lambda: not is_running(proxied.folder))
        if kind == "everything":
            ended = subprocess.run([*LEAKWATCH, "analyse", "--unfinished", "--db", str(db)], capture_output=True)
            assert ended.returncode == 0, ended.stderr
    served = {line.split(" ")[1][1:] for line, _ in upstream.seen}
    upstream.seen.clear()
    verify(db, [proxied.folder], served, load.answered, f"{kind}, seed {seed}: {proxied.errors.read_text()}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_under_load_loses_and_doubles_nothing(
    tmp_path: Path, upstream: Any, authority: tuple[Path, Path], kind: str
) -> None:
    one_round(tmp_path / "round", upstream, authority, kind, 100, seed=len(kind))


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_kills_under_two_thousand_flows(tmp_path: Path, upstream: Any, authority: tuple[Path, Path]) -> None:
    for number in range(20):
        kind = list(KINDS)[number % len(KINDS)]
        one_round(tmp_path / str(number), upstream, authority, kind, 2000, seed=number)


@pytest.fixture
def five(tmp_path: Path, authority: tuple[Path, Path]) -> Iterator[list[Proxied]]:
    started: list[Proxied] = []
    try:
        for number in range(5):
            started.append(Proxied(tmp_path / f"p{number}", authority[0], tmp_path / "leakwatch.db"))
        yield started
    finally:
        for proxied in started:
            proxied.process.terminate()
        for proxied in started:
            proxied.process.wait(60)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_five_proxies_write_one_database(tmp_path: Path, upstream: Any, five: list[Proxied]) -> None:
    loads = [Load(proxied, upstream.port, 150, f"p{n}-", clients=2) for n, proxied in enumerate(five)]
    marked = subprocess.run(
        [*LEAKWATCH, "mark", "agreed", "--db", str(five[0].db)], capture_output=True, text=True, check=False
    )
    assert marked.returncode == 2
    assert "5 captures are running" in marked.stderr
    for load in loads:
        load.join()
    assert [proxied.end() for proxied in five] == [0] * 5
    answered = set().union(*(load.answered for load in loads))
    assert len(answered) == 750
    served = {line.split(" ")[1][1:] for line, _ in upstream.seen}
    verify(five[0].db, [proxied.folder for proxied in five], served, answered, "five")
    told = [json.loads(line)["leak"] for proxied in five for line in proxied.told.read_text().splitlines()]
    assert len(told) == len(set(told)) == 750


def _rss(pid: int) -> int:
    """The largest resident size that a process ever had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


class _Sink(http.server.BaseHTTPRequestHandler):
    """Reads a chunked body to its end and keeps nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        total = 0
        while size := int(self.rfile.readline(), 16):
            total += len(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        answer = str(total).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sink(authority: tuple[Path, Path]) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Sink)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_an_upload_of_200_mb_is_searched_in_bounded_memory(
    tmp_path: Path, sink: int, authority: tuple[Path, Path]
) -> None:
    proxied = Proxied(tmp_path / "proxy", authority[0], tmp_path / "leakwatch.db")
    half = len(IMEI) // 2
    filler = b"0f " * 21845

    def chunks() -> Iterator[bytes]:
        for number in range(3200):
            if number == 1600:
                yield filler + b'"imei":"' + IMEI[:half].encode()
                yield IMEI[half:].encode() + b'"' + filler
            else:
                yield filler

    context = ssl.create_default_context(cafile=str(proxied.confdir / "mitmproxy-ca-cert.pem"))
    connection = http.client.HTTPSConnection("127.0.0.1", proxied.port, context=context, timeout=300)
    connection.set_tunnel("localhost", sink)
    connection.request("POST", "/big", chunks(), {"Content-Type": "text/plain"}, encode_chunked=True)
    assert int(connection.getresponse().read()) > 200_000_000
    connection.close()
    pids = {name: proxied.pid(name) for name in ("mitmdump", "capture.follower")} | {"cli": proxied.process.pid}
    until(lambda: proxied.told.read_text().count("\n") >= 1, 120)
    largest = {name: _rss(pid) for name, pid in pids.items()}
    assert proxied.end() == 0
    assert max(largest.values()) < 400, largest
    with Store.open(str(proxied.db)) as store:
        (leak,) = queries.leaks(store)
    assert (leak["identifier"], leak["direction"]) == ("imei", "request")
