"""The detector turns events into leaks: each once, in the right place, at the right moment, whatever the chunks."""

import base64
import gzip
import hashlib
import json
import random

import pytest

from leakwatch.detector import Detector
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    DnsMessage,
    ExchangeFailed,
    StreamClosed,
    StreamMessage,
    StreamOpened,
)
from leakwatch.journal.message import request_head
from leakwatch.model import Confidence, Direction
from leakwatch.testing import make_profile, make_request, make_response
from leakwatch.testing.factories import ANDROID_ID, EMAIL, GAID, IMEI

REQUEST, RESPONSE = Direction.REQUEST, Direction.RESPONSE


@pytest.fixture
def detector():
    return Detector(make_profile())


def told(leaks):
    return [(leak.identifier, leak.location, leak.chain) for leak in leaks]


def as_json(value):
    return json.dumps(value).encode()


def test_every_place_of_a_request_has_its_location(detector):
    request = make_request(
        f"https://x.example.com/p/{ANDROID_ID}?gaid={GAID}",
        headers={"X-Did": IMEI, "Cookie": f"a=1; m={EMAIL}"},
        body=as_json({"a": [{"b": IMEI}]}),
    )
    assert told(detector.feed(request)) == [
        ("android_id", "path", ()),
        ("gaid", "query:gaid", ()),
        ("imei", "header:X-Did", ()),
        ("email", "cookie:m", ()),
        ("imei", "body.json:$.a[0].b", ("json",)),
    ]


def test_offsets_point_into_the_stored_message(detector):
    request = make_request(f"https://x.example.com/?d={IMEI}", body=b"xx" + ANDROID_ID.encode() + b"!")
    stored = request_head(request) + request.body
    for leak, value in zip(detector.feed(request), (IMEI, ANDROID_ID)):
        assert stored[leak.offset : leak.offset + leak.length] == value.encode()


def test_the_deepest_chain_wins_and_other_fields_are_other_leaks(detector):
    inner = base64.b64encode(as_json({"i": IMEI})).decode()
    leaks = detector.feed(
        make_request(body=as_json({"x": inner, "y": IMEI, "z": hashlib.md5(IMEI.encode()).hexdigest()}))
    )
    assert told(leaks) == [
        ("imei", "body.json:$.x.json:$.i", ("json", "base64", "json")),
        ("imei", "body.json:$.y", ("json",)),
        ("imei", "body.json:$.z", ("json", "md5")),
    ]


def test_hex_of_the_raw_bytes_is_the_value_itself(detector):
    assert told(detector.feed(make_request(f"https://x.example.com/?d={ANDROID_ID.upper()}"))) == [
        ("android_id", "query:d", ())
    ]


def test_responses_are_told_apart(detector):
    detector.feed(make_request())
    leaks = detector.feed(make_response(body=as_json({"id": GAID})))
    assert [(leak.direction, leak.method, leak.host) for leak in leaks] == [(RESPONSE, "GET", "api.example.com")]


def test_the_same_leak_is_given_once_per_exchange(detector):
    assert len(detector.feed(make_request(body=f"a {IMEI} b {IMEI} c".encode()))) == 1
    assert len(detector.feed(make_request(exchange="exchange-2", body=f"a {IMEI}".encode()))) == 1


def test_near_misses(detector):
    other = IMEI[:8] + "1234562"
    for text in (other, f"9{IMEI}", f"{IMEI}012", GAID[:-1] + "0", "someone@example.net", ANDROID_ID + "00"):
        assert detector.feed(make_request(f"https://x.example.com/?v={text}", body=as_json({"v": text}))) == []


def test_a_short_value_counts_only_under_a_key_that_names_it():
    detector = Detector(make_profile(person_name="李雷", ssid="home"))
    named = detector.feed(make_request(body=as_json({"realName": "李雷", "wifi_ssid": "home"})))
    assert [(leak.identifier, leak.confidence) for leak in named] == [
        ("person_name", Confidence.STRONG),
        ("ssid", Confidence.STRONG),
    ]
    assert detector.feed(make_request(exchange="2", body=as_json({"title": "李雷", "page": "home"}))) == []
    assert detector.feed(make_request(exchange="3", body=as_json({"ssid": "home sweet home"}))) == []


