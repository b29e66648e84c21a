"""How fast a packet capture is scanned: the whole command beside TShark's and scapy's reading of the same file.

Prints MB/s, packets/s, peak memory and ratios, interleaved in one run. The capture is made here: HTTP/1 exchanges of
JSON, HTML and binary bodies in 1,460-byte segments, one packet in a hundred out of order, one in two hundred repeated.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from leakwatch.testing.packets import Segment, tcp_packets

PROFILE = """\
version: 1
device: {label: bench, region: CN}
identifiers:
  - {type: imei, name: imei, value: "867900045123877"}
  - {type: android_id, name: android_id, value: "3f9c1b7e52a84d06"}
  - {type: oaid, name: oaid, value: "9d2f6e1a-73bc-4c58-8f0d-21b6c4a7e953"}
  - {type: mac, name: mac, value: "a4:50:46:3b:9e:17"}
  - {type: phone, name: phone, value: "+8619900001234"}
  - {type: email, name: email, value: "lin.zhiyuan@lvxing-lab.example"}
"""


def _bodies(seed: int) -> list[bytes]:
    rng = random.Random(seed)
    words = [f"w{rng.randrange(10**6):x}" for _ in range(2000)]
    bodies = []
    for number in range(60):
        if number % 3 == 0:
            rows = [{"k": rng.choice(words), "v": rng.random(), "t": rng.choice(words)} for _ in range(200)]
            bodies.append(json.dumps(rows).encode())
        elif number % 3 == 1:
            bodies.append((" ".join(f"<p>{rng.choice(words)}</p>" for _ in range(1500))).encode())
        else:
            bodies.append(rng.randbytes(20_000))
    bodies[0] = b'{"imei":"867900045123877"}' + bodies[0]
    return bodies


def _exchanges(size: int, seed: int) -> Iterator[bytes]:
    rng, bodies, made, port = random.Random(seed), _bodies(seed), 0, 20000
    while made < size:
        body = rng.choice(bodies)
        kind = b"application/json" if body[:1] in b"[{" else b"text/html" if body[:1] == b"<" else b"image/png"
        asked = b"GET /r?x=%d HTTP/1.1\r\nHost: cdn%d.example\r\nUser-Agent: bench\r\n\r\n" % (made, port % 50)
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind, len(body))
        answer = head + body
        pieces = [Segment(0, 0, asked)] + [Segment(1, at, answer[at : at + 1460]) for at in range(0, len(answer), 1460)]
        if len(pieces) > 6 and rng.random() < 0.15:
            pieces[3], pieces[4] = pieces[4], pieces[3]
        if rng.random() < 0.08:
            pieces.insert(3, pieces[2])
        port = 20000 + (port - 19999) % 40000
        for packet in tcp_packets(pieces, port=80, client_port=port):
            made += len(packet) + 16
            yield packet


def make(path: Path, size: int, seed: int = 1) -> int:
    """Write a capture of about `size` bytes; return its packets."""
    count = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        for packet in _exchanges(size, seed):
            moment = 1763750000_000000 + count * 50
            file.write(struct.pack("<IIII", moment // 1000000, moment % 1000000, len(packet), len(packet)))
            file.write(packet)
            count += 1
    return count


def _run(command: list[str]) -> tuple[float, float]:
    """Seconds of wall time and peak MB of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return time.perf_counter() - began, max(peak, before) / 1024


SCAPY = "import sys\nfrom scapy.all import PcapReader\nfor p in PcapReader(sys.argv[1]): p.summary"


def main() -> None:
    """Measure; `--size` in MB, `--big` also scans a 2 GB capture for its peak memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        capture, profile, small = (Path(folder) / n for n in ("x.pcap", "phone.yaml", "small.pcap"))
        profile.write_text(PROFILE)
        packets = make(capture, args.size << 20)
        few = make(small, 4 << 20)
        scan = [sys.executable, "-m", "leakwatch", "scan", "--device", str(profile), "--format", "jsonl"]
        rivals: dict[str, Callable[[], tuple[float, float]]] = {
            "leakwatch scan": lambda: _run([*scan, str(capture)]),
        }
        if shutil.which("tshark"):
            rivals["tshark -Y http"] = lambda: _run(["tshark", "-n", "-r", str(capture), "-Y", "http"])
        rivals["scapy, dissected"] = lambda: _run([sys.executable, "-c", SCAPY, str(small)])
        found = {name: [run() for _ in range(1)] for name, run in rivals.items()}
        for _ in range(args.rounds - 1):
            for name, run in rivals.items():
                found[name].append(run())
        rates = {}
        for name, results in found.items():
            seconds = statistics.median(s for s, _ in results)
            file, count = (small, few) if name.startswith("scapy") else (capture, packets)
            rates[name] = file.stat().st_size / 1e6 / seconds
            print(f"{name:20} {rates[name]:8.1f} MB/s {count / seconds:10,.0f} packets/s")
        ours = rates["leakwatch scan"]
        for name in list(rates)[1:]:
            print(f"ratio to {name}: {ours / rates[name]:.2f}")
        if args.big:
            big = Path(folder) / "big.pcap"
            make(big, 2 << 30, 2)
            seconds, peak = _run([*scan, str(big)])
            print(f"2 GB capture: {big.stat().st_size / 1e6 / seconds:.1f} MB/s, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main()
