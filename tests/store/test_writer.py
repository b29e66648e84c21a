"""Every finding is stored exactly once, however often its batch is written, on both databases."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from leakwatch.errors import StoreError
from leakwatch.journal.events import Mark, MarkCorrected
from leakwatch.model import RECORD_FIELDS, FlowSummary, LeakRecord, LedgerEntry
from leakwatch.store import Batch, Store, queries

Make = Callable[..., Any]


def count(store: Store, table: str) -> int:
    with store.reading() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)


def full(capture: str, run: str, record: Make, flow: Make, mark: Make, offset: int = 4096) -> Batch:
    return Batch(
        capture,
        run,
        [record(leak=f"leak{n:04}", exchange=f"x{n % 7}") for n in range(20)],
        [flow(f"x{n}") for n in range(7)],
        [LedgerEntry(1.0, "pinned", "pay.example"), LedgerEntry(1.0, "pinned", "pay.example")],
        [mark("m1", 0.0)],
        offset,
    )


def test_a_record_reads_back_as_it_was(store: Store, run: tuple[str, str], record: Make) -> None:
    capture, analysis = run
    given = record(
        capture=capture, phase="unknown", consent="unknown", company="某公司", url="https://a.example/?q=%E4"
    )
    store.write(Batch(capture, analysis, [given]))
    read = list(queries.leaks(store))
    assert read == [given.as_dict()]
    assert tuple(read[0]) == RECORD_FIELDS


def test_writing_twice_changes_nothing(
    store: Store, run: tuple[str, str], record: Make, flow: Make, mark: Make
) -> None:
    tables = ("leak", "flow", "ledger", "mark", "attribution", "phase", "identifier")
    batch = full(*run, record, flow, mark)
    store.write(batch)
    before = {table: count(store, table) for table in tables}
    store.write(batch)
    assert {table: count(store, table) for table in tables} == before
    assert (before["leak"], before["flow"], before["ledger"], before["mark"]) == (20, 7, 2, 1)


def test_offset_and_findings_are_one_transaction(
    store: Store, run: tuple[str, str], record: Make, flow: Make, mark: Make
) -> None:
    capture, analysis = run
    store.write(full(*run, record, flow, mark, offset=77))
    broken = full(*run, record, flow, mark, offset=99)
    missing = dataclasses.replace(broken, records=[record(leak="new")], flows=[flow("new")], run="no such run")
    with pytest.raises(StoreError):
        store.write(missing)
    assert store.resume_run(capture) == (analysis, 77)
    assert (count(store, "leak"), count(store, "flow")) == (20, 7)


def test_without_an_offset_the_old_one_stays(store: Store, run: tuple[str, str]) -> None:
    store.write(Batch(*run, offset=5))
    store.write(Batch(*run))
    assert store.resume_run(run[0]) == (run[1], 5)


def test_a_flow_is_replaced_by_what_is_known_later(store: Store, run: tuple[str, str], flow: Make) -> None:
    store.write(Batch(*run, flows=[flow("x", status=0, received=0)]))
    store.write(Batch(*run, flows=[flow("x", status=204, received=9)]))
    (row,) = queries.view(store, "v_flows")
    assert (row["status"], row["received"], row["sdk"], row["reason"], row["tls"]) == (
        204,
        9,
        "umeng",
        "by its host",
        True,
    )


def test_a_ledger_key_replaces_its_former_state(store: Store, run: tuple[str, str]) -> None:
    for size in (10, 30):
        entry = LedgerEntry(1.0, "passed_through", "pay.example", bytes=size, count=size // 10)
        store.write(Batch(*run, ledger=[entry], ledger_keys=["pay"]))
    (row,) = queries.view(store, "v_ledger")
    assert (row["bytes"], row["count"], row["entries"]) == (30, 3, 1)


def test_equal_entries_without_keys_all_count(store: Store, run: tuple[str, str]) -> None:
    store.write(Batch(*run, ledger=[LedgerEntry(1.0, "quic", "v.example", bytes=5)] * 3))
    (row,) = queries.view(store, "v_ledger")
    assert (row["bytes"], row["entries"]) == (15, 3)


def test_two_runs_keep_their_own_leaks(store: Store, run: tuple[str, str], record: Make) -> None:
    capture, first = run
    store.write(Batch(capture, first, [record(leak="same"), record(leak="gone")]))
    second = store.begin_run(capture, "0.2.0", "other signatures")
    store.write(Batch(capture, second, [record(leak="same")]))
    assert count(store, "leak") == 3
    store.finish_run(first)
    assert {row["leak"] for row in queries.leaks(store)} == {"same", "gone"}
    store.finish_run(second)
    assert {row["leak"] for row in queries.leaks(store)} == {"same"}


def test_values_are_stored_as_hmac_only(store: Store, run: tuple[str, str], record: Make) -> None:
    store.write(Batch(*run, [record()], values={"imei": b"867900000000585"}))
    (row,) = queries.view(store, "v_identifiers")
    assert len(row["value_hmac"]) == 64
    assert (row["identifier"], row["kind"]) == ("imei", "imei")
    assert "867900000000585" not in repr(Batch(*run, values={"imei": b"867900000000585"}))
    store.write(Batch(*run, [record()]))
    assert next(queries.view(store, "v_identifiers"))["value_hmac"] == row["value_hmac"]


def test_hostile_text_and_numbers_are_stored(store: Store, run: tuple[str, str], record: Make, flow: Make) -> None:
    bad = {"url": "https://x/\0\ud800", "host": "\x1b[31m", "location": "'; DROP TABLE leak; --", "port": 2**80}
    store.write(
        Batch(*run, [record(**bad, chance=float("nan"))], [flow("x", url=bad["url"], port=-(2**70), sent=2**64)])
    )
    (row,) = queries.leaks(store)
    assert row["url"] == "https://x/\\x00\\ud800"
    assert (row["location"], row["host"], row["chance"]) == (bad["location"], bad["host"], 0.0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_anywhere(sqlite: Store, record: Make, data: st.DataObject) -> None:
    capture = sqlite.begin_capture({})
    words = st.text(alphabet=st.characters(), max_size=12)
    fields = (
        "exchange",
        "url",
        "host",
        "location",
        "identifier",
        "value",
        "reason",
        "sdk",
        "company",
        "form",
        "method",
    )
    texts = {name: data.draw(words) for name in fields}
    sqlite.write(Batch(capture, sqlite.begin_run(capture, "", ""), [record(**texts, chain=(data.draw(words),))]))
    assert len(list(queries.leaks(sqlite, {"capture": [capture]}))) == 1


def test_a_review_survives_a_new_analysis(store: Store, run: tuple[str, str], record: Make) -> None:
    store.write(Batch(*run, [record(leak="a")]))
    store.review("a", "reject", "examiner 1", "a test account")
    store.review("a", "confirm", "examiner 2")
    store.finish_run(store.begin_run(run[0], "0.2.0", ""))
    (row,) = queries.view(store, "v_reviews")
    assert (row["leak"], row["verdict"], row["who"]) == ("a", "confirm", "examiner 2")
    with pytest.raises(StoreError, match="confirm or reject"):
        store.review("a", "maybe")


def test_marks_and_corrections_both_stay(store: Store, run: tuple[str, str], mark: Make) -> None:
    first: Mark = mark("m1", 0.0)
    fixed = MarkCorrected(
        time=first.time + 9, mark="m1", old={"time": first.time}, new={"time": first.time + 5}, why="late"
    )
    store.write(Batch(*run, marks=[first, fixed, fixed]))
    assert (count(store, "mark"), count(store, "mark_correction")) == (1, 1)


def test_types_of_a_batch(record: Make, flow: Make) -> None:
    assert isinstance(record(), LeakRecord)
    assert isinstance(flow("x"), FlowSummary)
