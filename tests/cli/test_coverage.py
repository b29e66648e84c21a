"""`leakwatch coverage`: the ledger with its verdicts, and one honest sentence."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result

Ask = Callable[..., Result]


def test_verdicts_of_identifiers_hosts_and_ledger(ask: Ask) -> None:
    rows = json.loads(ask("coverage", "--format", "json").stdout)
    assert {(row["subject"], row["name"], row["verdict"]) for row in rows} == {
        ("identifier", "imei", "leaked"),
        ("identifier", "idfa", "not seen"),
        ("host", "log.umeng.example", "leaked"),
        ("host", "pay.example", "not observable"),
        ("ledger", "log.umeng.example", ""),
        ("ledger", "pay.example", "not observable"),
    }
    assert {row["capture"] for row in rows} == {"c-20261118-110640-0001"}


def test_the_sentence_is_for_people(ask: Ask) -> None:
    result = ask("coverage", "c-2026")
    assert "Traffic that ignored the proxy, QUIC with it, is not observable." in result.stderr
    assert "Traffic that ignored" not in result.stdout


def test_no_such_capture(ask: Ask) -> None:
    result = ask("coverage", "c-1999")
    assert result.exit_code == 2
    assert "there is no capture 'c-1999'" in result.stderr
