"""Verdicts and their denominator: nothing is said of what could not be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leakwatch.errors import QueryError
from leakwatch.journal.events import Mark
from leakwatch.model import Identifier, LedgerEntry
from leakwatch.store import Batch, Store
from leakwatch.store.coverage import coverage

Make = Callable[..., Any]
START = 1795000000.0
SEARCHED = [Identifier("imei", "imei", "867900000000585"), Identifier("idfa", "idfa", "A" * 36)]


@pytest.fixture
def begun(store: Store) -> tuple[str, str]:
    capture = store.begin_capture({"mode": "regular"}, SEARCHED)
    return capture, store.begin_run(capture, "", "")


def verdicts(store: Store, capture: str) -> dict[str, str]:
    return {row["name"]: row["verdict"] for row in coverage(store, capture).rows() if row["subject"] != "ledger"}


def test_leaked_and_not_seen(store: Store, begun: tuple[str, str], record: Make, flow: Make) -> None:
    leak = record(exchange="x1")
    flows = [flow("x1", sent=700, received=200), flow("x2", host="quiet.example", sent=50, received=50)]
    entry = LedgerEntry(1.0, "passed_through", "pay.example", bytes=9000, count=3)
    store.write(Batch(*begun, [leak], flows, [entry, LedgerEntry(1.0, "pinned", "pay.example")]))
    assert verdicts(store, begun[0]) == {
        "imei": "leaked",
        "idfa": "not seen",
        "pay.example": "not observable",
        "log.umeng.example": "leaked",
        "quiet.example": "not seen",
    }
    found = coverage(store, begun[0])
    assert (found.flows, found.reached_bytes, found.readable) == (2, 10_000, 0.1)
    assert found.sentence == (
        "Of 2 identifiers 1 leaked and 1 was not seen. 10 % of the bytes that reached the proxy (10000, 2 flows) and"
        " 2 of 3 hosts could be read. 1 host refused our certificate."
        " Traffic that ignored the proxy, QUIC with it, is not observable."
    )


def test_nothing_readable_is_not_observable_never_not_seen(store: Store, begun: tuple[str, str]) -> None:
    store.write(Batch(*begun, ledger=[LedgerEntry(1.0, "passed_through", "pay.example", bytes=10)]))
    assert verdicts(store, begun[0]) == dict.fromkeys(("imei", "idfa", "pay.example"), "not observable")
    assert coverage(store, begun[0]).sentence.startswith("No flow could be read: 2 identifiers are not observable.")


def test_a_flow_that_is_closed_inside_is_not_observable(store: Store, begun: tuple[str, str], flow: Make) -> None:
    opaque = LedgerEntry(1.0, "opaque", "log.umeng.example", "x1", bytes=400)
    store.write(Batch(*begun, flows=[flow("x1", sent=300, received=100)], ledger=[opaque]))
    assert set(verdicts(store, begun[0]).values()) == {"not observable"}
    assert coverage(store, begun[0]).readable == 0.0


def test_flows_without_bodies_count_as_read(store: Store, begun: tuple[str, str], flow: Make) -> None:
    store.write(Batch(*begun, flows=[flow("x1", sent=0, received=0)]))
    found = coverage(store, begun[0])
    assert found.readable is None
    assert "1 of 1 host could be read (1 flow, not a byte of content)" in found.sentence
    assert verdicts(store, begun[0])["imei"] == "not seen"


def test_a_hundred_percent_is_only_said_of_everything(store: Store, begun: tuple[str, str], flow: Make) -> None:
    entry = LedgerEntry(1.0, "passed_through", "pay.example", bytes=1)
    store.write(Batch(*begun, flows=[flow("x1", sent=10**6, received=0)], ledger=[entry]))
    assert "99.9 % of the bytes that reached the proxy" in coverage(store, begun[0]).sentence


def test_weak_leaks_and_responses_are_no_verdict(
    store: Store, begun: tuple[str, str], record: Make, flow: Make
) -> None:
    rows = [record(confidence="weak"), record(direction="response", identifier="idfa", kind="idfa")]
    store.write(Batch(*begun, rows, [flow("x0")]))
    assert verdicts(store, begun[0])["imei"] == verdicts(store, begun[0])["idfa"] == "not seen"


def test_the_ledger_says_what_it_means(store: Store, begun: tuple[str, str], flow: Make) -> None:
    entries = [LedgerEntry(1.0, "pinned", "a.example", detail="alert 48"), LedgerEntry(2.0, "plaintext", "b.example")]
    store.write(Batch(*begun, flows=[flow("x1", host="b.example", tls=False)], ledger=entries))
    told = {row["kind"]: row for row in coverage(store, begun[0]).rows() if row["subject"] == "ledger"}
    assert told["pinned"]["detail"] == "the client refused our certificate: alert 48"
    assert (told["pinned"]["verdict"], told["clear"]["verdict"]) == ("not observable", "")
    assert "plaintext" not in told, "what was sent without TLS was read: it is no gap"


def test_the_ledger_in_full_is_by_host_and_phase(store: Store, begun: tuple[str, str], flow: Make) -> None:
    marks = [
        Mark(time=START, id="m-1", axes={"consent": "none"}),
        Mark(time=START + 10, id="m-2", axes={"consent": "given"}),
    ]
    flows = [
        flow("x1", time=START + 1, tls=True, sent=10, received=5),
        flow("x2", time=START + 20, tls=True, sent=1, received=1),
    ]
    closed = [
        LedgerEntry(START + 1, "passed_through", "pay.example", bytes=70),
        LedgerEntry(START + 20, "quic", "pay.example"),
    ]
    store.write(Batch(*begun, flows=flows, ledger=closed, marks=marks))
    host = flows[0].host
    assert [(r["host"], r["phase"], r["kind"], r["count"], r["bytes"]) for r in coverage(store, begun[0]).traffic] == [
        (host, "before_consent", "decrypted", 1, 15), (host, "consented", "decrypted", 1, 2),
        ("pay.example", "before_consent", "passed_through", 1, 70), ("pay.example", "consented", "quic", 1, 0),
    ]  # fmt: skip


def test_a_name_that_was_only_asked_for_is_no_host_that_was_read(
    store: Store, begun: tuple[str, str], flow: Make
) -> None:
    flows = [flow("x1", host="pay.example", protocol="dns", sent=0, received=0), flow("x2", sent=5, received=5)]
    store.write(Batch(*begun, flows=flows, ledger=[LedgerEntry(1.0, "pinned", "pay.example")]))
    assert verdicts(store, begun[0])["pay.example"] == "not observable"


def test_a_tunnel_that_was_only_asked_for_is_no_host_that_was_read(
    store: Store, begun: tuple[str, str], flow: Make
) -> None:
    tunnel = flow("x1", host="pay.example", method="CONNECT", protocol="http/1.1", sent=300)
    flows = [tunnel, flow("x2", host="read.example", sent=100)]
    store.write(Batch(*begun, flows=flows))
    assert verdicts(store, begun[0]) == {
        "imei": "not seen", "idfa": "not seen", "pay.example": "not observable", "read.example": "not seen",
    }  # fmt: skip


def test_tls_without_its_keys_is_not_observable(store: Store, begun: tuple[str, str], flow: Make) -> None:
    closed = LedgerEntry(1.0, "tls_closed", "pay.example", bytes=500)
    store.write(
        Batch(*begun, flows=[flow("x1", host="pay.example", protocol="tls", sent=0, received=0)], ledger=[closed])
    )
    assert set(verdicts(store, begun[0]).values()) == {"not observable"}


def test_what_went_past_the_proxy_is_told_once_somebody_watched(
    store: Store, begun: tuple[str, str], flow: Make
) -> None:
    watched = LedgerEntry(1.0, "bypassed", "", count=0, detail="watched eth0")
    store.write(Batch(*begun, flows=[flow("x1")], ledger=[watched]))
    assert coverage(store, begun[0]).sentence.endswith("Nothing was seen to go past the proxy.")
    past = [LedgerEntry(2.0, "bypassed", host, count=2, bytes=9) for host in ("a.example", "b.example")]
    store.write(Batch(*begun, ledger=past))
    found = coverage(store, begun[0])
    assert found.sentence.endswith("4 conversations with 2 hosts went past the proxy.")
    assert "1 of 1 host could be read" in found.sentence, "the denominator is what reached the proxy"
    past = [flow("past-1-t0-0", host="a.example", protocol="http/1.1"), flow("past-1-t1-1", host="tls.example",
            protocol="tls", sent=0, received=0)]  # fmt: skip
    store.write(Batch(*begun, flows=past))
    found = coverage(store, begun[0])
    assert "1 of 1 host could be read" in found.sentence
    assert {row["host"] for row in found.hosts if row["past"]} == {"a.example", "b.example"}


@pytest.mark.parametrize(
    ("mode", "where", "past"),
    [
        ("pcap", "in the file", ""),
        ("har", "in the file", "Traffic past the tool that wrote the file is not observable."),
        ("wireguard", "that reached the proxy", ""),
        ("reverse:https://a.example", "that reached the proxy", "Traffic that ignored the proxy"),
        ("socks5@1080", "that reached the proxy", "Traffic that ignored the proxy"),
    ],
)
def test_the_sentence_names_its_denominator_and_what_nobody_saw(
    store: Store, flow: Make, mode: str, where: str, past: str
) -> None:
    capture = store.begin_capture({"mode": mode}, SEARCHED)
    store.write(Batch(capture, store.begin_run(capture, "", ""), flows=[flow("x1", sent=50, received=50)]))
    sentence = coverage(store, capture).sentence
    assert f"100 % of the bytes {where} (100, 1 flow)" in sentence
    assert past in sentence and ("Traffic" in sentence) == bool(past)


def test_what_leaked_by_a_name_alone_is_not_called_unobservable(
    store: Store, begun: tuple[str, str], record: Make, flow: Make
) -> None:
    contact = flow("x1", protocol="contact", sent=0, received=0)
    store.write(Batch(*begun, [record(exchange="x1")], [contact]))
    assert coverage(store, begun[0]).sentence.startswith(
        "1 of 2 identifiers leaked in names alone. No flow could be read: 1 identifier is not observable."
    )


def test_no_such_capture(store: Store) -> None:
    with pytest.raises(QueryError, match="there is no capture"):
        coverage(store, "c-none")
