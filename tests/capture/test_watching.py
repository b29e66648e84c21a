"""`leakwatch sniff` beside `leakwatch proxy`: a phone in a network namespace goes past the proxy."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leakwatch.capture.watching import watch
from leakwatch.errors import LeakwatchError
from leakwatch.store import Store, queries
from leakwatch.testing.factories import IMEI

PROFILE = f"""\
version: 1
device: {{label: pixel-8, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}"}}]
"""
HOST, PHONE = "10.213.77.1", "10.213.77.2"
PORT, SERVER = 18080, 18081
SERVE = """
import http.server, sys
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), H).serve_forever()
"""
ASK = """
import http.client, sys
host, port, url = sys.argv[1:]
connection = http.client.HTTPConnection(host, int(port), timeout=20)
connection.request("GET", url); connection.getresponse().read(); connection.close()
"""


@pytest.fixture
def phone() -> Iterator[tuple[str, str]]:
    """A namespace with an address of its own on a wire to this machine: (namespace, interface here)."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("network namespaces need root and iproute2")
    name = f"lw{secrets.token_hex(3)}"
    here, there = f"{name}a", f"{name}b"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespace can be made here: {made.stderr.strip()}")
    try:
        for command in (
            f"ip link add {here} type veth peer name {there} netns {name}",
            f"ip addr add {HOST}/30 dev {here}",
            f"ip link set {here} up",
            f"ip -n {name} addr add {PHONE}/30 dev {there}",
            f"ip -n {name} link set {there} up",
        ):
            done = subprocess.run(command.split(), capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"no virtual wire can be made here: {done.stderr.strip()}")
        yield name, here
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)
        subprocess.run(["ip", "link", "del", here], capture_output=True, check=False)


def until(condition: Callable[[], object], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


def ask(namespace: str, port: int, url: str) -> None:
    command = ["ip", "netns", "exec", namespace, sys.executable, "-c", ASK, HOST, str(port), url]
    subprocess.run(command, check=True, timeout=30)


@pytest.mark.slow
def test_what_goes_past_the_proxy_is_in_its_capture(tmp_path: Path, phone: tuple[str, str]) -> None:
    namespace, interface = phone
    (tmp_path / "phone.yaml").write_text(PROFILE)
    db = str(tmp_path / "leakwatch.db")
    leakwatch = [sys.executable, "-m", "leakwatch"]
    started = []
    try:
        proxy = [*leakwatch, "proxy", "--device", str(tmp_path / "phone.yaml"), "--db", db, "--confdir", str(tmp_path)]
        with (tmp_path / "log").open("w") as log:
            proxy += ["--listen-host", HOST, "--listen-port", str(PORT)]
            started.append(subprocess.Popen(proxy, stdout=log, stderr=log))
            started.append(subprocess.Popen([sys.executable, "-c", SERVE, HOST, str(SERVER)], stdout=log, stderr=log))
            until(lambda: "listening at" in "".join(p.read_text() for p in tmp_path.rglob("mitmdump.log")))
            ask(namespace, PORT, f"http://{HOST}:{SERVER}/seen")
            until(lambda: flows(db))
            sniff = [*leakwatch, "sniff", "-i", interface, "--db", db]
            started.append(subprocess.Popen(sniff, stdout=subprocess.PIPE, stderr=log, text=True))
            time.sleep(3)
            ask(namespace, PORT, f"http://{HOST}:{SERVER}/again")
            ask(namespace, SERVER, f"/direct?imei={IMEI}")
            until(lambda: leaks(db))
            started[2].send_signal(signal.SIGINT)
            said = started[2].communicate(timeout=20)[0]
            started[0].send_signal(signal.SIGTERM)
            assert started[0].wait(40) == 0, (tmp_path / "log").read_text()
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert said.splitlines() == [f"past the proxy: {HOST} (http/1.1, port {SERVER})"]
    (leak,) = leaks(db)
    assert (leak["location"], leak["host"]) == ("query:imei", HOST)
    with Store.open(db) as store:
        (capture,) = queries.captures(store)
        found = queries.coverage(store, capture["capture"])
    assert found.flows == 2, "what went past is not among what reached the proxy"
    assert "1 conversation with 1 host went past the proxy." in found.sentence, json.dumps(found.ledger)


def flows(db: str) -> list[dict[str, object]]:
    with Store.open(db) as store:
        return list(queries.view(store, "v_flows"))


def leaks(db: str) -> list[dict[str, object]]:
    with Store.open(db) as store:
        return list(queries.view(store, "v_leaks"))


def test_a_host_that_is_no_address(tmp_path: Path) -> None:
    with pytest.raises(LeakwatchError, match="not an IP address"):
        watch("lo", ["phone"], None, str(tmp_path / "x.db"), None, 0.0, print, print)


def test_a_capture_that_is_named_must_be_there(tmp_path: Path) -> None:
    Store.open(str(tmp_path / "x.db")).close()
    with pytest.raises(LeakwatchError, match="no capture"):
        watch("lo", [], "c-1", str(tmp_path / "x.db"), None, 0.0, print, print)
