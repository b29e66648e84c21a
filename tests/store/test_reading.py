"""Rows come with Python's own types, page by page; every ready query of db/queries answers on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from leakwatch import resources
from leakwatch.model import Attribution, Identifier, LedgerEntry, Party
from leakwatch.store import Batch, Store
from leakwatch.store.reading import view

Make = Callable[..., Any]
FILES = sorted((resources.folder("db") / "queries").glob("*.sql"))


@pytest.fixture
def filled(store: Store, record: Make, flow: Make, mark: Make) -> Store:
    """Two captures of one device: contacts to a third party before consent, the IMEI without TLS after it."""
    own = Attribution(Party.FIRST, company="Example")
    contacts = [Identifier("contact_phone", f"contact-{n}", f"1380000{n:04}") for n in range(50)]
    for number, start in enumerate((0, 100)):
        facts = {"capture": f"c-{number}", "started": 1795000000.0 + start}
        capture = store.begin_capture(facts, [Identifier("imei", "imei", "867900000000585"), *contacts])
        run = store.begin_run(capture, "0.1.0", "")
        rows = [record(identifier=c.name, kind=c.type, exchange="x1") for c in contacts[: 37 - number]]
        late = {"time": "2026-11-18T11:08:50.000Z", "exchange": "x2", "host": "api.example.com"}
        rows += [record(**late, party="first", sdk="", sdk_name="", company="Example", country="")]
        flows = [
            flow("x1"),
            flow("x2", attribution=own, tls=False, host="api.example.com", url="http://api.example.com/"),
        ]
        marks = [mark("m1", 0), mark("m2", 60, axes={"consent": "given"})]
        ledger = [LedgerEntry(1795000000.0, "passed_through", "pay.example", bytes=1000)]
        store.write(Batch(capture, run, rows, flows, ledger, marks))
    return store


def ask(store: Store, name: str) -> list[dict[str, Any]]:
    (file,) = (file for file in FILES if file.stem == name)
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(text(file.read_text("utf-8"))).mappings()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_ready_query_answers(filled: Store, file: Any) -> None:
    assert file.read_text("utf-8").startswith("-- ")
    assert ask(filled, file.stem)


def test_37_of_50_contacts(filled: Store) -> None:
    (row,) = view(filled, "v_sets", "c-0")
    assert (row["kind"], row["recipient"], row["items"], row["of_items"]) == ("contact_phone", "umeng", 37, 50)


def test_the_worst_first(filled: Store) -> None:
    rows = ask(filled, "worst_first")
    assert (rows[0]["phase"], rows[0]["party"]) == ("before consent", "third")
    assert (rows[-1]["phase"], rows[-1]["party"]) == ("consented", "first")


def test_who_got_what_before_consent(filled: Store) -> None:
    rows = [row for row in ask(filled, "before_consent") if row["capture"] == "c-0"]
    assert {row["recipient"] for row in rows} == {"Umeng"}
    assert len(rows) == 37


def test_frequency_per_minute(filled: Store) -> None:
    rows = [
        row for row in ask(filled, "frequency_per_minute") if row["capture"] == "c-1" and row["identifier"] == "imei"
    ]
    assert [(row["minute"], row["host"], row["times"]) for row in rows] == [("2026-11-18T11:08", "api.example.com", 1)]


def test_the_same_value_in_two_captures(filled: Store) -> None:
    rows = ask(filled, "same_value_across_captures")
    assert {row["captures"] for row in rows} == {2}
    assert len(rows) == 51
    assert (rows[0]["leaking"], rows[-1]["leaking"]) == (2, 0)


def test_without_tls(filled: Store) -> None:
    assert {(row["host"], row["identifier"]) for row in ask(filled, "plaintext")} == {("api.example.com", "imei")}


def test_types_are_the_same_everywhere(filled: Store) -> None:
    flow = next(view(filled, "v_flows", "c-0", order=("exchange",)))
    assert (type(flow["tls"]), type(flow["sent"])) == (bool, int)
    capture = next(view(filled, "v_captures", "c-0"))
    assert (type(capture["baseline"]), type(capture["leaks"]), type(capture["readable"])) == (bool, int, float)
    leak = next(view(filled, "v_leaks", "c-0"))
    assert (type(leak["chain"]), type(leak["boundary"]), type(leak["chance"])) == (list, bool, float)


def test_a_long_list_comes_in_pages(sqlite: Store, record: Make) -> None:
    capture = sqlite.begin_capture({})
    sqlite.write(Batch(capture, sqlite.begin_run(capture, "", ""), [record(leak=f"{n:06}") for n in range(2500)]))
    rows = view(sqlite, "v_leaks", order=("leak",))
    assert next(rows)["leak"] == "000000"
    assert sum(1 for _ in rows) == 2499
