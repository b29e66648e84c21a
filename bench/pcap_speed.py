"""How fast a packet capture is scanned: the whole command beside TShark's and scapy's reading of the same file.

Prints MB/s, packets/s and ratios, interleaved in one run, for three captures (`bench.pcap_traffic`): nine tenths of the
bytes in closed TLS, as phones send them, half of them, and HTTP alone. Every process runs as installed: its modules
compiled before.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench._installed import environment
from bench.pcap_traffic import make

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
SCAPY = "import sys\nfrom scapy.all import PcapReader\nfor p in PcapReader(sys.argv[1]): p.summary"
OURS, TSHARK, SCAPY_NAME = "leakwatch scan", "tshark -Y http", "scapy, dissected"
KINDS = {"mostly TLS": 0.9, "half TLS": 0.5, "HTTP alone": 0.0}
"""The captures, by the share of their bytes in closed TLS."""
SMALL = 4 << 20
"""Bytes of the capture that scapy reads: a hundred times as many would take it minutes."""


def _run(command: list[str], cache: Path) -> tuple[float, float]:
    """Return the seconds that a command takes by the clock, and those of processors: these hold on a busy machine."""
    began, worked = time.perf_counter(), _worked()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(cache))
    return time.perf_counter() - began, _worked() - worked


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def compare(name: str, folder: Path, size: int, tls: float, rounds: int) -> None:
    """Print the medians of interleaved rounds over one kind of capture."""
    capture, small = folder / f"{name}.pcap", folder / f"{name}-small.pcap"
    counts = {capture: make(capture, size, tls=tls), small: make(small, SMALL, tls=tls, seed=2)}
    cache = folder / "compiled"
    rivals: dict[str, Callable[[], tuple[float, float]]] = {OURS: lambda: _run([*scan(folder), str(capture)], cache)}
    if shutil.which("tshark"):
        rivals[TSHARK] = lambda: _run(["tshark", "-n", "-r", str(capture), "-Y", "http"], cache)
    rivals[SCAPY_NAME] = lambda: _run([sys.executable, "-c", SCAPY, str(small)], cache)
    _run([*scan(folder), str(small)], cache)  # compiles
    rivals[SCAPY_NAME]()
    seconds: dict[str, list[tuple[float, float]]] = {rival: [] for rival in rivals}
    for _ in range(rounds):
        for rival, run in rivals.items():
            seconds[rival].append(run())
    print(f"{name}: {capture.stat().st_size / 1e6:.0f} MB, {counts[capture]:,} packets, medians of {rounds} rounds")
    rates = {}
    for rival, times in seconds.items():
        file = small if rival == SCAPY_NAME else capture
        median, worked = (statistics.median(column) for column in zip(*times, strict=True))
        rates[rival] = file.stat().st_size / 1e6 / median
        ratio = f", ratio {rates[OURS] / rates[rival]:.2f}" if rival != OURS else ""
        speed = f"{rates[rival]:8.1f} MB/s {counts[file] / median:11,.0f} packets/s"
        print(f"  {rival:18} {speed}, {worked:5.2f} s of processors{ratio}")


def scan(folder: Path) -> list[str]:
    """Return the command that scans a capture, named after it."""
    profile = folder / "phone.yaml"
    profile.write_text(PROFILE)
    return [sys.executable, "-m", "leakwatch", "scan", "--device", str(profile), "--format", "jsonl"]


def big(folder: Path, size: int) -> None:
    """Print speed and memory over a capture that is larger than what anybody keeps in memory."""
    capture = folder / "big.pcap"
    packets = make(capture, size, seed=3)
    began = time.perf_counter()
    installed = environment(folder / "compiled")
    with subprocess.Popen([*scan(folder), str(capture)], stdout=subprocess.DEVNULL, env=installed) as process:
        peak = _Peak(process.pid)
        peak.start()
        status = process.wait()
    peak.join()
    seconds, length = time.perf_counter() - began, capture.stat().st_size
    if status:
        raise SystemExit(f"bench: the scan of the big capture ended with status {status}")
    print(f"{length / 1e9:.1f} GB, {packets:,} packets: {length / 1e6 / seconds:.1f} MB/s; ", end="")
    print(f"peak memory {peak.most / 1e6:.0f} MB in all of its {peak.processes} processes (shared pages once)")
    capture.unlink()


class _Peak(threading.Thread):
    """Samples the memory of a process and its children: proportional set size, which counts shared pages once."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.most = self.processes = 0

    def run(self) -> None:
        while family := self._family():
            self.most = max(self.most, sum(map(_memory, family)))
            self.processes = max(self.processes, len(family))
            time.sleep(0.2)

    def _family(self) -> list[int]:
        try:
            children = Path(f"/proc/{self._process}/task/{self._process}/children").read_text().split()
        except OSError:
            return []
        return [self._process, *map(int, children)] if _memory(self._process) else []


def _memory(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))


def main() -> None:
    """Measure; `--size` in MB, `--big` also scans a capture of 2 GB for its peak memory."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leakwatch-bench-") as name:
        for kind, tls in KINDS.items():
            compare(kind, Path(name), args.size << 20, tls, args.rounds)
        if args.big:
            big(Path(name), 2 << 30)


if __name__ == "__main__":
    main()
