"""The analysis stamps leaks with recipient, phase and app, keeps flows and the ledger, and gives stable ids."""

import json
from dataclasses import replace

import pytest

from leakwatch.analysis import Analysis, leak_id
from leakwatch.attribution import Attributor
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    CaptureStarted,
    DnsMessage,
    ExchangeFailed,
    LedgerNote,
    Mark,
    MarkCorrected,
    PassThrough,
    StreamClosed,
    StreamMessage,
    StreamOpened,
    TlsFailure,
)
from leakwatch.journal.message import request_head, response_head
from leakwatch.model import RECORD_FIELDS, Attribution, Direction
from leakwatch.testing import make_profile, make_request, make_response
from leakwatch.testing.factories import ANDROID_ID, GAID, IMEI

PHONE = ("10.0.0.2", 40000)


def analysis(**options):
    return Analysis(make_profile(), "com.example.app", capture="capture-1", **options)


def leaking(time=1_700_000_000.0, exchange="exchange-1", **fields):
    return make_request(f"https://t.example.com/?gaid={GAID}", time=time, exchange=exchange, **fields)


def test_a_record_has_every_field():
    (record,) = analysis().feed(leaking()).records
    row = record.as_dict()
    assert tuple(row) == RECORD_FIELDS
    assert row["time"] == "2023-11-14T22:13:20.000Z"
    assert (row["capture"], row["app"], row["app_evidence"], row["party"]) == (
        "capture-1", "com.example.app", "assumed", "unknown",
    )  # fmt: skip
    assert (row["ip"], row["port"], row["host"]) == ("192.0.2.10", 443, "t.example.com")


def test_leak_ids_are_stable_and_tell_leaks_apart():
    one = analysis().feed(leaking()).records[0].leak
    assert one == analysis().feed(leaking(time=5.0)).records[0].leak
    assert one == leak_id("capture-1", "exchange-1", "request", "query:gaid", "gaid", ())
    assert one != analysis(origin="another").feed(leaking()).records[0].leak
    assert leak_id("a", "b", "request", "c", "d", ("e", "f")) != leak_id("a", "b", "request", "c", "d", ("ef",))
    assert len(one) == 16


def test_an_app_that_is_proven_stays_so():
    (record,) = analysis().feed(leaking(app="com.other", app_evidence="proven")).records
    assert (record.app, record.app_evidence) == ("com.other", "proven")


def test_flows_are_told_at_their_opening_and_again_when_answered():
    run = analysis()
    request, response = make_request(f"https://t.example.com/{ANDROID_ID}", body=b"12345"), make_response(body=b"123")
    up, down = len(request_head(request)) + 5, len(response_head(response)) + 3
    (opened,) = run.feed(request).flows
    assert (opened.status, opened.sent, opened.host) == (0, up, "t.example.com")
    assert ANDROID_ID not in opened.url
    (answered,) = run.feed(response).flows
    assert (answered.exchange, answered.status, answered.sent, answered.received) == ("exchange-1", 200, up, down)
    assert answered.url == opened.url


def test_flows_of_chunks_messages_and_dns():
    run = analysis()
    head = make_request(complete=False)
    run.feed(head)
    run.feed(BodyChunk(time=1.0, exchange="exchange-1", direction=Direction.REQUEST, data=b"x" * 70))
    (flow,) = run.feed(BodyEnd(time=1.0, exchange="exchange-1", direction=Direction.REQUEST)).flows
    assert flow.sent == len(request_head(head)) + 70
    run.feed(StreamOpened(time=1.0, exchange="s", host="x.example.com", port=5222))
    run.feed(StreamMessage(time=1.0, exchange="s", protocol="tcp", direction=Direction.RESPONSE, index=0, data=b"abc"))
    (flow,) = run.feed(StreamClosed(time=2.0, exchange="s")).flows
    assert (flow.protocol, flow.received, flow.host) == ("tcp", 3, "x.example.com")
    (flow,) = run.feed(DnsMessage(time=3.0, exchange="d", names=("x.example.com",))).flows
    assert (flow.protocol, flow.host) == ("dns", "x.example.com")


def test_attribution_sees_the_real_host_and_the_body_keys():
    class Recording:
        def __init__(self):
            self.asked = []

        def attribute(self, host, target="", headers=(), ip="", method="", *, body_keys=(), **names):
            self.asked.append((host, target, tuple(body_keys)))
            return Attribution()

    recording = Recording()
    run = analysis(attributor=recording)
    body = json.dumps({"appkey": 1, "header": {"os": 2}}).encode()
    run.feed(make_request(f"https://{ANDROID_ID}.umeng.com/x?a=1", body=body))
    assert recording.asked[-1] == (f"{ANDROID_ID}.umeng.com", "/x?a=1", ("appkey", "header"))


def test_an_identifier_in_the_host_is_masked_wherever_the_host_is_told():
    run = analysis(attributor=Attributor.load())
    host = f"{ANDROID_ID}.track.example"
    found = run.feed(replace(make_request(f"https://{host}/x"), sni=host))
    assert [record.location for record in found.records] == ["host"]
    assert "track.example" in found.records[0].reason
    assert ANDROID_ID not in repr([found.records, found.flows])


