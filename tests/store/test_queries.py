"""Filters, groups and look-ups answer the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from leakwatch.errors import QueryError
from leakwatch.store import Batch, Store, queries

Make = Callable[..., Any]


@pytest.fixture
def filled(store: Store, run: tuple[str, str], record: Make, flow: Make, mark: Make) -> Store:
    """Six leaks: before consent and after, first and third party, a weak one and one in a response."""
    own = {"party": "first", "sdk": "", "sdk_name": "", "company": "Example", "host": "api.example.com"}
    rows = [
        record(leak="aa01", exchange="x1", time="2026-11-18T11:06:50.000Z"),
        record(leak="aa02", exchange="x1", time="2026-11-18T11:06:51.000Z", identifier="idfa", kind="idfa", chain=()),
        record(leak="bb03", exchange="x2", time="2026-11-18T11:07:30.000Z", **own),
        record(leak="cc04", exchange="x3", time="2026-11-18T11:07:31.000Z", confidence="weak"),
        record(leak="dd05", exchange="x3", time="2026-11-18T11:07:32.000Z", direction="response", confidence="strong"),
        record(leak="ee06", exchange="x4", time="2026-11-18T11:08:00.000Z", host="100%_a.example", port=8443),
    ]
    flows = [flow(f"x{n}") for n in (1, 3, 4)]
    marks = [mark("m1", 0), mark("m2", 30, axes={"consent": "given"})]
    store.write(Batch(*run, rows, flows, marks=marks))
    return store


def ids(store: Store, **filters: Any) -> list[str]:
    wanted = {name: [value] if isinstance(value, str) else value for name, value in filters.items()}
    return [row["leak"] for row in queries.leaks(store, wanted)]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["aa01", "aa02", "bb03", "cc04", "dd05", "ee06"]),
        ({"party": "first"}, ["bb03"]),
        ({"identifier": ["idfa", "nothing"]}, ["aa02"]),
        ({"confidence": ["certain", "strong"]}, ["aa01", "aa02", "bb03", "dd05", "ee06"]),
        ({"phase": "before_consent"}, ["aa01", "aa02"]),
        ({"phase": "consented", "direction": "request"}, ["bb03", "cc04", "ee06"]),
        ({"host": "*.EXAMPLE.com"}, ["bb03"]),
        ({"host": "100%_a.*"}, ["ee06"]),
        ({"host": "1__%*"}, []),
        ({"company": "umeng", "direction": "response"}, ["dd05"]),
        ({"chain": "md5", "phase": "before_consent"}, ["aa01"]),
        ({"chain": "md"}, []),
        ({"since": "2026-11-18T11:07:31Z", "until": "2026-11-18T11:08:00Z"}, ["cc04", "dd05"]),
        ({"since": "2026-11-18T19:08:00+08:00"}, ["ee06"]),
        ({"port": "8443"}, ["ee06"]),
        ({"boundary": "true"}, []),
        ({"boundary": "false", "identifier": "idfa"}, ["aa02"]),
        ({"location": "body.json:*"}, ["aa01", "aa02", "bb03", "cc04", "dd05", "ee06"]),
    ],
)
def test_filters(filled: Store, filters: dict[str, Any], expected: list[str]) -> None:
    assert ids(filled, **filters) == expected


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"hots": ["x"]}, "did you mean 'host'"),
        ({"party": ["thrid"]}, "party is one of"),
        ({"port": ["https"]}, "is a number"),
        ({"since": ["yesterday"]}, "2026-11-21T19:30"),
    ],
)
def test_a_wrong_filter_is_refused(sqlite: Store, filters: dict[str, list[str]], told: str) -> None:
    with pytest.raises(QueryError, match=told):
        list(queries.leaks(sqlite, filters))


def test_the_worst_first(filled: Store) -> None:
    worst = [row["leak"] for row in queries.leaks(filled, worst=True)]
    assert worst == ["aa01", "aa02", "ee06", "cc04", "bb03", "dd05"]
    assert [row["leak"] for row in queries.leaks(filled, worst=True, limit=2)] == ["aa01", "aa02"]


def test_groups(filled: Store) -> None:
    rows = {(r["party"], r["identifier"]): r for r in queries.groups(filled, ["party", "identifier"])}
    assert {key: row["leaks"] for key, row in rows.items()} == {
        ("third", "imei"): 4,
        ("third", "idfa"): 1,
        ("first", "imei"): 1,
    }
    third = rows["third", "imei"]
    assert (third["hosts"], third["before_consent"]) == (2, 1)
    assert (third["first"], third["last"]) == ("2026-11-18T11:06:50.000Z", "2026-11-18T11:08:00.000Z")
    assert [r["leaks"] for r in queries.groups(filled, ["party"], {"confidence": queries.SURE}, limit=1)] == [4]
    with pytest.raises(QueryError, match="did you mean 'party'"):
        list(queries.groups(filled, ["partys"]))


def test_groups_keep_their_types(filled: Store) -> None:
    (row,) = queries.groups(filled, ["chain", "boundary", "port"], {"port": ["8443"]})
    assert (row["chain"], row["boundary"], row["port"]) == (["gzip", "json", "md5"], False, 8443)
    assert all(type(row[name]) is int for name in ("leaks", "identifiers", "hosts", "before_consent"))


def test_one_leak_by_the_beginning_of_its_id(filled: Store) -> None:
    assert queries.leak(filled, "bb")["leak"] == queries.leak(filled, "bb03")["leak"] == "bb03"
    for wrong, told in (
        ("aa", "is not one: aa01, aa02"),
        ("zz", "there is no leak"),
        ("", "there is no leak"),
        ("%", "no"),
    ):
        with pytest.raises(QueryError, match=told):
            queries.leak(filled, wrong)


def test_a_full_id_that_begins_another_is_found(store: Store, run: tuple[str, str], record: Make) -> None:
    store.write(Batch(*run, [record(leak="ab"), record(leak="abc")]))
    assert queries.leak(store, "ab")["leak"] == "ab"


def test_leaks_of_one_flow(filled: Store, run: tuple[str, str]) -> None:
    assert [row["leak"] for row in queries.leaks_of_exchange(filled, run[0], "x1")] == ["aa01", "aa02"]
    assert queries.leaks_of_exchange(filled, "other", "x1") == []


def test_captures_by_the_beginning_of_their_id(store: Store) -> None:
    with pytest.raises(QueryError, match="no capture is stored yet"):
        queries.resolve_capture(store, None)
    old, new = (store.begin_capture({"capture": f"c-{n}-x", "started": 1e9 + n}) for n in (1, 2))
    assert queries.resolve_capture(store, None) == new
    assert queries.resolve_capture(store, "c-1") == queries.resolve_capture(store, old) == old
    for wrong, told in (("c-", "is not one"), ("d", "there is no capture"), ("%", "there is no capture")):
        with pytest.raises(QueryError, match=told):
            queries.resolve_capture(store, wrong)


def test_what_the_idle_phone_sends_too_is_said_so(store: Store, record: Make) -> None:
    def capture(rows: list[Any], **facts: Any) -> str:
        name = store.begin_capture({"device": "pixel-8", **facts})
        run = store.begin_run(name, "1", "d")
        store.write(Batch(name, run, rows))
        store.finish_run(run)
        return name

    weak = record(leak="a2", identifier="idfa", confidence="weak")
    idle = [record(leak="a1", identifier="imei", host="os.example"), weak]
    capture(idle, baseline=True)
    rows = [
        record(leak="b1", identifier="imei", host="os.example"),
        record(leak="b2", identifier="imei", host="sdk.example"),
        record(leak="b3", identifier="idfa"),
        record(leak="b4", identifier="imei", host="os.example", app_evidence="proven"),
    ]
    tested = capture(rows)
    other = capture([record(leak="c1", identifier="imei", host="os.example")], device="another")
    listed = queries.leaks(store, {"capture": [tested, other]})
    found = {row["leak"]: row["app_evidence"] for row in listed}
    assert found == {"b1": "also_in_baseline", "b2": "assumed", "b3": "assumed", "b4": "proven", "c1": "assumed"}
