"""MB/s of `leakwatch scan` on a HAR and a flow file, beside `json.loads` and `FlowReader` alone in the same rounds."""

from __future__ import annotations

import argparse
import base64
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench._installed import environment

AAID = "3b241101-e2bb-4255-8caf-4136c566a962"
PROFILE = f"""\
device: {{label: bench, region: CN}}
identifiers:
  - {{type: aaid, name: aaid, value: "{AAID}"}}
  - {{type: imei, name: imei, value: "867931020000004", unchecked: true}}
  - {{type: mac, name: mac, value: "3c:5a:b4:01:02:03"}}
  - {{type: phone, name: phone, value: "+8613800138000"}}
  - {{type: email, name: email, value: "tester@example.org"}}
  - {{type: gps, name: gps, value: "30.2741,120.1551"}}
"""
Exchange = tuple[bytes, bytes, str]
"""Request body (JSON), response body, its media type."""


def exchanges(size: int) -> Iterator[Exchange]:
    """Yield exchanges of about `size` bytes: half analytics JSON, a quarter text, a quarter images; 1 in 10 leaks."""
    source = random.Random(7)
    words = ["device", "session", "渠道", "event", "android", "value", "token", "screen", "launch", "duration"]
    made = 0
    while made < size:
        record = {
            f"{source.choice(words)}_{i}": source.choice([source.random(), source.choice(words)]) for i in range(40)
        }
        if source.random() < 0.1:
            record["id"] = AAID
        request = json.dumps(record, ensure_ascii=False).encode()
        kind = source.random()
        if kind < 0.5:
            response, media_type = json.dumps([record] * 3).encode(), "application/json"
        elif kind < 0.75:
            response = " ".join(source.choices(words, k=1500)).encode()
            media_type = "text/html"
        else:
            response, media_type = source.randbytes(12_000), "image/png"
        made += len(request) + len(response) + 1000
        yield request, response, media_type


def write_har(path: Path, size: int) -> None:
    """Write a HAR of about `size` bytes."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"log": {"version": "1.2", "creator": {"name": "bench", "version": "1"}, "entries": [')
        for number, (request, response, media_type) in enumerate(exchanges(size)):
            content: dict[str, object] = {"size": len(response), "mimeType": media_type}
            if media_type.startswith("image"):
                content |= {"text": base64.b64encode(response).decode(), "encoding": "base64"}
            else:
                content["text"] = response.decode()
            entry = {
                "startedDateTime": "2026-01-02T03:04:05.678Z",
                "time": 12.5,
                "request": {
                    "method": "POST",
                    "url": f"https://api{number % 50}.example.com/v1/collect?n={number}",
                    "httpVersion": "HTTP/2",
                    "headers": [{"name": f"X-Field-{i}", "value": "some value"} for i in range(8)],
                    "postData": {"mimeType": "application/json", "text": request.decode()},
                },
                "response": {"status": 200, "headers": [], "content": content},
            }
            file.write(("," if number else "") + json.dumps(entry, ensure_ascii=False))
        file.write("]}}")


def write_flows(path: Path, size: int) -> None:
    """Write a mitmproxy flow file of about `size` bytes."""
    from mitmproxy.io import FlowWriter
    from mitmproxy.test import tflow, tutils

    with path.open("wb") as file:
        writer = FlowWriter(file)
        for number, (request, response, media_type) in enumerate(exchanges(size)):
            flow = tflow.tflow(
                req=tutils.treq(host=f"api{number % 50}.example.com", method=b"POST", content=request),
                resp=tutils.tresp(content=response),
            )
            assert flow.response
            flow.request.headers["content-type"] = "application/json"
            flow.response.headers["content-type"] = media_type
            writer.add(flow)


JSON_ALONE = "import json, pathlib, sys; json.loads(pathlib.Path(sys.argv[1]).read_bytes())"
READER_ALONE = (
    "import sys; from mitmproxy.io import FlowReader; [0 for _ in FlowReader(open(sys.argv[1], 'rb')).stream()]"
)
SOURCE_ALONE = "import sys; from leakwatch.sources import open_source; [0 for _ in open_source(sys.argv[1]).read()]"


def timed(cache: Path, *arguments: str | Path) -> float:
    """Return the seconds that a Python process takes, start and all."""
    command, env = [sys.executable, *map(str, arguments)], environment(cache)
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    return time.perf_counter() - begin


def compare(name: str, rival: str, file: Path, device: Path, rounds: int) -> None:
    """Print medians over interleaved rounds, and the ratios of speed to the rival's."""
    cache = file.parent / "compiled"
    runs: dict[str, Callable[[], float]] = {
        rival: lambda: timed(cache, "-c", JSON_ALONE if rival == "json.loads" else READER_ALONE, file),
        "events alone": lambda: timed(cache, "-c", SOURCE_ALONE, file),
        "scan": lambda: timed(cache, "-m", "leakwatch", "scan", file, "--device", device, "--format", "jsonl"),
    }
    seconds: dict[str, list[float]] = {label: [] for label in runs}
    for number in range(-1, rounds):  # the first round compiles, and does not count
        for label, run in runs.items():
            passed = run()
            seconds[label] += [passed] if number >= 0 else []
    size = file.stat().st_size / 1e6
    base = statistics.median(seconds[rival])
    print(f"{name}, {size:.0f} MB, medians of {rounds} interleaved rounds")
    for label, times in seconds.items():
        median = statistics.median(times)
        print(f"  {label:14} {size / median:7.1f} MB/s   {base / median:5.2f} of {rival}")


def main(arguments: list[str] | None = None) -> None:
    """Make the files, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="leakwatch-bench-") as name:
        folder = Path(name)
        device = folder / "phone.yaml"
        device.write_text(PROFILE, "utf-8")
        write_har(folder / "bench.har", chosen.megabytes << 20)
        write_flows(folder / "bench.mitm", chosen.megabytes << 20)
        compare("HAR", "json.loads", folder / "bench.har", device, chosen.rounds)
        compare("mitmproxy flows", "FlowReader", folder / "bench.mitm", device, chosen.rounds)


if __name__ == "__main__":
    main()