def test_a_real_attributor_names_the_third_party():
    run = analysis(attributor=Attributor.load())
    (record,) = run.feed(make_request(f"https://ulogs.umeng.com/unify_logs?gaid={GAID}")).records
    assert record.party == "third"
    assert record.sdk
    assert " · " in record.reason


def mark(time, id="m1", **axes):
    return Mark(time=time, id=id, axes=axes)


def test_phases_follow_the_marks():
    run = analysis()
    assert run.feed(leaking(10.0)).records[0].phase == "unknown"
    run.feed(mark(11.0, consent="none"))
    (record,) = run.feed(leaking(12.0, "2")).records
    assert (record.phase, record.consent, record.boundary) == ("before_consent", "none", False)
    run.feed(mark(20.0, "m2", consent="given"))
    (record,) = run.feed(leaking(21.0, "3")).records
    assert (record.phase, record.consent) == ("consented", "given")
    (record,) = run.feed(leaking(18.0, "4")).records
    assert (record.phase, record.boundary) == ("consented", True)
    run.feed(MarkCorrected(time=30.0, mark="m2", old={}, new={"time": 40.0}))
    assert run.feed(leaking(31.0, "5")).records[0].phase == "before_consent"


def test_marks_known_beforehand_rule_the_seconds_before_them():
    run = analysis(marks=[mark(0.0, consent="none"), mark(20.0, "m2", consent="given")])
    assert run.feed(leaking(18.0)).records[0].boundary is True
    assert run.feed(leaking(16.0, "2")).records[0].phase == "before_consent"


def kinds(findings):
    return [entry.kind for entry in findings.ledger]


def failure(time, **fields):
    return TlsFailure(time=time, client=PHONE, sni="pay.example.com", **fields)


def test_a_refusal_counts_at_once_and_silence_the_second_time():
    run = analysis()
    assert kinds(run.feed(failure(1.0, refused=True))) == ["pinned"]
    run = analysis()
    assert kinds(run.feed(failure(1.0))) == []
    (entry,) = run.feed(failure(2.0)).ledger
    assert (entry.kind, entry.host) == ("pinned", "pay.example.com")


def test_a_success_between_two_silences_clears_them():
    run = analysis()
    run.feed(failure(1.0))
    run.feed(make_request("https://pay.example.com/", client=PHONE, sni="pay.example.com"))
    assert kinds(run.feed(failure(2.0))) == []


def test_other_entries_of_the_ledger():
    run = analysis()
    entry = run.feed(PassThrough(time=1.0, sni="pay.example.com", sent=10, received=20)).ledger[0]
    assert (entry.kind, entry.host, entry.bytes) == ("passed_through", "pay.example.com", 30)
    assert kinds(run.feed(LedgerNote(time=1.0, kind="quic", host="q"))) == ["quic"]
    assert kinds(run.feed(LedgerNote(time=1.0, kind="no such kind"))) == ["unreadable"]
    assert kinds(run.feed(make_request("http://plain.example.com/"))) == ["plaintext"]
    assert kinds(run.feed(ExchangeFailed(time=2.0, exchange="exchange-1"))) == ["truncated"]
    bad = make_request(exchange="2", body=b"no gzip", headers={"Content-Encoding": "gzip"})
    assert kinds(run.feed(bad)) == ["undecodable"]


def test_a_second_client_of_a_live_capture_is_not_the_app():
    run = analysis()
    run.feed(CaptureStarted(time=0.0, facts={}))
    assert run.feed(leaking(1.0, "1", client=PHONE)).records[0].app == "com.example.app"
    findings = run.feed(leaking(2.0, "2", client=("10.0.0.9", 5)))
    assert findings.records[0].app == ""
    assert kinds(findings) == ["second_client"]
    assert kinds(run.feed(leaking(3.0, "3", client=("10.0.0.9", 6)))) == []


def test_a_second_client_that_the_proxy_noted_is_not_noted_twice():
    run = analysis()
    run.feed(CaptureStarted(time=0.0, facts={}))
    note = LedgerNote(time=1.0, kind="second_client", detail="10.0.0.9")
    assert kinds(run.feed(note)) == ["second_client"]
    findings = run.feed(leaking(2.0, "2", client=("10.0.0.9", 5)))
    assert findings.records[0].app == "" and kinds(findings) == []
    assert run.feed(leaking(3.0, "3", client=PHONE)).records[0].app == "com.example.app"


def test_finish_gives_what_never_ended():
    run = analysis()
    head = make_request(complete=False)
    run.feed(head)
    run.feed(BodyChunk(time=1.0, exchange="exchange-1", direction=Direction.REQUEST, data=IMEI.encode()))
    assert run.open_exchanges == {"exchange-1"}
    (record,) = run.finish().records
    assert (record.identifier, record.host) == ("imei", "api.example.com")
    assert not run.open_exchanges


@pytest.mark.parametrize("time", [float("nan"), 1e300, -1e18])
def test_times_no_calendar_holds(time):
    assert analysis().feed(leaking(time)).records[0].time == "1970-01-01T00:00:00.000Z"
