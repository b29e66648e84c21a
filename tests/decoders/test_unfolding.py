"""Unfolding: complete at every depth, without doubles, in any order, with true offsets, within its budget."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable

import brotlicffi
import cbor2
import lz4.frame
import msgpack
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.decoders import CHAIN_NAMES, DECODERS, Budget, unfold
from leakwatch.model import Part

IMEI = b"867900012345678"


def part(data: bytes, location: str = "body", offset: int = 0, encodings: tuple[str, ...] = ()) -> Part:
    return Part(location, data, offset, len(data), encodings=encodings)


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("f", data)
    return out.getvalue()


WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "brotli": brotlicffi.compress,
    "zstd": zstandard.compress,
    "lz4": lz4.frame.compress,
    "base64": base64.b64encode,
    "base32": base64.b32encode,
    "hex": lambda data: data.hex().encode(),
    "json": lambda data: json.dumps({"v": text(data)}).encode(),
    "msgpack": lambda data: msgpack.packb({"v": data}),
    "cbor": lambda data: cbor2.dumps({"v": data}),
    "zip": zipped,
}


def text(data: bytes) -> str:
    return data.decode() if data.isascii() else base64.b64encode(data).decode()


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(WRAPPERS)), min_size=1, max_size=4),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789@. ", min_size=12, max_size=40).filter(lambda v: v.strip() == v),
)
def test_whatever_is_wrapped_is_found(chain, value):
    data = b"a value: " + value.encode()
    for name in reversed(chain):
        data = WRAPPERS[name](data)
    assert any(value.encode() in segment.data for segment in unfold(part(data)))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise(data):
    segments = list(unfold(part(data)))
    assert segments[0].data == data


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(WRAPPERS)), st.binary(max_size=60), st.integers(0, 200))
def test_damaged_formats_never_raise(name, junk, at):
    data = WRAPPERS[name](b"some text that is wrapped: " + IMEI)
    for broken in (data[:at], data[:at] + junk + data[at:], junk + data, data + junk):
        list(unfold(part(broken, encodings=("gzip", "br"))))


def rich_body() -> bytes:
    inner = base64.b64encode(gzip.compress(json.dumps({"imei": IMEI.decode()}).encode())).decode()
    return json.dumps({"d": inner, "q": "a=1&b=%41%2B", "e": "x &amp; y", "n": ["\u674e", 123456789]}).encode()


def test_the_order_of_decoders_does_not_matter():
    def outcome(decoders):
        return {(s.location, s.chain, s.data, s.offset, s.length) for s in unfold(part(rich_body()), decoders=decoders)}

    expected = outcome(DECODERS)
    assert any(chain == ("json", "base64", "gzip", "json") and data == IMEI for _, chain, data, _, _ in expected)
    shuffled = list(DECODERS)
    for seed in range(5):
        random.Random(seed).shuffle(shuffled)
        assert outcome(tuple(shuffled)) == expected


def test_exact_segments_are_the_message_bytes():
    body = b"a=1&data=%7B%22x%22%3A1%7D&t=plain+text&j={}"
    message = b"POST / HTTP/1.1\r\n\r\n" + body
    segments = list(unfold(part(body, offset=len(message) - len(body))))
    exact = [s for s in segments if s.exact]
    assert {s.location for s in exact} >= {"body", "body.form:data", "body.form:t"}
    for segment in exact:
        assert message[segment.offset : segment.offset + segment.length] == segment.data
    decoded = next(s for s in segments if s.data == b'{"x":1}')
    assert message[decoded.offset : decoded.offset + decoded.length] == b"%7B%22x%22%3A1%7D"


def test_every_segment_names_the_run_of_its_parent():
    for segment in unfold(part(rich_body())):
        if segment.parent:
            assert 0 <= segment.start <= len(segment.parent.data)
            assert segment.start + segment.extent <= len(segment.parent.data)
            assert segment.depth == segment.parent.depth + 1


def test_the_same_value_in_two_fields_is_two_segments():
    body = json.dumps({"a": IMEI.decode(), "b": IMEI.decode()}).encode()
    assert [s.location for s in unfold(part(body)) if s.data == IMEI] == ["body.json:$.a", "body.json:$.b"]
    packed = gzip.compress(body)
    assert [s.location for s in unfold(part(packed)) if s.data == IMEI] == ["body.json:$.a", "body.json:$.b"]


def test_the_same_bytes_of_one_run_are_one_segment():
    body = b"d=" + base64.b64encode(b"a value: " + IMEI).replace(b"=", b"%3D") + b"&e=2"
    assert len([s for s in unfold(part(body)) if s.data == b"a value: " + IMEI]) == 1


def test_announced_codings_are_undone_in_order():
    body = brotlicffi.compress(gzip.compress(b"imei=" + IMEI))
    budget = Budget()
    found = [s for s in unfold(part(body, encodings=("gzip", "br")), budget) if s.data == IMEI]
    assert [s.chain for s in found] == [("brotli", "gzip", "form")]
    assert budget.undecodable == []


def test_a_coding_that_is_not_there_is_noted():
    budget = Budget()
    found = [s.location for s in unfold(part(b"imei=" + IMEI, encodings=("gzip",)), budget) if s.data == IMEI]
    assert found == ["body.form:imei"]
    assert budget.undecodable == [("gzip", 20)]


def test_too_deep_is_noted():
    data = IMEI + b" is the value"
    for _ in range(12):
        data = base64.b64encode(data)
    budget = Budget()
    segments = list(unfold(part(data), budget))
    assert max(len(s.chain) for s in segments) == 6
    assert [reason for reason, _ in budget.exceeded] == ["depth"]


def bomb(size: int) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(stream.compress(bytes(1 << 20)) for _ in range(size >> 20)) + stream.flush()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "gzip bomb": lambda: bomb(200 << 20),
    "gzip in gzip": lambda: gzip.compress(bomb(200 << 20)),
    "brotli bomb": lambda: brotlicffi.compress(bytes(30 << 20), quality=3),
    "zstd bomb": lambda: zstandard.compress(bytes(200 << 20)),
    "lz4 bomb": lambda: lz4.frame.compress(bytes(100 << 20)),
    "zip bomb": lambda: zipped(bytes(200 << 20)),
    "base64 tokens": lambda: b" ".join(base64.b64encode(b"value number %08d ok" % i) for i in range(50_000)),
    "a long run of a": lambda: b"a" * (64 << 20),
    "a long run of 0": lambda: b"0" * (16 << 20),
    "percent signs": lambda: b"%41" * (4 << 20),
    "references": lambda: b"&#65;" * (2 << 20),
    "backslashes": lambda: b"\\" * (16 << 20),
    "msgpack arrays": lambda: b"\x91" * (8 << 20),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_bytes_cost_their_budget(name):
    data, budget = HOSTILE[name](), Budget()
    began = time.process_time()
    for segment in unfold(part(data), budget):
        assert segment.length <= len(data)
    assert time.process_time() - began < 10, "its budget is 1.5 s"
    assert budget.exceeded or name == "base64 tokens", "nothing was noted"


@pytest.mark.parametrize("name", ["a long run of a", "gzip in gzip", "lz4 bomb", "msgpack arrays", "percent signs"])
def test_hostile_bytes_cost_little_memory(name):
    data = HOSTILE[name]()
    tracemalloc.start()
    for _ in unfold(part(data)):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 << 20


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 10_000,
        b"[" * 10_000 + b'"' + IMEI + b'"' + b"]" * 10_000,
        b'{"a":' * 10_000 + b'"' + IMEI + b'"',
        b"\x81" * 10_000,
    ],
)
def test_deep_nesting_costs_no_recursion(data):
    segments = list(unfold(part(data)))
    assert all(len(s.path) < 1000 for s in segments)
    assert (IMEI in data) == any(s.data == IMEI for s in segments)


def test_only_names_of_the_table_stand_in_chains():
    chains = {name for wrap in WRAPPERS.values() for s in unfold(part(wrap(b"some text: " + IMEI))) for name in s.chain}
    assert chains <= set(CHAIN_NAMES)


def test_a_run_of_separators_costs_nothing():
    """Found by bench.fuzz: the pattern for dull values tried every way to cut such a run, for ever."""
    began = time.process_time()
    list(unfold(part(b"a" + b"(,;" * 2000 + b"\x01")))
    assert time.process_time() - began < 10
