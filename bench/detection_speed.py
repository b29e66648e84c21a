"""How fast detection is: needles, raw scanning, the whole pipeline, single flows, hostile messages; all in one run.

Rivals run in the same rounds: pyahocorasick with every needle in one automaton, ripgrep over the same file, and
Hyperscan alone over the same bodies. Figures are medians over interleaved rounds.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
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
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import ahocorasick

from bench import hostile
from bench.scan_speed import AAID, PROFILE
from leakwatch.detector import Detector
from leakwatch.identifiers.profile import load_profile
from leakwatch.identifiers.variants import expand
from leakwatch.journal.events import Request, Response
from leakwatch.matching import Matcher
from leakwatch.model import DeviceProfile, Variant

Body = tuple[bytes, str]
Run = Callable[[], object]


def timed(run: Run) -> float:
    """Return the seconds of one run: this process's CPU time, or, where that says nothing (it waited), the clock's."""
    began, ticked = time.perf_counter(), time.process_time()
    run()
    passed, worked = time.perf_counter() - began, time.process_time() - ticked
    return worked if worked > passed / 10 else passed


def rounds(runs: Mapping[str, Callable[[], Run]], times: int) -> dict[str, float]:
    """Return the median seconds of each run, interleaved; each is made anew before it is timed."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(times):
        for name, make in runs.items():
            seconds[name].append(timed(make()))
    return {name: statistics.median(values) for name, values in seconds.items()}


# -- what is scanned ---------------------------------------------------------------------------------------------------


def _json(rng: random.Random, words: Sequence[str], size: int) -> bytes:
    records, made = [], 0
    while made < size:
        record = {rng.choice(words): rng.choice(words) for _ in range(8)}
        record |= {"ts": 1_700_000_000_000 + rng.randrange(10**9), "x": rng.random(), "n": rng.randrange(1000)}  # type: ignore[dict-item]  # JSON of any kind
        records.append(record)
        made += len(str(record))
    return json.dumps(records).encode()


