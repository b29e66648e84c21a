"""The one honest line per file, and rows folded for a table."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from leakwatch.model import LEDGER_KINDS, Findings, LeakRecord, LedgerEntry
from leakwatch.offline.tally import BLIND, Tally, folded


def record(**members: Any) -> LeakRecord:
    blank: dict[str, Any] = {f.name: "" for f in fields(LeakRecord)}
    blank |= {"index": 0, "port": 0, "boundary": False, "chain": (), "offset": 0, "length": 0, "chance": 0.0}
    return LeakRecord(**{**blank, "confidence": "certain", "identifier": "imei", **members})


def test_leaks_are_counted_by_identifier_and_recipient() -> None:
    tally = Tally("a.har", flows=3)
    tally.add(Findings((record(company="A"), record(host="b.example"), record(company="A", confidence="weak"))))
    assert tally.sentence() == (
        "a.har: 2 leaks (1 identifier to 2 recipients) in 3 flows read, 1 weak besides. Everything in it could be read."
    )


def test_what_came_back_is_no_leak_of_the_phone() -> None:
    tally = Tally("a.har", flows=3)
    tally.add(Findings((record(company="A"), record(direction="response", host="b.example"))))
    assert tally.sentence() == (
        "a.har: 1 leak (1 identifier to 1 recipient) in 3 flows read, 1 came back in responses."
        " Everything in it could be read."
    )


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        ([LedgerEntry(0, "not_kept", count=2)], "Could not be read: 2 bodies that the file does not hold."),
        (
            [LedgerEntry(0, "truncated", detail="after 3 entries: x")],
            "Could not be read: cut short after 3 entries: x.",
        ),
        (
            [
                LedgerEntry(0, "opaque", exchange="1"),
                LedgerEntry(0, "opaque", exchange="2"),
                LedgerEntry(0, "unreadable"),
            ],
            "Could not be read: 1 unreadable entry; 2 bodies encrypted inside.",
        ),
        ([LedgerEntry(0, "plaintext")], "Everything in it could be read."),
    ],
)
def test_what_could_not_be_read_is_said(entries: list[LedgerEntry], says: str) -> None:
    tally = Tally("a.har", flows=1)
    tally.add(Findings(ledger=tuple(entries)))
    assert tally.sentence() == f"a.har: no leak seen in 1 flow read. {says}"


def test_repeats_fold_into_a_count_with_the_first_time() -> None:
    rows = folded([record(time="2026-01-02"), record(time="2026-01-01"), record(time="2026-01-03", phase="refused")])
    assert [(r["count"], r["time"], r["phase"]) for r in rows] == [(2, "2026-01-01", ""), (1, "2026-01-03", "refused")]


def test_every_kind_of_the_ledger_is_counted_or_known_to_hide_nothing() -> None:
    assert set(LEDGER_KINDS) - set(BLIND) == {"plaintext", "second_client"}
    assert set(BLIND) <= set(LEDGER_KINDS)