def test_chance_and_reason_are_given(detector):
    (leak,) = detector.feed(make_request(f"https://x.example.com/?imei={IMEI}"))
    assert leak.confidence is Confidence.CERTAIN
    assert 0 < leak.chance < 1e-12
    assert "names the type" in leak.reason


def test_nothing_shows_the_value(detector):
    quoted = base64.b64encode(f"id={GAID}&x=1".encode()).decode()
    request = make_request(
        f"https://{ANDROID_ID}.example.com/u/{IMEI}?m={EMAIL.replace('@', '%40')}&q={quoted}",
        body=as_json({IMEI: EMAIL}),
    )
    leaks = detector.feed(request)
    assert {leak.identifier for leak in leaks} == {"android_id", "imei", "email", "gaid"}
    for leak in leaks:
        shown = f"{leak.url} {leak.host} {leak.location} {leak.value} {leak.reason}"
        for secret in (IMEI, ANDROID_ID, EMAIL, EMAIL.replace("@", "%40"), quoted, GAID):
            assert secret not in shown
    assert leaks[0].url.startswith("https://c0ff********9e4.example.com/u/8675********675?m=")


def test_coordinates_in_two_fields_are_one_leak():
    detector = Detector(make_profile(gps="30.657412,104.065735"))
    (leak,) = detector.feed(make_request("https://x.example.com/?lng=104.06574&lat=30.65741", body=b"{}"))
    assert (leak.location, leak.chain) == ("query:lat", ())
    assert "30.65741" not in leak.url
    assert "104.06574" not in leak.url
    (leak,) = detector.feed(make_request(exchange="2", body=as_json({"p": {"lat": 30.65741, "lng": "104.06574"}})))
    assert (leak.location, leak.chain) == ("body.json:$.p.lat", ("json",))
    assert (
        detector.feed(
            make_request(exchange="3", body=as_json({"a": {"lat": 30.65741, "t": "t" * 99}, "b": {"lng": 104.06574}}))
        )
        == []
    )


# -- bodies in chunks --------------------------------------------------------------------------------------------------


def in_chunks(detector, request, size, direction=REQUEST):
    leaks = detector.feed(
        type(request)(
            **{f: getattr(request, f) for f in request.__dataclass_fields__} | {"body": b"", "complete": False}
        )
    )
    for at in range(0, len(request.body), size):
        chunk = request.body[at : at + size]
        leaks += detector.feed(BodyChunk(time=request.time, exchange=request.exchange, direction=direction, data=chunk))
    return leaks + detector.feed(BodyEnd(time=request.time, exchange=request.exchange, direction=direction))


@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_chunks_do_not_matter(size):
    body = gzip.compress(as_json({"events": [{"imei": IMEI, "x": "y" * 300}], "id": ANDROID_ID}), mtime=0)
    request = make_request(body=body, headers={"Content-Encoding": "gzip"}, content_type="application/json")
    whole, chunked = Detector(make_profile()), Detector(make_profile())
    expected = whole.feed(request)
    assert len(expected) == 2
    assert in_chunks(chunked, request, size) == expected


def test_an_unfinished_body_is_open_and_analysed_at_the_end(detector):
    detector.feed(make_request(complete=False))
    detector.feed(BodyChunk(time=1.0, exchange="exchange-1", direction=REQUEST, data=IMEI.encode()))
    assert detector.open_exchanges == {"exchange-1"}
    assert told(detector.finish()) == [("imei", "body", ())]
    assert detector.open_exchanges == frozenset()


def test_an_aborted_upload_is_still_evidence(detector):
    detector.feed(make_request(complete=False))
    detector.feed(BodyChunk(time=1.0, exchange="exchange-1", direction=REQUEST, data=IMEI.encode()))
    assert told(detector.feed(ExchangeFailed(time=2.0, exchange="exchange-1"))) == [("imei", "body", ())]


