"""Fuzzing: mutated captures through every reader, or mutated payloads through every decoder; prints crashes."""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from bench import payloads
from leakwatch.analysis import Analysis
from leakwatch.decoders import Budget, unfold
from leakwatch.errors import SourceError
from leakwatch.model import Part
from leakwatch.sources import open_source
from leakwatch.testing import packets
from leakwatch.testing.factories import IMEI, make_profile

CAPTURES = Path(__file__).resolve().parents[2] / "shared" / "captures"
MAX_SEED = 200_000
"""Bytes: larger seeds are cut, so that many mutations fit into the time."""
HANG = 10
"""Seconds of CPU time that one input may take: these machines are busy."""
MEMORY = 3 << 30
_NUMBERS = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\xff\xff", bytes(4), b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff")
_WORDS = (
    b"\r\n\r\n", b"Content-Length: 99999999999\r\n", b"Transfer-Encoding: chunked\r\n", b"{", b"[" * 40, b"%25" * 9,
    b"\x1f\x8b", b"\x10\x0e\x00\x04MQTT\x05", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\x16\x03\x01",
)  # fmt: skip


class HangError(Exception):
    """An input took longer than `HANG` seconds."""


def seeds() -> list[tuple[str, bytes]]:
    """The reference captures where they lie beside the checkout, and captures of our own making."""
    found = [(f"made-{number}", data) for number, data in enumerate(_made())]
    if CAPTURES.is_dir():
        files = (p for p in sorted(CAPTURES.rglob("*")) if p.is_file() and p.suffix not in (".md", ".tsv"))
        found += [(path.name, path.read_bytes()[:MAX_SEED]) for path in files]
    return found


def _made() -> Iterator[bytes]:
    value = IMEI.encode()
    post = b"POST /t?imei=%s HTTP/1.1\r\nHost: a.example\r\nContent-Length: 15\r\n\r\n%s" % (value, value)
    chunked = b"POST /t HTTP/1.1\r\nHost: a.ex\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n%s\r\na\r\n%s\r\n0\r\n\r\n"
    connect = b"\x10\x22\x00\x04MQTT\x05\xc2\x00\x3c\x00\x00\x04dev1\x00\x04user\x00\x0dpass-word-123"
    publish = b'\x30\x1a\x00\x03a/b\x00{"imei":"%s"}' % value[:10]
    upgrade = b"GET /w HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    switched = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    frame = b"\x81\x8f\x00\x00\x00\x00" + value
    socks = b"\x05\x01\x00"
    for turns in (
        [(0, post), (1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")],
        [(0, chunked % (value[:5], value[5:]))],
        [(0, connect), (1, b"\x20\x03\x00\x00\x00"), (0, publish)],
        [(0, upgrade), (1, switched), (0, frame)],
        [(0, socks), (1, b"\x05\x00"), (0, b"\x05\x01\x00\x03\x09a.example\x00\x50"), (1, b"\x05\0\0\1" + bytes(6))],
    ):
        yield packets.pcap(packets.tcp_packets(packets.segments(turns, 700), port=1883))
        yield packets.pcapng(packets.tcp_packets(packets.segments(turns, 7), port=80))


def mutated(data: bytes, other: bytes, dice: random.Random) -> bytes:
    """A few random changes: bits, bytes, lengths, pieces moved, doubled, cut, and pieces of another seed."""
    out = bytearray(data)
    for _ in range(dice.choice((1, 1, 2, 4, 8, 32))):
        at = dice.randrange(len(out) + 1)
        size = dice.choice((1, 2, 4, 16, 100, 1000))
        match dice.randrange(8):
            case 0 if at < len(out):
                out[at] ^= 1 << dice.randrange(8)
            case 1 if at < len(out):
                out[at] = dice.randrange(256)
            case 2:
                word = dice.choice(_NUMBERS)
                out[at : at + len(word)] = word
            case 3:
                out[at:at] = dice.choice(_WORDS)
            case 4:
                del out[at : at + size]
            case 5:
                out[at:at] = out[at : at + size] * dice.choice((1, 2, 50))
            case 6:
                start = dice.randrange(len(other) + 1)
                out[at:at] = other[start : start + size]
            case 7 if dice.random() < 0.2:
                del out[at:]
    return bytes(out[: 2 * MAX_SEED])


def run(data: bytes, file: Path) -> int:
    """Take one input through everything; returns how many events it gave."""
    file.write_bytes(data)
    count = 0
    analysis = Analysis(make_profile())
    try:
        for event in open_source(file).read():
            count += 1
            analysis.feed(event)
        analysis.finish()
    except SourceError:
        pass
    for _ in unfold(Part("body", data[:65536], 0, len(data[:65536])), Budget()):
        pass
    return count


def _rang(number: int, frame: FrameType | None) -> None:
    raise HangError(f"longer than {HANG} s")


WHAT = {"sources": "events", "decoders": "segments"}
Run = Callable[[bytes, Path, random.Random], int]
TARGETS: dict[str, tuple[Callable[[], list[tuple[str, bytes]]], Run]] = {
    "sources": (seeds, lambda data, folder, dice: run(data, folder / "input")),
    "decoders": (payloads.seeds, lambda data, folder, dice: payloads.run(data, dice)),
}


def fuzz(target: str, seconds: float, seed: int, keep: Path) -> int:
    """Mutate for so long; every crash is printed, and its input kept in `keep`; returns how many there were."""
    dice, make, take = random.Random(seed), *TARGETS[target]
    corpus = make()
    signal.signal(signal.SIGPROF, _rang)
    end, inputs, events, crashes = time.monotonic() + seconds, 0, 0, set()
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            name, data = dice.choice(corpus)
            data = mutated(data, dice.choice(corpus)[1], dice)
            signal.setitimer(signal.ITIMER_PROF, HANG)
            try:
                events += take(data, Path(folder), dice)
            except Exception as error:  # whatever it is, it is what we look for
                signal.setitimer(signal.ITIMER_PROF, 0)
                crashes.add(_crash(error, name, data, keep))
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            inputs += 1
    print(f"{inputs} inputs, {events} {WHAT[target]} in {seconds:.0f} s, seed {seed}: {len(crashes)} different crashes")
    return len(crashes)


def _crash(error: Exception, name: str, data: bytes, keep: Path) -> str:
    """Print a crash, once for each place; returns the place."""
    last = next(frame for frame in reversed(traceback.extract_tb(error.__traceback__)) if frame.name != _rang.__name__)
    place = f"{type(error).__name__} {Path(last.filename).name}:{last.lineno}"
    path = keep / hashlib.sha256(place.encode()).hexdigest()[:12]
    if not path.exists():
        keep.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"CRASH {place} from {name}, kept as {path}")
        traceback.print_exception(error, limit=-6, file=sys.stdout)
        sys.stdout.flush()
    return place


def main() -> None:
    """Parse the command line and fuzz; ends with status 1 where anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", choices=TARGETS, default="sources", help="what is fuzzed [sources]")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long [60]")
    parser.add_argument("--seed", type=int, default=None, help="of the random numbers [the time]")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "leakwatch-fuzz", help="for crashes")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    seed = given.seed if given.seed is not None else int(time.time())
    raise SystemExit(1 if fuzz(given.target, given.seconds, seed, given.keep) else 0)


if __name__ == "__main__":
    main()
