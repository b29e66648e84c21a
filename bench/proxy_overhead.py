"""The addon against bare mitmdump: requests/s, p50/p99 and proxy CPU per request, in interleaved rounds over real TLS.

    python bench/proxy_overhead.py [--rounds 7] [--seconds 0.8]

Ratios, not absolutes, are what it is for; it says at the end which aims hold. Needs no tool beside leakwatch's own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import trustme

HERE = Path(__file__).resolve()
ADDON = HERE.parent.parent / "addons" / "leakwatch_capture.py"
CONNECTIONS = 8


@dataclass(frozen=True)
class Load:
    """What is sent and what comes back, and the aims: CPU at most, requests/s at least, p99 added at most (ms)."""

    name: str
    sent: int
    received: int
    cpu: float
    rate: float
    p99: float | None = None


LOADS = (
    Load("POST 2 kB", 2_000, 2_000, 1.15, 0.90, 5.0),
    Load("GET 100 kB", 0, 100_000, 1.25, 0.85),
    Load("GET 1 MB", 0, 1_000_000, 1.80, 0.60),
)


# -- the server and the client, each a process of its own --------------------------------------------------------------


class Answer(asyncio.Protocol):
    """Answers `/N` with N bytes, as soon as a request is whole."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.data = b""

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.data) < end + 4 + length:
                return
            self.data = self.data[end + 4 + length :]
            size = int(head.split(b" ", 2)[1][1:])
            kind = b"Content-Type: application/json\r\nServer: bench\r\nCache-Control: no-store\r\n"
            head = b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (kind, size)
            self.transport.write(head + b"x" * size)  # type: ignore[attr-defined]


