"""Hostile messages: seconds, memory and ledger entry of each; none may take 2 s or 300 MB."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import resource
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import brotlicffi
import zstandard

from leakwatch.detector import Detector
from leakwatch.journal.events import BodyChunk, BodyEnd, Event
from leakwatch.model import DeviceProfile, Direction
from leakwatch.testing import make_request, make_response

SECONDS, MEGABYTES = 2.0, 300
_RNG = random.Random(1)
_MIB = bytes(1 << 20)
Case = tuple[bytes, str, int]
"""A body, its content coding, and how often it comes as a chunk (0: it is one whole body)."""


def _stream(compress: Callable[[bytes], bytes], finish: Callable[[], bytes], mebibytes: int = 400) -> bytes:
    return b"".join([*(compress(_MIB) for _ in range(mebibytes)), finish()])


def _gzip() -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    return _stream(stream.compress, stream.flush)


def _brotli() -> bytes:
    stream = brotlicffi.Compressor()
    return _stream(stream.process, stream.finish)


def _zstd() -> bytes:
    stream = zstandard.ZstdCompressor().compressobj()
    return _stream(stream.compress, stream.flush)


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(40):
            archive.writestr(str(number), _MIB * 20)
    return file.getvalue()


def _tokens() -> list[str]:
    return [base64.b64encode(_RNG.randbytes(30)).decode() for _ in range(50_000)]


def _nested(times: int) -> bytes:
    data = _RNG.randbytes(30_000)
    for _ in range(times):
        data = base64.b64encode(data)
    return data


CASES: dict[str, Callable[[], Case]] = {
    "gzip bomb": lambda: (_gzip(), "gzip", 0),
    "gzip bomb, unannounced": lambda: (_gzip(), "", 0),
    "brotli bomb": lambda: (_brotli(), "br", 0),
    "zstd bomb": lambda: (_zstd(), "zstd", 0),
    "zip bomb": lambda: (_zip(), "", 0),
    "10,000-deep JSON": lambda: (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "", 0),
    "1,000,000 brackets": lambda: (b"[" * 1_000_000, "", 0),
    "1 GB of a": lambda: (b"a" * (1 << 20), "", 1024),
    "50,000 base64 tokens": lambda: (" ".join(_tokens()).encode(), "", 0),
    "the same in JSON": lambda: (json.dumps(_tokens()).encode(), "", 0),
    "base64 twelve times": lambda: (_nested(12), "", 0),
    "2 MB of backslashes": lambda: (b'{"a":"' + b"\\" * 2_000_000, "", 0),
    "2 MB of quotes": lambda: (b'"' * 2_000_000, "", 0),
    "escapes of escapes": lambda: (b"%25" * 600_000, "", 0),
    "entities": lambda: (b"&#x41;" * 300_000, "", 0),
    "escaped quotes": lambda: (b'{"a":"' + b'\\"' * 500_000, "", 0),
    "spaces after JSON": lambda: (b'{"a":1}' + b" " * 1_000_000, "", 0),
    "blank lines": lambda: (b'{"a":1}\n' + b"\n" * 1_000_000, "", 0),
    "one word in a query": lambda: (b'{"query":"query{' + b"a" * 1_000_000 + b'}"}', "", 0),
    "tags without an end": lambda: (b"<a></a>" + b"<a " * 300_000, "", 0),
    "zstd's first bytes": lambda: (b"\x28\xb5\x2f\xfd" * 250_000, "", 0),
    "open tags": lambda: (b"<a>" * 300_000, "", 0),
    "zlib's first bytes": lambda: (b"\x78\x9c" * 500_000, "", 0),
    "8 MB of NUL": lambda: (bytes(8 << 20), "", 0),
    "4 MB at random": lambda: (_RNG.randbytes(4 << 20), "", 0),
    "one needle 100,000 times": lambda: (b"867931020000004 " * 100_000, "", 0),
}


def _events(body: bytes, coding: str, chunks: int, direction: Direction) -> Iterator[Event]:
    headers = {"Content-Encoding": coding} if coding else {}
    whole: dict[str, Any] = {"body": b"" if chunks else body, "headers": headers, "complete": not chunks}
    request = make_request("https://x.example.com/h", **(whole if direction is Direction.REQUEST else {}))
    yield request
    if direction is Direction.RESPONSE:
        yield make_response(**whole)
    for _ in range(chunks):
        yield BodyChunk(time=1.0, exchange=request.exchange, direction=direction, data=body)
    if chunks:
        yield BodyEnd(time=1.0, exchange=request.exchange, direction=direction)


def _measure(profile: DeviceProfile, name: str, direction: Direction) -> str:
    """Return the line of one case; the caller forks, so that memory counts from here."""
    body, coding, chunks = CASES[name]()
    detector = Detector(profile)
    detector.feed(make_request(exchange="warm"))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.process_time()
    for event in _events(body, coding, chunks, direction):
        detector.feed(event)
    detector.finish()
    seconds = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    noted = sorted({f"{entry.kind} ({entry.detail[-22:]})" for entry in detector.drain_ledger()})[:2]
    verdict = "" if seconds < SECONDS and grown < MEGABYTES else "  TOO MUCH"
    size = len(body) * (chunks or 1) / 1e6
    return f"{name:26} {direction.value:9} {size:8.1f} {seconds:7.2f} {grown:7.0f}  {', '.join(noted)}{verdict}"


def table(profile: DeviceProfile) -> None:
    """Print one line a case and direction, each measured in a process of its own."""
    print(f"{'hostile message':26} {'':9} {'MB':>8} {'CPU s':>7} {'MB more':>7}  ledger")
    for name in CASES:
        for direction in (Direction.REQUEST, Direction.RESPONSE):
            child = os.fork()
            if child == 0:
                print(_measure(profile, name, direction), flush=True)
                os._exit(0)
            os.waitpid(child, 0)
