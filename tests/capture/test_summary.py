"""The summary: its order, its verdict, and that it claims no more than was read."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from leakwatch.capture.summary import Fold, Summary, fold_ledger
from leakwatch.capture.summary_text import blind_lines, print_summary, verdict

START = 1_795_287_600.0  # 2026-11-21T19:00:00Z


def leak(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "leak": "l1",
        "identifier": "imei",
        "kind": "imei",
        "sdk_name": "Umeng",
        "company": "Umeng",
        "host": "alogs.umeng.com",
        "phase": "before_consent",
        "party": "third",
        "chain": ["md5"],
        "direction": "request",
        "confidence": "certain",
        "boundary": False,
        "time": "2026-11-21T19:00:01.200Z",
    }
    return row | changes


def summary(*leaks: dict[str, Any], **changes: Any) -> Summary:
    made = Summary(
        "c-1",
        app="com.lvxing.trip",
        app_version="4.2.1",
        device="pixel-8",
        mode="regular",
        started=START,
        seconds=372,
        flows=184,
        bytes=1000,
        unread=90,
        database="/data/leakwatch.db",
        journal="/data/c-1/journal",
        digest="ab" * 32,
    )
    fold = Fold()
    for row in leaks:
        fold.add(row)
    fold.into(made)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def text(made: Summary, width: int = 100) -> str:
    out = io.StringIO()
    print_summary(made, Console(file=out, width=width))
    return out.getvalue()


def test_the_verdict_counts_identifiers_not_leaks() -> None:
    made = summary(leak(), leak(leak="l2"), leak(identifier="oaid", phase="consented", sdk_name="Jiguang"))
    assert verdict(made) == "2 identifiers went to 2 recipients; 1 of them before consent."


def test_a_leak_at_a_boundary_is_not_counted_as_without_consent() -> None:
    made = summary(leak(phase="withdrawn", boundary=True), leak(identifier="oaid", phase="withdrawn"))
    assert (made.identifiers, made.before) == (2, 1)
    assert made.worst[0].identifier == "oaid"


def test_weak_matches_and_responses_are_in_no_verdict() -> None:
    made = summary(leak(confidence="weak"), leak(direction="response"))
    assert (made.identifiers, made.weak, made.came_back) == (0, 1, 1)
    assert "No identifier" in verdict(made)


def test_worst_first_is_without_consent_then_third_party_then_earliest() -> None:
    made = summary(
        leak(leak="d", phase="consented", time="2026-11-21T19:00:00Z"),
        leak(leak="c", party="first", sdk_name="", company="", host="api.lvxing.example"),
        leak(leak="b", identifier="oaid", time="2026-11-21T19:00:02Z"),
        leak(leak="a"),
        leak(leak="e", phase="refused", identifier="gps", time="2026-11-21T19:00:03Z"),
    )
    assert [f.leak for f in made.worst] == ["a", "b", "e", "c", "d"]


def test_at_most_five_are_shown_and_repeats_are_counted() -> None:
    made = summary(*(leak(identifier=f"contact {n}") for n in range(9)), leak(identifier="contact 0", leak="z"))
    assert len(made.worst) == 5
    assert made.worst[0].count == 2


def test_the_ledger_is_summed_by_kind() -> None:
    rows = [
        {"kind": "passed_through", "host": "a.example", "count": 1, "bytes": 1500},
        {"kind": "passed_through", "host": "a.example", "count": 1, "bytes": 500},
        {"kind": "second_client", "host": "", "count": 3, "bytes": 0},
    ]
    blind = fold_ledger(rows)
    assert [(b.kind, b.count, b.bytes, b.hosts) for b in blind] == [
        ("passed_through", 2, 2000, ["a.example"]),
        ("second_client", 3, 0, []),
    ]
    lines = list(blind_lines(summary(blind=blind)))
    assert lines[0] == "2.0 kB passed on unread to hosts that refused our certificate (a.example)."