def _html(rng: random.Random, words: Sequence[str], size: int) -> bytes:
    return " ".join(f"<p class='{rng.choice(words)}'>{rng.choice(words)}</p>" for _ in range(size // 26)).encode()


def _protobuf(rng: random.Random, words: Sequence[str], size: int) -> bytes:
    out = bytearray()
    while len(out) < size:
        word = rng.choice(words).encode()
        record = b"\x0a" + bytes([len(word)]) + word + b"\x10" + bytes([rng.randrange(128)])
        record += b"\x19" + struct.pack("<d", rng.random())
        out += b"\x0a" + bytes([len(record)]) + record
    return bytes(out)


def bodies(total: int, seed: int = 3) -> list[Body]:
    """Return bodies of 1 to 200 kB: 30 % JSON, 25 % HTML, 30 % pictures, 15 % protobuf by bytes; no identifier."""
    rng = random.Random(seed)
    words = [f"w{rng.randrange(10**6):x}" for _ in range(3000)]
    made: list[Body] = []
    for share, media_type, make in (
        (0.30, "application/json", _json), (0.25, "text/html", _html),
        (0.30, "image/jpeg", lambda r, _, n: r.randbytes(n)), (0.15, "application/x-protobuf", _protobuf),
    ):  # fmt: skip
        left = total * share
        while left > 0:
            body = make(rng, words, int(rng.choice([1, 4, 16, 60, 200]) * 1000 * rng.uniform(0.8, 1.2)))
            made.append((body, media_type))
            left -= len(body)
    rng.shuffle(made)
    return made


def needles(count: int, seed: int = 5) -> list[Variant]:
    """Return random needles in the usual shares: digests in hex and base64, plain values, UTF-16."""
    rng = random.Random(seed)
    made: list[Variant] = []
    while len(made) < count:
        value = f"{rng.getrandbits(64):x}".encode()
        digest = hashlib.sha256(value).digest()
        forms = (
            value,
            digest.hex().encode(),
            digest.hex().upper().encode(),
            base64.b64encode(digest)[:40],
            hashlib.md5(value).hexdigest().encode(),
            value.decode().encode("utf-16-le"),
        )
        made += [Variant(form, f"id{len(made)}", "custom") for form in forms]
    return made[:count]


# -- what is measured --------------------------------------------------------------------------------------------------


def expansion(profile: DeviceProfile) -> None:
    """Print needles a second."""
    seconds = rounds({"expand": lambda: partial(expand, profile)}, 5)["expand"]
    count = len(expand(profile))
    print(f"expansion: {count:,} needles of {len(profile.identifiers)} identifiers, {count / seconds:,.0f} needles/s")


def scanning(data: bytes, counts: Sequence[int], times: int) -> None:
    """Print MB/s of the matcher beside one naive automaton (which sees an eighth of the data)."""
    part = data[: len(data) // 8]
    for count in counts:
        variants = needles(count)
        matcher = Matcher(variants)
        naive = ahocorasick.Automaton()
        for number, variant in enumerate(variants):
            naive.add_word(variant.needle.decode("latin-1"), number)
        naive.make_automaton()
        view = part.decode("latin-1")
        runs = {
            "ours": partial(partial, _drained, matcher.search, data),
            "naive": partial(partial, _drained, naive.iter, view),
        }
        found = rounds(runs, times)
        ours, theirs = len(data) / 1e6 / found["ours"], len(part) / 1e6 / found["naive"]
        print(
            f"scan, {count:7,} needles: {ours:7.0f} MB/s; one automaton {theirs:5.1f} MB/s; ratio {ours / theirs:.0f}"
        )


def _drained(find: Callable[[Any], Iterable[object]], data: Any) -> int:
    return sum(1 for _ in find(data))


SEARCH = """
import sys
from pathlib import Path
from leakwatch.matching import Matcher
from leakwatch.model import Variant
lines = Path(sys.argv[2]).read_bytes().splitlines()
stream = Matcher([Variant(line, "x", "custom") for line in lines]).stream()
found = 0
with open(sys.argv[1], "rb") as file:
    while block := file.read(1 << 20):
        found += sum(1 for _ in stream.feed(block))
print(found + sum(1 for _ in stream.finish()))
"""


def _called(command: list[str]) -> None:
    subprocess.run(command, check=False, capture_output=True)


def ripgrep(data: bytes, copies: int, counts: Sequence[int], times: int) -> None:
    """Print whole processes over one file of `copies` of `data`, ours with compiled needles cached, beside ripgrep."""
    if not shutil.which("rg"):
        print("ripgrep is not installed: not compared")
        return
    with tempfile.TemporaryDirectory(prefix="leakwatch-bench-") as name:
        file, patterns = Path(name) / "data", Path(name) / "needles"
        with file.open("wb") as out:
            for _ in range(copies):
                out.write(data)
        for count in counts:
            lines = [v.needle for v in needles(count) if v.needle.isascii() and b"\0" not in v.needle]
            patterns.write_bytes(b"\n".join(lines) + b"\n")
            commands = {
                "ours": [sys.executable, "-c", SEARCH, str(file), str(patterns)],
                "rg": ["rg", "-a", "-c", "-F", "-f", str(patterns), str(file)],
            }
            runs = {name: partial(partial, _called, command) for name, command in commands.items()}
            runs["ours"]()()  # compiles and caches
            found = rounds(runs, times)
            ratio = found["ours"] / found["rg"]
            print(
                f"whole process, {count:7,} needles, {copies * len(data) / 1e6:.0f} MB: {found['ours']:.2f} s, "
                f"rg {found['rg']:.2f} s; ratio {ratio:.2f}"
            )


def _fed(detector: Detector, messages: Sequence[Request | Response]) -> None:
    for message in messages:
        detector.feed(message)


def _response(number: int, body: Body) -> list[Request | Response]:
    name, host = f"e{number}", f"api{number % 50}.example.com"
    request = Request(
        time=1.0, exchange=name, index=number, method="GET", host=host, target=b"/v1/r", headers=((b"Accept", b"*/*"),)
    )
    headers = ((b"Content-Type", body[1].encode()),)
    return [request, Response(time=1.0, exchange=name, status=200, headers=headers, body=body[0])]


def _request(number: int, body: Body) -> list[Request | Response]:
    name, host = f"q{number}", f"api{number % 50}.example.com"
    headers = ((b"Host", host.encode()), (b"Content-Type", body[1].encode()), (b"User-Agent", b"bench"))
    return [
        Request(
            time=1.0,
            exchange=name,
            index=number,
            method="POST",
            host=host,
            target=b"/v1/c",
            headers=headers,
            body=body[0],
        ),
        Response(time=1.0, exchange=name, status=204, headers=()),
    ]


def _searched(matcher: Matcher, chosen: Sequence[Body]) -> int:
    return sum(len(list(matcher.search(body))) for body, _ in chosen)


def _warm(profile: DeviceProfile) -> Detector:
    """Return a detector that has built what it builds on first use."""
    detector = Detector(profile)
    _fed(detector, [*_request(-1, (b'{"a": "\\u0041b"}', "application/json")), *_response(-2, (b"x" * 5000, ""))])
    return detector


def pipeline(profile: DeviceProfile, total: int, times: int) -> None:
    """Print MB/s of whole flows whose bodies are responses, beside the same bodies through Hyperscan alone."""
    mixed = bodies(total)
    raw = Matcher(expand(profile))
    kinds: dict[str, list[Body]] = {"mixed bodies": mixed}
    for body in mixed:
        kinds.setdefault(body[1], []).append(body)
    for kind, chosen in kinds.items():
        messages = [m for number, body in enumerate(chosen) for m in _response(number, body)]
        runs = {
            "raw": partial(partial, _searched, raw, chosen),
            "ours": lambda messages=messages: partial(_fed, _warm(profile), messages),  # type: ignore[misc]  # bound now
        }
        found = rounds(runs, times)
        size = sum(len(body) for body, _ in chosen) / 1e6
        ours, alone = size / found["ours"], size / found["raw"]
        print(f"pipeline, {kind:24} {ours:7.1f} MB/s; raw {alone:7.0f} MB/s; ratio {ours / alone:.2f}")


def flows(profile: DeviceProfile, count: int) -> None:
    """Print what one flow with a JSON request of 2 kB costs: median, 99th percentile, worst."""
    rng = random.Random(9)
    words = [f"w{rng.randrange(10**6):x}" for _ in range(500)]
    detector = _warm(profile)
    seconds = []
    for number in range(count):
        body = _json(rng, words, 2000)
        if number % 10 == 0:
            body = body.replace(b'"ts"', b'"oaid": "%s", "ts"' % AAID.encode(), 1)
        messages = _request(number, (body, "application/json"))
        seconds.append(timed(partial(_fed, detector, messages)))
    seconds.sort()
    p50, p99, worst = (1000 * seconds[int(share * (count - 1))] for share in (0.5, 0.99, 1.0))
    print(f"one flow, 2 kB of JSON, 1 in 10 leaks: p50 {p50:.2f} ms, p99 {p99:.2f} ms, worst {worst:.2f} ms")


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--needles", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--only", choices=["needles", "pipeline", "flows", "hostile"])
    chosen = parser.parse_args(arguments)
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(PROFILE)
        file.flush()
        profile = load_profile(Path(file.name))
    if chosen.only in (None, "needles"):
        data = b"".join(body for body, _ in bodies(chosen.megabytes << 20))
        expansion(profile)
        scanning(data, chosen.needles, chosen.rounds)
        ripgrep(data, 2, chosen.needles, chosen.rounds)
        ripgrep(data, 20, chosen.needles[:1], chosen.rounds)  # where starting Python counts for less
    if chosen.only in (None, "pipeline"):
        pipeline(profile, chosen.megabytes << 20, chosen.rounds)
    if chosen.only in (None, "flows"):
        flows(profile, 2_000)
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if chosen.only in (None, "hostile"):
        hostile.table(profile)


if __name__ == "__main__":
    main()
