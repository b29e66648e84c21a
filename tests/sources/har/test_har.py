"""HAR files, as real writers write them."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from leakwatch.journal.events import ExchangeFailed, LedgerNote, Request, Response, TlsFailure
from leakwatch.sources import har

Case = Any
"""The fixture `case` of conftest.py."""


def test_an_entry_becomes_a_request_and_a_response(case: Case) -> None:
    request, response = case.events(case.text(case.good))
    assert isinstance(request, Request)
    assert isinstance(response, Response)
    assert (request.method, request.scheme, request.host, request.port) == ("POST", "https", "api.example.com", 8443)
    assert request.target == b"/v1/open?did=a%20b", "a fragment never leaves the device"
    assert request.headers == ((b"X-Did", "über".encode()), (b"Content-Type", b"application/json"))
    assert (request.body, request.complete, request.protocol) == (b'{"a":1}', True, "http/2")
    assert request.server == ("2001:db8::1", 8443)
    assert (request.index, request.exchange, request.tls) == (0, "entry-0", True)
    assert request.time == 1714979289.25
    assert (response.status, response.reason, response.body) == (200, "OK", b"ok")
    assert response.time == 1714979290.75
    assert response.exchange == request.exchange


def test_the_writers_own_id_is_kept_and_made_unique(case: Case) -> None:
    entries = [case.entry(_id="65f0"), case.entry(), case.entry(_id="65f0"), case.entry(_id=7)]
    requests = [e for e in case.events(case.text(*entries)) if isinstance(e, Request)]
    assert [r.exchange for r in requests] == ["65f0", "entry-1", "65f0#2", "7"]
    assert [r.index for r in requests] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda t: t.encode(), id="utf-8"),
        pytest.param(lambda t: t.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(lambda t: t.encode("utf-16"), id="utf-16 with mark"),
        pytest.param(lambda t: t.encode("utf-16-le"), id="utf-16-le"),
        pytest.param(lambda t: t.encode("utf-32-be"), id="utf-32-be"),
        pytest.param(lambda t: gzip.compress(t.encode("utf-8-sig")), id="gzip"),
        pytest.param(lambda t: gzip.compress(t[:50].encode()) + gzip.compress(t[50:].encode()), id="gzip, two members"),
    ],
)
def test_every_encoding_of_the_file_gives_the_same_events(case: Case, encode: Any) -> None:
    text = case.text(case.good, case.entry({"postData": {"text": "手机号 138"}}))
    content = encode(text)
    assert har.sniff(content[:4096])
    assert case.events(content) == case.events(text)


def test_har_1_1_without_most_members(case: Case) -> None:
    bare = {"log": {"version": "1.1", "entries": [{"request": {"method": "GET", "url": "http://h.example/x"}}]}}
    request, failed = case.events(json.dumps(bare))
    assert isinstance(request, Request)
    assert (request.host, request.port, request.target, request.time) == ("h.example", 80, b"/x", 0.0)
    assert isinstance(failed, ExchangeFailed)
    assert failed.detail == "no response recorded"


def test_a_failed_exchange_says_why(case: Case) -> None:
    events = case.events(case.text(case.entry(None, {"status": 0, "_error": "net::ERR_TIMED_OUT"})))
    assert [type(e) for e in events] == [Request, ExchangeFailed]
    assert events[1].detail == "net::ERR_TIMED_OUT"  # type: ignore[attr-defined]  # the line above shows its type


def test_sniff_goes_by_content() -> None:
    assert har.sniff(b'  {"log": {')
    assert har.sniff(b'\xef\xbb\xbf{\r\n "log" : {"version"')
    assert not har.sniff(b'{"flows": 1}')
    assert not har.sniff(b'[{"log": 1}]')
    assert not har.sniff(b"\x1f\x8bgarbage")
    assert not har.sniff(b"")
    assert not har.sniff(b"\xd4\xc3\xb2\xa1" + bytes(60))


@pytest.mark.parametrize("before", [True, False])
def test_handshakes_that_failed_are_read_beside_the_entries(case: Case, before: bool) -> None:
    """HTTP Toolkit writes them into `log._tlsErrors`, with the cause as it saw it."""
    failed: list[Any] = [
        {"startedDateTime": "2024-05-06T07:08:09Z", "hostname": "Pay.example", "cause": "cert-rejected",
         "clientIPAddress": "10.0.0.2", "clientPort": 4000},
        {"hostname": "push.example", "cause": "closed", "clientIPAddress": None},
        {}, None, 5,
    ]  # fmt: skip
    entries = {"entries": [case.good]}
    log = {"_tlsErrors": failed, **entries} if before else {**entries, "pages": [{"a": "]}"}], "_tlsErrors": failed}
    events = case.events(json.dumps({"log": log, "more": 1}))
    told = [(e.sni, e.refused, e.client, e.detail) for e in events if isinstance(e, TlsFailure)]
    assert told == [
        ("pay.example", True, ("10.0.0.2", 4000), "cert-rejected"), ("push.example", False, ("", 0), "closed"),
    ]  # fmt: skip
    assert len([e for e in events if isinstance(e, Request)]) == 1


def test_damage_behind_the_entries_costs_nothing(case: Case) -> None:
    text = json.dumps({"log": {"entries": [case.good]}})[:-2]
    behind = ("", ', "_tlsErrors": [{"hostname": "a', ', "_tlsErrors": {"hostname": 1}}}', ", nonsense", ', "x": [[[[')
    for rest in behind:
        events = case.events(text + rest)
        assert [type(e) for e in events] == [Request, Response], rest
        assert not any(isinstance(e, LedgerNote) for e in events)