def test_a_finished_exchange_is_forgotten(detector):
    detector.feed(make_request())
    assert detector.open_exchanges == {"exchange-1"}
    detector.feed(make_response())
    assert detector.open_exchanges == frozenset()


@pytest.mark.parametrize("coding", ["", "gzip"])
@pytest.mark.parametrize("size", [1_000, 65_537, 10_000_000])
def test_long_bodies_in_windows(coding, size):
    filler = b"some words, and a few more of them\n" * 100_000  # 3.5 MB
    border = 3 << 20
    plain = filler[: border - 7] + IMEI.encode() + filler[:1_000_000] + b" " + GAID.encode() + b"\n" + EMAIL.encode()
    body = gzip.compress(plain, mtime=0) if coding else plain
    request = make_request(body=body, headers={"Content-Encoding": coding} if coding else {})
    expected = Detector(make_profile(), body_cap=1_000).feed(request)
    chain = ("gzip",) if coding else ()
    assert told(expected) == [("imei", "body", chain), ("gaid", "body", chain), ("email", "body", chain)]
    if not coding:
        stored = request_head(request) + body
        assert stored[expected[0].offset :].startswith(IMEI.encode())
    assert in_chunks(Detector(make_profile(), body_cap=1_000), request, size) == expected


def test_a_window_border_makes_no_boundary():
    body = b"x" * ((1 << 20) - len(IMEI)) + IMEI.encode() + b"999" + b"x" * (1 << 20)
    assert Detector(make_profile(), body_cap=1000).feed(make_request(body=body)) == []
    body = b"x" * ((1 << 20) - (1 << 16) - 1) + b"9" + IMEI.encode() + b"x" * (1 << 20)
    assert Detector(make_profile(), body_cap=1000).feed(make_request(body=body)) == []


def test_a_bomb_in_a_long_body_goes_to_the_ledger():
    body = gzip.compress(b"\0" * 80_000_000, mtime=0)
    detector = Detector(make_profile(), body_cap=1000)
    detector.feed(make_request(body=body, headers={"Content-Encoding": "gzip"}))
    assert "over_budget" in {entry.kind for entry in detector.drain_ledger()}


def test_a_false_coding_goes_to_the_ledger():
    for cap in (100, 1 << 20):
        detector = Detector(make_profile(), body_cap=cap)
        detector.feed(make_request(body=b"plain text" * 100, headers={"Content-Encoding": "gzip"}))
        assert [entry.kind for entry in detector.drain_ledger()] == ["undecodable"]


def test_server_sent_events_are_analysed_as_they_come(detector):
    detector.feed(make_request())
    detector.feed(make_response(content_type="text/event-stream", complete=False))
    leaks = []
    stream = f"data: hello\n\nid: 7\ndata: {json.dumps({'d': IMEI})}\n\ndata: {GAID}\n"
    for at in range(0, len(stream), 11):
        piece = stream[at : at + 11].encode()
        leaks += detector.feed(BodyChunk(time=1.0, exchange="exchange-1", direction=RESPONSE, data=piece))
    assert told(leaks) == [("imei", "body.sse[1].json:$.d", ("json",))]
    end = detector.feed(BodyEnd(time=2.0, exchange="exchange-1", direction=RESPONSE))
    assert told(end) == [("gaid", "body.sse[2]", ())]


# -- conversations -----------------------------------------------------------------------------------------------------


def message(index, data, protocol="tcp", direction=REQUEST):
    return StreamMessage(
        time=float(index), exchange="s", protocol=protocol, direction=direction, index=index, data=data
    )


@pytest.mark.parametrize("cut", range(1, len(IMEI)))
def test_a_value_split_over_tcp_messages(detector, cut):
    detector.feed(StreamOpened(time=0.0, exchange="s", host="x.example.com", port=5222))
    value = IMEI.encode()
    leaks = detector.feed(message(0, b"hello"))
    leaks += detector.feed(message(1, b"login " + value[:cut]))
    leaks += detector.feed(message(2, b"other direction", direction=RESPONSE))
    leaks += detector.feed(message(3, value[cut:] + b"\r\n"))
    assert [(leak.location, leak.offset, leak.length, leak.host) for leak in leaks] == [
        ("tcp[1]", 6, 15, "x.example.com")
    ]


