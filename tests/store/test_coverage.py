"""Verdicts and their denominator: nothing is said of what could not be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leakwatch.errors import QueryError
from leakwatch.model import Identifier, LedgerEntry
from leakwatch.store import Batch, Store
from leakwatch.store.coverage import coverage

Make = Callable[..., Any]
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
        "Of 2 identifiers 1 leaked and 1 were not seen in 10 % of the bytes that reached the proxy"
        " (10000 bytes, 2 flows). 1 host refused our certificate. Traffic that ignored the proxy is not observable."
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
    assert "not seen in 1 flow without bodies" in found.sentence
    assert verdicts(store, begun[0])["imei"] == "not seen"


def test_a_hundred_percent_is_only_said_of_everything(store: Store, begun: tuple[str, str], flow: Make) -> None:
    entry = LedgerEntry(1.0, "passed_through", "pay.example", bytes=1)
    store.write(Batch(*begun, flows=[flow("x1", sent=10**6, received=0)], ledger=[entry]))
    assert "in 99.9 % of the bytes that reached the proxy" in coverage(store, begun[0]).sentence


def test_weak_leaks_and_responses_are_no_verdict(
    store: Store, begun: tuple[str, str], record: Make, flow: Make
) -> None:
    rows = [record(confidence="weak"), record(direction="response", identifier="idfa", kind="idfa")]
    store.write(Batch(*begun, rows, [flow("x0")]))
    assert verdicts(store, begun[0])["imei"] == verdicts(store, begun[0])["idfa"] == "not seen"


def test_the_ledger_says_what_it_means(store: Store, begun: tuple[str, str]) -> None:
    entries = [LedgerEntry(1.0, "pinned", "a.example", detail="alert 48"), LedgerEntry(2.0, "plaintext", "b.example")]
    store.write(Batch(*begun, ledger=entries))
    told = {row["kind"]: row for row in coverage(store, begun[0]).rows() if row["subject"] == "ledger"}
    assert told["pinned"]["detail"] == "the client refused our certificate: alert 48"
    assert (told["pinned"]["verdict"], told["plaintext"]["verdict"]) == ("not observable", "")


def test_no_such_capture(store: Store) -> None:
    with pytest.raises(QueryError, match="there is no capture"):
        coverage(store, "c-none")
