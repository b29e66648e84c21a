"""mitmproxy flow files: real ones of many versions, every kind of flow, and whatever a hostile file may claim."""

from __future__ import annotations

import collections
import io
import json
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mitmproxy.io import FlowWriter, tnetstring
from mitmproxy.test import tflow

from leakwatch.errors import SourceError
from leakwatch.journal.events import (
    DnsMessage,
    Event,
    ExchangeFailed,
    LedgerNote,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.model import Direction
from leakwatch.sources import SOURCES, open_source
from leakwatch.sources.mitmproxy import read, sniff
from leakwatch.sources.mitmproxy_events import host_of, seconds
from leakwatch.sources.tnetstring import TornError, read_record

CAPTURES = Path(__file__).parents[2].parent / "shared" / "captures"


def flows(*made: Any) -> bytes:
    out = io.BytesIO()
    writer = FlowWriter(out)
    for flow in made:
        writer.add(flow)
    return out.getvalue()


def events(tmp_path: Path, data: bytes) -> list[Event]:
    path = tmp_path / "flows"
    path.write_bytes(data)
    return list(read(path))


def of(found: list[Event], *kinds: type) -> list[Any]:
    return [event for event in found if isinstance(event, kinds)]


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the shared captures are not beside this checkout")
def test_real_files_have_the_counts_of_an_independent_reader() -> None:
    truth = {k: v for k, v in json.loads((CAPTURES / "truth.json").read_text())["har_mitm"].items() if "mitm/" in k}
    assert len(truth) >= 8
    for name, expected in truth.items():
        source = open_source(CAPTURES / name)
        assert source.format == "mitmproxy"
        if "error" in expected:
            with pytest.raises(SourceError, match="cannot read files with flow format version"):
                list(source.read())
            continue
        found = list(source.read())
        assert len(of(found, Request)) == expected["flows"], name
        assert len(of(found, StreamMessage)) == expected["websocket_messages"], name
        assert [r.index for r in of(found, Request)] == list(range(expected["flows"]))
        assert all(r.host and r.time > 1e9 for r in of(found, Request)), name


def test_http_is_read_raw_with_its_own_id(tmp_path: Path) -> None:
    flow = tflow.tflow(resp=True)
    flow.request.headers["content-encoding"] = "gzip"
    flow.request.raw_content = b"\x1f\x8bnot gzip at all"
    flow.request.path = "/a%20b?x=1"
    request, response = events(tmp_path, flows(flow))
    assert isinstance(request, Request) and isinstance(response, Response)
    assert (request.exchange, request.index, request.body) == (flow.id, 0, b"\x1f\x8bnot gzip at all")
    assert (request.method, request.target, request.host, request.port) == ("GET", b"/a%20b?x=1", "address", 22)
    assert (response.exchange, response.status, response.body) == (flow.id, 200, b"message")
    assert request.client == ("127.0.0.1", 22) and request.complete


def test_every_kind_of_flow(tmp_path: Path) -> None:
    made = [
        tflow.twebsocketflow(),
        tflow.ttcpflow(),
        tflow.tudpflow(),
        tflow.tdnsflow(resp=True),
        tflow.tflow(err=True),
    ]
    found = events(tmp_path, flows(*made))
    kinds = collections.Counter(type(e).__name__ for e in found)
    assert kinds == {
        "Request": 2, "Response": 1, "StreamMessage": 7, "StreamClosed": 3, "StreamOpened": 2, "DnsMessage": 2,
        "ExchangeFailed": 1,
    }  # fmt: skip
    websocket = [m for m in of(found, StreamMessage) if m.protocol == "websocket"]
    assert [(m.direction, m.text, m.index) for m in websocket] == [
        (Direction.REQUEST, False, 0), (Direction.REQUEST, True, 1), (Direction.RESPONSE, True, 2),
    ]  # fmt: skip
    assert [o.protocol for o in of(found, StreamOpened)] == ["tcp", "udp"]
    query, answer = of(found, DnsMessage)
    assert query.names == ("dns.google",) and answer.answers[0] == ("dns.google", "A", "8.8.8.8")
    assert of(found, ExchangeFailed)[0].detail == "error" and len(of(found, StreamClosed)) == 3


def test_the_same_flow_twice_is_two_exchanges(tmp_path: Path) -> None:
    flow = tflow.tflow()
    first, second = of(events(tmp_path, flows(flow, flow)), Request)
    assert (first.exchange, second.exchange) == (flow.id, f"{flow.id}#2")


def test_a_body_that_was_streamed_past_is_in_the_ledger(tmp_path: Path) -> None:
    flow = tflow.tflow(resp=True)
    flow.response.raw_content = None
    flow.response.headers["content-length"] = "5000"
    (note,) = of(events(tmp_path, flows(flow)), LedgerNote)
    assert (note.kind, note.bytes, note.direction, note.exchange) == ("not_kept", 5000, "response", flow.id)


def test_a_file_cut_anywhere_is_read_up_to_the_cut(tmp_path: Path) -> None:
    whole = flows(tflow.tflow(resp=True), tflow.tflow(), tflow.tflow())
    first = len(flows(tflow.tflow(resp=True)))
    for cut in range(first + 1, len(whole), 97):
        found = events(tmp_path, whole[:cut])
        assert of(found, Request)
        (note,) = of(found, LedgerNote)
        assert note.kind == "truncated" and note.bytes > 0
    with pytest.raises(SourceError, match="not a readable mitmproxy flow file"):
        events(tmp_path, whole[: first // 2])


def test_a_damaged_flow_is_stepped_over(tmp_path: Path) -> None:
    good, bad = tflow.tflow(), tnetstring.dumps({"version": 21, "type": "http", "request": None})
    found = events(tmp_path, flows(good) + bad + tnetstring.dumps([1, 2]) + flows(good))
    assert [type(e) for e in found] == [Request, LedgerNote, LedgerNote, Request]
    assert {n.kind for n in of(found, LedgerNote)} == {"unreadable"}


@pytest.mark.parametrize(
    "data",
    [
        b"999999999999:7:version;",
        b"1" * 5000,
        b"50:" + b"9:" * 25 + b"}",
        b"12:" + b"a" * 12 + b"}",
        b"400:" + b"9" * 400 + b"#",
        b"4:7:ve}",
        b"10:3:key;3:abc?}",
        b"7:2:[]]1:a}",
    ],
)
def test_hostile_records_are_refused_at_once_and_without_memory(tmp_path: Path, data: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.monotonic()
    with pytest.raises(SourceError):
        events(tmp_path, data)
    assert time.monotonic() - begin < 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_deep_nesting_and_long_garbage_end_quickly(tmp_path: Path) -> None:
    nested = b"0:~"
    for _ in range(5000):
        nested = b"%d:%s]" % (len(nested), nested)
    garbage = b"%d:%s}" % (20 << 20, b"a" * (20 << 20))
    begin = time.monotonic()
    found = events(tmp_path, flows(tflow.tflow()) + nested + garbage + flows(tflow.tflow()))
    assert time.monotonic() - begin < 5
    assert [type(e) for e in found] == [Request, LedgerNote, LedgerNote, Request]
    assert all(len(n.detail) < 300 for n in of(found, LedgerNote))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.binary() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=80, deadline=None)
@given(st.lists(values.filter(lambda v: v is not None), max_size=4))
def test_the_framing_is_read_as_mitmproxy_writes_it(tmp_path_factory: pytest.TempPathFactory, wrote: list[Any]) -> None:
    path = tmp_path_factory.mktemp("t") / "t"
    path.write_bytes(b"".join(tnetstring.dumps(value) for value in wrote))
    with path.open("rb") as file:
        assert [read_record(file) for _ in wrote] == wrote
        assert read_record(file) is None


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=4))
def test_no_damage_crashes(tmp_path_factory: pytest.TempPathFactory, at: int, patch: bytes) -> None:
    data = bytearray(flows(tflow.tflow(resp=True), tflow.twebsocketflow(), tflow.tdnsflow(resp=True)))
    at %= len(data)
    data[at : at + len(patch)] = patch
    try:
        found = events(tmp_path_factory.mktemp("d"), bytes(data))
    except SourceError as error:
        assert "\n" not in str(error)
    else:
        assert all(isinstance(e, Event) for e in found)


def test_formats_are_told_by_content_not_by_name(tmp_path: Path) -> None:
    (tmp_path / "flows.har").write_bytes(flows(tflow.tflow()))
    source = open_source(tmp_path / "flows.har")
    assert (source.format, source.size) == ("mitmproxy", (tmp_path / "flows.har").stat().st_size)
    assert len(source.sha256) == 64 and len(list(source.read())) == 1
    (tmp_path / "capture.mitm").write_text('{"log": {"entries": []}}')
    assert open_source(tmp_path / "capture.mitm").format == "har"
    assert not sniff(b'{"log"') and not sniff(b"") and not sniff(b"2026:01:01 a log line")


@pytest.mark.parametrize(
    ("name", "words"), [("empty", "empty"), ("text", "none of the formats"), ("gone", "no such file")]
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("just words")
    with pytest.raises(SourceError, match=words) as error:
        open_source(tmp_path / name)
    assert "\n" not in str(error.value)
    with pytest.raises(SourceError, match="not a regular file"):
        open_source(tmp_path)


def test_what_flow_files_hold_instead_of_times_and_hosts() -> None:
    assert [seconds(value) for value in (None, float("nan"), float("inf"), "1", b"1", 7)] == [0, 0, 0, 0, 0, 7]
    request = tflow.tflow().request
    for header, host in (
        ("address", "address"),
        ("other.example:8443", "other.example"),
        ("[::1]:99", "::1"),
        ("", "address"),
    ):
        request.headers["host"] = header
        assert host_of(request) == host


def test_each_source_has_its_two_functions() -> None:
    import importlib

    for name in SOURCES:
        module = importlib.import_module(f"leakwatch.sources.{name}")
        assert callable(module.sniff) and callable(module.read)


def test_numbers_that_are_none_are_torn_records(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"x:1")
    with path.open("rb") as file, pytest.raises(TornError):
        read_record(file)


def test_text_that_old_files_hold_as_text(tmp_path: Path) -> None:
    flow = tflow.twebsocketflow()
    state = flow.get_state()
    state["websocket"]["messages"][0] = (1, True, "grüß dich 867900045123877", *state["websocket"]["messages"][0][3:])
    path = tmp_path / "old.flows"
    path.write_bytes(tnetstring.dumps(state))
    messages = [event for event in read(path) if isinstance(event, StreamMessage)]
    assert messages[0].data == "grüß dich 867900045123877".encode()
    assert len(messages) == len(state["websocket"]["messages"])