def test_a_tcp_message_border_makes_no_boundary(detector):
    assert detector.feed(message(0, IMEI.encode())) == []
    assert detector.feed(message(1, b"99 ")) == []
    assert detector.feed(message(2, IMEI.encode())) == []
    assert told(detector.feed(StreamClosed(time=9.0, exchange="s"))) == [("imei", "tcp[2]", ())]


def test_a_tcp_message_is_also_unfolded(detector):
    assert told(detector.feed(message(0, as_json({"a": IMEI})))) == [("imei", "tcp[0].json:$.a", ("json",))]
    assert detector.finish() == []


def test_websocket_messages_and_what_is_split_over_them(detector):
    detector.feed(make_request(exchange="s"))
    detector.feed(make_response(exchange="s", status=101))
    leaks = detector.feed(message(0, as_json({"a": IMEI}), "websocket"))
    assert [(leak.location, leak.protocol, leak.url, leak.chain) for leak in leaks] == [
        ("ws[0].json:$.a", "websocket", "https://api.example.com/v1/track", ("websocket", "json"))
    ]
    leaks = detector.feed(message(1, GAID[:9].encode(), "websocket")) + detector.feed(
        message(2, GAID[9:].encode() + b".", "websocket")
    )
    assert told(leaks) == [("gaid", "ws[1]", ("websocket",))]


def test_dns(detector):
    query = DnsMessage(time=1.0, exchange="d", host="8.8.8.8", names=(f"{ANDROID_ID}.t.example.com",))
    (leak,) = detector.feed(query)
    assert (leak.location, leak.protocol, leak.host) == ("dns", "dns", "c0ff********9e4.t.example.com")


# -- hostile input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b"\xff\xfe\x00" * 5_000,
        gzip.compress(b"\0" * 30_000_000, mtime=0),
        b"%" * 50_000,
        b"a" * 3_000_000,
    ],
    ids=["deep list", "deep object", "binary", "bomb", "percent", "letters"],
)
def test_hostile_bodies_never_raise(detector, body):
    assert detector.feed(make_request(body=body, headers={"Content-Type": "application/json"})) == []


def test_events_out_of_order_never_raise(detector):
    detector.feed(BodyEnd(time=1.0, exchange="?", direction=REQUEST))
    detector.feed(BodyChunk(time=1.0, exchange="?", direction=RESPONSE, data=b"x"))
    detector.feed(StreamClosed(time=1.0, exchange="?"))
    leaks = detector.feed(make_response(exchange="?", body=IMEI.encode()))
    assert told(leaks) == [("imei", "body", ())]
    assert detector.feed(make_request(exchange="?")) == []


def test_the_prefilter_changes_nothing():
    body = as_json({"a": IMEI, "b": [EMAIL, GAID.upper()], "c": hashlib.sha256(ANDROID_ID.encode()).hexdigest()})
    fast, sure = Detector(make_profile()), Detector(make_profile(), prefilter=False)
    assert fast.feed(make_request(body=body)) == sure.feed(make_request(body=body))


def test_what_expands_counts_in_the_ledger_as_it_came_and_once():
    bomb = gzip.compress(gzip.compress(bytes(200 << 20)))
    detector = Detector(make_profile())
    detector.feed(make_request(body=bomb, headers={"Content-Encoding": "gzip"}))
    entries = [entry for entry in detector.drain_ledger() if entry.kind == "over_budget"]
    assert 0 < sum(entry.bytes for entry in entries) < len(bomb) + 200, "of a message with its head"
    secret = base64.b64encode(random.Random(5).randbytes(600))
    detector.feed(make_request(headers={"X-Sealed": secret.decode()}))
    (entry,) = [entry for entry in detector.drain_ledger() if entry.kind == "opaque"]
    assert 600 <= entry.bytes <= len(secret)
