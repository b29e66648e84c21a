"""The printed summary: its order, its words, and that it claims no more than was read."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from leakwatch.capture.summary import Blind, Fold, Summary, fold_ledger
from leakwatch.capture.summary_text import blind_lines, headline, print_summary, verdict

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


def test_the_headline_names_its_denominator() -> None:
    assert headline(summary()) == (
        "com.lvxing.trip 4.2.1 on pixel-8, 6 min 12 s, 184 flows, 91 % of the 1.0 kB that reached the proxy readable"
    )


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (summary(flows=0, bytes=0), "Nothing reached the proxy"),
        (summary(), "That is not proof that none does."),
        (summary(leak()), "1 identifier went to 1 recipient; before consent."),
        (summary(leak(phase="consented")), "none of them before consent"),
        (summary(leak(phase="unknown")), "no phase was marked"),
    ],
)
def test_the_verdict_claims_no_more_than_was_read(made: Summary, words: str) -> None:
    assert words in verdict(made)


def test_everything_stands_in_its_order() -> None:
    made = summary(leak(), blind=[Blind("pinned", 4, 0, ["api.pay.example", "b.example", "c.example"])])
    words = [
        "com.lvxing.trip 4.2.1 on pixel-8",
        "1 identifier went to",
        "before consent  imei",
        "Umeng (third party)",
        "first +1.2 s",
        "Recipients",
        "3 hosts refused our certificate (api.pay.example",
        "/data/leakwatch.db",
        "/data/c-1/journal",
        "ab" * 32,
        "leakwatch leaks --capture c-1 --phase before_consent",
        "leakwatch show l1",
        "leakwatch coverage c-1",
    ]
    places = [text(made).find(word) for word in words]
    assert -1 not in places
    assert places == sorted(places)


def test_eighty_columns_hold_the_worst_lines() -> None:
    made = summary(leak(identifier="contact_1_name", chain=["gzip", "json", "base64", "json", "md5"]))
    line = next(line for line in text(made, 80).splitlines() if "before consent  contact" in line)
    assert "first +1.2 s" in line


@pytest.mark.parametrize("width", [60, 80, 100])
def test_on_a_terminal_lines_break_between_words_and_commands_never(width: int) -> None:
    names = [f"contact_{n}_name" for n in range(9)]
    made = summary(*(leak(identifier=name, leak=name) for name in names), database="/home/somebody/" + "deep/" * 20)
    out = io.StringIO()
    print_summary(made, Console(file=out, width=width, force_terminal=True, color_system=None))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    words = text(made, 1000).split()
    assert " ".join(lines).split() == words, "the same words, none broken"
    assert any(line.endswith("leakwatch coverage c-1 --db /home/somebody/" + "deep/" * 20) for line in lines)
    assert all(len(line) <= width or "/home/somebody" in line or "SHA-256" in line for line in lines)


@pytest.mark.parametrize(
    ("mode", "said"),
    [("wireguard@10.0.0.2:51820", "outside the tunnel"), ("transparent", "not routed"), ("", "ignored the proxy")],
)
def test_each_mode_says_what_it_never_takes(mode, said):
    (line,) = blind_lines(summary(mode=mode, blind=[]))
    assert said in line and "not observable" in line


@pytest.mark.parametrize(("mode", "said"), [("regular", True), ("upstream:http://p:1", True), ("wireguard", False)])
def test_what_a_mode_cannot_observe_is_said(mode: str, said: bool) -> None:
    assert any("ignored the proxy is not observable" in line for line in blind_lines(summary(mode=mode))) is said


def test_what_went_past_is_said_only_of_what_was_seen() -> None:
    watched = {"kind": "bypassed", "host": "", "count": 0, "bytes": 0}
    lines = list(blind_lines(summary(mode="regular", blind=fold_ledger([watched]))))
    assert lines[0] == "Nothing was seen to go past the proxy while `leakwatch sniff` watched."
    assert lines[1] == "Traffic that ignored the proxy is known only while `leakwatch sniff` watched."
    past = {"kind": "bypassed", "host": "direct.example", "count": 3, "bytes": 9}
    lines = list(blind_lines(summary(mode="regular", blind=fold_ledger([watched, past]))))
    assert lines[0] == "1 host went past the proxy (direct.example)."


def test_an_unfinished_analysis_is_said() -> None:
    assert "leakwatch analyse c-1" in text(summary(complete=False))


def test_hostile_names_cannot_steer_the_terminal() -> None:
    evil = "\x1b[2Jevil\u202e"
    blind = fold_ledger([{"kind": "pinned", "host": evil, "count": 1, "bytes": 0}])
    made = summary(leak(identifier=evil, sdk_name="", company="", host=evil), app=evil, device=evil, blind=blind)
    assert not any(c in text(made) for c in "\x1b\u202e")


def test_every_kind_of_the_ledger_that_blinds_has_its_sentence() -> None:
    from leakwatch.model import LEDGER_KINDS

    for kind in LEDGER_KINDS:
        lines = list(blind_lines(summary(mode="demo", blind=[Blind(kind, 1, 10, ["h.example"])])))
        assert len(lines) == (kind != "plaintext"), kind


def test_half_an_analysis_is_no_verdict():
    nothing = summary(complete=False, flows=0, bytes=0)
    assert verdict(nothing) == (
        "No verdict: the analysis has not reached the journal's end."
        " Nothing so far; `leakwatch analyse c-1` does the rest."
    )
    assert "1 identifier so far" in verdict(summary(leak(), complete=False))
