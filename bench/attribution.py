"""Attribution of one flow beside a plain dict look-up of the registrable domain, and the time to load the pack."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from leakwatch import resources
from leakwatch.attribution import Attributor
from leakwatch.attribution.hosts import registrable
from leakwatch.attribution.importers import import_file
from leakwatch.attribution.load import read_folders
from leakwatch.attribution.match import split_url
from leakwatch.model import App


def microseconds(ask: Callable[[str, str], object], flows: list[tuple[str, str]]) -> list[float]:
    """Return the time of each call in µs."""
    times = []
    for host, target in flows:
        started = time.perf_counter_ns()
        ask(host, target)
        times.append((time.perf_counter_ns() - started) / 1000)
    return times


def flows_of(urls: list[str]) -> list[tuple[str, str]]:
    """Half known endpoints, a quarter own hosts, a quarter strangers, in random but fixed order."""
    known = [split_url(url) for url in urls]
    own = [(f"api{n}.shop.com", f"/v1/item/{n}?session={n}&lang=zh") for n in range(len(known) // 2)]
    strange = [(f"h{n}.example{n}.org", f"/a/b/c/{n}?x=1&y=2") for n in range(len(known) // 2)]
    flows = (known + own + strange) * max(1, 20_000 // (2 * len(known)))
    random.Random(7).shuffle(flows)  # a fixed order
    return flows


def report(name: str, times: list[float]) -> float:
    """Print median and p99 and return the median."""
    ordered = sorted(times)
    median = statistics.median(ordered)
    print(f"{name:<46} median {median:8.2f} µs   p99 {ordered[len(ordered) * 99 // 100]:8.2f} µs")
    return median


def imported(count: int = 100_000) -> float:
    """Return the seconds of loading a list of so many hosts from the cache, on top of the bundled signatures."""
    with tempfile.TemporaryDirectory() as name:
        listed, folder = Path(name) / "list.txt", Path(name) / "imported"
        listed.write_text("\n".join(f"0.0.0.0 h{n}.tracker{n % 5000}.com" for n in range(count)))
        import_file("hosts", listed, folder)
        Attributor.load([folder])
        started = time.perf_counter()
        Attributor.load([folder])
        return time.perf_counter() - started


def main() -> int:
    """Print the figures; exit 1 where an aim is missed."""
    app = App("com.shop.app", ("shop.com",), "Shop")
    Attributor.load(app=app)
    loads = []
    for _ in range(9):
        started = time.perf_counter()
        Attributor.load(app=app)
        loads.append((time.perf_counter() - started) * 1000)
    load = statistics.median(loads)
    tracemalloc.start()
    attributor = Attributor.load(app=app)
    attributor.attribute("api.example.org")  # reads the public suffix list
    held = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    print(f"load from the cache: {load:.1f} ms, {held:.1f} MB; with 100,000 imported hosts {imported():.2f} s")
    signatures = read_folders([resources.folder("signatures")])
    flows = flows_of([example.url for example, _ in signatures.examples])
    plain = {registrable(host): "x" for host, _ in flows[::2]}
    base = report("plain dict of the registrable domain", microseconds(lambda h, t: plain.get(registrable(h)), flows))
    first = report("attribute, each host for the first time", microseconds(attributor.attribute, list(set(flows))))
    warm = report("attribute", microseconds(attributor.attribute, flows))
    print(f"ratio to the plain look-up: {warm / base:.1f}")
    return 0 if warm < 20 and load < 150 and first < 200 else 1


if __name__ == "__main__":
    sys.exit(main())