async def serve(leaf: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(leaf)
    server = await asyncio.get_running_loop().create_server(Answer, "127.0.0.1", 0, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def request_until(deadline: float, proxy: int, upstream: int, ca: str, load: Load, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy)
    writer.write(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % upstream)
    await reader.readuntil(b"\r\n\r\n")
    await writer.start_tls(ssl.create_default_context(cafile=ca), server_hostname="localhost")
    method = b"POST" if load.sent else b"GET"
    fields = b"User-Agent: bench/1.0\r\nAccept: */*\r\nContent-Type: application/json\r\nX-App: com.example.app\r\n"
    head = b"%s /%d HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n"
    request = head % (method, load.received, fields, load.sent) + b"d" * load.sent
    while (begin := time.perf_counter()) < deadline:
        writer.write(request)
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        await reader.readexactly(load.received)
        times.append(time.perf_counter() - begin)
    writer.close()


async def request(proxy: int, upstream: int, ca: str, load: Load, seconds: float) -> None:
    times: list[float] = []
    begin = time.perf_counter()
    workers = (request_until(begin + seconds, proxy, upstream, ca, load, times) for _ in range(CONNECTIONS))
    await asyncio.gather(*workers)
    elapsed = time.perf_counter() - begin
    print(json.dumps({"elapsed": elapsed, "times": times}))


# -- the measurement ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    rate: float
    p50: float
    p99: float
    cpu: float


def cpu_seconds(pid: int) -> float:
    """User and system time of a process with all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(proxy: tuple[subprocess.Popen[bytes], int, Path], upstream: int, load: Load, seconds: float) -> Round:
    process, port, ca = proxy
    before = cpu_seconds(process.pid)
    command = [sys.executable, str(HERE), "--client", str(port), str(upstream), str(ca), load.name, str(seconds)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    times = sorted(result["times"])
    cpu = cpu_seconds(process.pid) - before
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    return Round(len(times) / result["elapsed"], times[len(times) // 2] * 1e3, p99 * 1e3, cpu / len(times) * 1e3)


def start_proxy(folder: Path, upstream_ca: Path, *options: str) -> tuple[subprocess.Popen[bytes], int, Path]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    folder.mkdir()
    command = [str(Path(sys.executable).with_name("mitmdump")), "-q", "-p", str(port), "--listen-host", "127.0.0.1"]
    for option in (f"confdir={folder}", f"ssl_verify_upstream_trusted_ca={upstream_ca}"):
        command += ["--set", option]
    process = subprocess.Popen([*command, *options])
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 0.1).close()
            break
        except OSError:
            time.sleep(0.1)
    return process, port, folder / "mitmproxy-ca-cert.pem"


def compare(rounds: int, seconds: float) -> bool:
    """Print a line for each load; True where every aim holds."""
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ca = trustme.CA()
        ca.cert_pem.write_to_path(str(folder / "ca.pem"))
        ca.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "leaf.pem"))
        leaf = str(folder / "leaf.pem")
        server = subprocess.Popen([sys.executable, str(HERE), "--server", leaf], stdout=subprocess.PIPE)
        assert server.stdout
        upstream = int(server.stdout.readline())
        journal = folder / "capture" / "journal"
        bare = start_proxy(folder / "bare", folder / "ca.pem")
        ours = start_proxy(
            folder / "ours", folder / "ca.pem", "-s", str(ADDON), "--set", f"leakwatch_journal={journal}"
        )
        try:
            for load in LOADS:
                good &= report(load, *alternate(bare, ours, upstream, load, rounds, seconds))
        finally:
            for process in (bare[0], ours[0], server):
                process.terminate()
                process.wait()
    return good


def alternate(bare, ours, upstream, load, rounds, seconds) -> tuple[list[Round], list[Round]]:  # type: ignore[no-untyped-def]
    """Measure in turns, so that whatever else the machine does hits both; the first turn warms up and is dropped."""
    results: tuple[list[Round], list[Round]] = ([], [])
    for number in range(rounds + 1):
        for which in (0, 1) if number % 2 else (1, 0):
            result = measure((bare, ours)[which], upstream, load, seconds)
            if number:
                results[which].append(result)
    return results


def report(load: Load, bare: list[Round], ours: list[Round]) -> bool:
    """Print medians of the rounds and of their ratios, pair by pair; True where the aims hold."""

    def middle(rounds: list[Round], field: str) -> float:
        return statistics.median(getattr(r, field) for r in rounds)

    def ratio(field: str) -> float:
        return statistics.median(getattr(o, field) / getattr(b, field) for o, b in zip(ours, bare))

    added = statistics.median(o.p99 - b.p99 for o, b in zip(ours, bare))
    cpu, rate = ratio("cpu"), ratio("rate")
    good = cpu <= load.cpu and rate >= load.rate and (load.p99 is None or added <= load.p99)
    for name, rounds in (("bare", bare), ("leakwatch", ours)):
        figures = "  ".join(f"{field} {middle(rounds, field):8.2f}" for field in ("rate", "p50", "p99", "cpu"))
        print(f"{load.name:11} {name:10} {figures}   (req/s, ms, ms, ms/request)")
    aims = f"aims: <= {load.cpu:.2f}, >= {load.rate:.2f}" + (f", < {load.p99:.0f} ms" if load.p99 else "")
    verdict = "holds" if good else "MISSED"
    print(f"{'':11} ratio      cpu {cpu:.2f}  rate {rate:.2f}  p99 {added:+.1f} ms   {aims}: {verdict}\n", flush=True)
    return good


def main() -> int:
    if sys.argv[1:2] == ["--server"]:
        asyncio.run(serve(sys.argv[2]))
    elif sys.argv[1:2] == ["--client"]:
        port, upstream, ca, name, seconds = sys.argv[2:]
        load = next(load for load in LOADS if load.name == name)
        asyncio.run(request(int(port), int(upstream), ca, load, float(seconds)))
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--rounds", type=int, default=9)
        parser.add_argument("--seconds", type=float, default=1.2, help="of each round")
        chosen = parser.parse_args()
        return 0 if compare(chosen.rounds, chosen.seconds) else 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
