"""A phone on a real WireGuard tunnel (wireguard-go in its own network namespace): all its traffic is taken."""

from __future__ import annotations

import functools
import http.server
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leakwatch.capture.connect import wireguard_config
from leakwatch.journal.events import DnsMessage, LedgerNote, Request, StreamMessage, TlsFailure

pytestmark = pytest.mark.slow

SPACE = f"leakwatch{os.getpid()}"
OURS, PHONES, SERVER = "10.231.77.1", "10.231.77.2", "198.51.100.10"
INSIDE = {"WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD": "1"}
NEEDED = ("ip", "wg", "wireguard-go", "curl")

QUIC = f"""
import asyncio, ssl
from aioquic.asyncio.client import connect
from aioquic.quic.configuration import QuicConfiguration
async def main():
    settings = QuicConfiguration(alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE, server_name="quic.example.com")
    async with asyncio.timeout(4):
        async with connect("{SERVER}", 443, configuration=settings):
            print("connected")
asyncio.run(main())
"""
DATAGRAMS = f"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(b"id 867530912345675", ("{SERVER}", 9999))
name = b"\\x06lookup\\x07example\\x03com\\x00"
s.sendto(b"\\x12\\x34\\x01\\x00\\x00\\x01" + bytes(6) + name + b"\\x00\\x01\\x00\\x01", ("10.0.0.53", 53))
"""


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert not check or done.returncode == 0, (command, done.stderr)
    return done


def on_phone(*command: str) -> subprocess.CompletedProcess[str]:
    return run("ip", "netns", "exec", SPACE, *command, check=False)


@pytest.fixture(scope="module")
def phone() -> Iterator[None]:
    """A network namespace that reaches this machine by one link only; its tunnel is `tunnel`'s."""
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing or os.geteuid() or not Path("/dev/net/tun").exists():
        pytest.skip(f"needs root, /dev/net/tun and {', '.join(NEEDED)}; missing here: {', '.join(missing) or 'rights'}")
    link, other = f"lw{os.getpid() % 10**6}a", f"lw{os.getpid() % 10**6}b"
    inside = f"-n {SPACE}"
    try:
        for command in (
            f"netns add {SPACE}", f"link add {link} type veth peer name {other} netns {SPACE}",
            f"addr add {OURS}/24 dev {link}", f"link set {link} up", f"addr add {SERVER}/32 dev lo",
            f"{inside} addr add {PHONES}/24 dev {other}", f"{inside} link set {other} up", f"{inside} link set lo up",
        ):  # fmt: skip
            done = run("ip", *command.split(), check=False)
            if done.returncode:
                pytest.skip(f"no second network can be made here: ip {command}: {done.stderr.strip()}")
        yield
    finally:
        run("ip", "addr", "del", f"{SERVER}/32", "dev", "lo", check=False)
        run("ip", "link", "del", link, check=False)
        run("ip", "netns", "del", SPACE, check=False)


@pytest.fixture
def tunnel(phone: None, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Switches the tunnel on, with the configuration that the tester sees."""
    started: list[subprocess.Popen[bytes]] = []

    def begin() -> str:
        """Start the program and configure it; returns what it said where it ended at once."""
        command = ["ip", "netns", "exec", SPACE, "wireguard-go", "-f", "wg0"]
        with (tmp_path / "wireguard-go.log").open("wb") as log:
            started.append(process := subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | INSIDE))
        deadline = time.monotonic() + 10
        while on_phone("wg", "setconf", "wg0", str(tmp_path / "wg.conf")).returncode:
            said = (tmp_path / "wireguard-go.log").read_text()
            if process.poll() is not None:
                return f"status {process.returncode}: {said[-300:]}"
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        return ""

    def on(configuration: str) -> None:
        lines = [line for line in configuration.splitlines() if not line.startswith(("Address", "DNS"))]
        (tmp_path / "wg.conf").write_text("\n".join(lines) + "\n")
        for _ in range(3):  # it has been seen to end at once, and to run the next time
            ended = begin()
            if not ended:
                break
        else:
            pytest.skip(f"no tunnel can be made here: {ended}")
        for command in ("addr add 10.0.0.1/32 dev wg0", "link set wg0 mtu 1420 up", "route add default dev wg0"):
            run("ip", "-n", SPACE, *command.split())

    yield on
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def server(phone: None, authority: tuple[Path, Path], tmp_path: Path) -> Iterator[None]:
    """HTTPS and HTTP on the usual ports of an address of its own."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    plain, secure = (http.server.ThreadingHTTPServer((SERVER, port), handler) for port in (80, 443))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority[1])
    secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    for one in (plain, secure):
        threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True).start()
    yield
    for one in (plain, secure):
        one.shutdown()
        one.server_close()


def free_datagram_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((OURS, 0))
        port: int = probe.getsockname()[1]
        return port


def test_everything_that_the_phone_sends_comes_through_the_tunnel(start_proxy, tunnel, server, tmp_path):
    port, keys = free_datagram_port(), tmp_path / "wireguard.keys"
    proxy = start_proxy(mode=f"wireguard:{keys}@{OURS}:{port}")
    assert set(json.loads(keys.read_text())) == {"server_key", "client_key"}
    configuration = wireguard_config(tmp_path, OURS, port, str(keys))
    assert configuration
    tunnel(configuration)

    curl = ("curl", "-s", "--max-time", "10", "-o", os.devnull, "-w", "%{http_code}", "--cacert", str(proxy.ca))
    https = on_phone(*curl, "--resolve", f"read.localhost:443:{SERVER}", "https://read.localhost/missing?a=1")
    assert https.stdout == "404", https.stderr
    plain = on_phone(*curl, f"http://{SERVER}/plain")
    assert plain.stdout == "404", plain.stderr
    pinned = on_phone("curl", "-s", "--max-time", "10", "--resolve", f"pin.example:443:{SERVER}", "https://pin.example")
    assert pinned.returncode == 60, "a certificate that the phone does not trust"
    assert "connected" not in on_phone(sys.executable, "-c", QUIC).stdout
    assert on_phone(sys.executable, "-c", DATAGRAMS).returncode == 0

    def named(events):
        return any(isinstance(e, LedgerNote) and (e.kind, e.host) == ("quic", "quic.example.com") for e in events)

    events = proxy.wait_for(named, 60)
    assert any(isinstance(e, TlsFailure) and e.refused and e.sni == "pin.example" for e in events)
    requests = {(e.host, e.target) for e in events if isinstance(e, Request)}
    assert requests >= {("read.localhost", b"/missing?a=1"), (SERVER, b"/plain")}
    assert any(b"867530912345675" in e.data for e in events if isinstance(e, StreamMessage))
    assert any(e.host == "lookup.example.com" for e in events if isinstance(e, DnsMessage))
