"""Captures: their ids, their facts, one capture for the same bytes, and the analyses that views show."""

from __future__ import annotations

import re
import stat

import pytest

from leakwatch.errors import StoreError
from leakwatch.model import Identifier
from leakwatch.store import Store, queries
from leakwatch.store.captures import FACTS, new_id
from leakwatch.store.tables import capture as table

FACTS_GIVEN = {
    "device": "pixel-8",
    "os": "Android 14",
    "root": "magisk",
    "app": "com.example.app",
    "app_version": "4.2.1",
    "app_sha256": "ab" * 32,
    "signer": "CN=Example",
    "store": "华为应用市场",
    "developer": "例子公司",
    "type": "travel",
    "examiner": "examiner 1",
    "case": "2026-17",
    "note": "first run",
    "mode": "regular",
    "started": 1795000000.25,
    "ended": 1795000300.0,
    "baseline": False,
    "fresh_install": True,
    "profile_digest": "cd" * 32,
    "tool_versions": {"leakwatch": "0.1.0", "mitmproxy": "11.0.2"},
    "journal_key": "/keys/one",
}


def test_facts_read_back(store: Store) -> None:
    capture = store.begin_capture(FACTS_GIVEN)
    assert re.fullmatch(r"c-20261118-\d{6}-[0-9a-f]{4}", capture)
    (row,) = queries.captures(store)
    told = {FACTS.get(name, name): value for name, value in FACTS_GIVEN.items()}
    same = set(told) & set(row)
    assert {name: row[name] for name in same} == {name: told[name] for name in same}
    assert len(same) > 15
    assert (row["started"], row["ended"]) == ("2026-11-18T11:06:40.250Z", "2026-11-18T11:11:40.000Z")
    assert queries.capture_facts(store, capture) == {"journal_key": "/keys/one"}


def test_every_fact_has_its_column() -> None:
    assert set(FACTS.values()) <= {column.name for column in table.columns}


def test_ids_sort_by_time_and_are_unique() -> None:
    assert new_id("c", 1e9) < new_id("c", 1e9 + 1) < new_id("c", 1.8e9)
    assert new_id("c", 1795000000) != new_id("c", 1795000000)
    assert new_id("c", 1e300).startswith("c-9999")


def test_many_captures_of_one_second_all_get_their_own_id(sqlite: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["aaaa", "aaaa", "aaaa", "bbbb"])
    monkeypatch.setattr("secrets.token_hex", lambda length: next(drawn))
    first, second = sqlite.begin_capture({"started": 1e9}), sqlite.begin_capture({"started": 1e9})
    assert (first[-4:], second[-4:]) == ("aaaa", "bbbb")


def test_the_same_bytes_are_one_capture(store: Store) -> None:
    facts = {"source_sha256": "ee" * 32, "profile_digest": "d1", "app": "a", "source_path": "one.har"}
    first = store.begin_capture(facts)
    assert store.begin_capture({**facts, "source_path": "copy.har"}) == first
    others = [store.begin_capture({**facts, name: "other"}) for name in ("source_sha256", "profile_digest", "app")]
    assert len({first, *others}) == 4
    assert store.begin_capture({}) != store.begin_capture({})


def test_a_capture_brings_its_id_along(store: Store) -> None:
    assert store.begin_capture({"capture": "c-1"}) == "c-1"
    assert store.begin_capture({"capture": "c-1", "device": "other"}) == "c-1"


@pytest.mark.parametrize("given", ["../../etc", "a/b", ".", "..", "x" * 200, "a\n", ""])
def test_an_id_that_could_leave_its_folder_is_not_taken(store: Store, given: str) -> None:
    assert re.fullmatch(r"c-[0-9]{8}-[0-9]{6}-[0-9a-f]{4}", store.begin_capture({"capture": given}))


def test_facts_can_be_added_later(store: Store) -> None:
    capture = store.begin_capture({"device": "pixel-8", "folder": "f", "one": 1})
    store.update_capture(capture, {"ended": 1795000300.0, "note": None, "two": 2})
    (row,) = queries.captures(store)
    assert (row["ended"], row["device"]) == ("2026-11-18T11:11:40.000Z", "pixel-8")
    assert queries.capture_facts(store, capture) == {"one": 1, "two": 2}
    with pytest.raises(StoreError, match="is not in this database"):
        store.update_capture("c-none", {"note": "x"})


def test_the_folder_is_private(store: Store) -> None:
    folder = store.capture_folder(store.begin_capture({}))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert store.capture_folder(folder.name) == folder


def test_what_is_searched_for_is_stored_without_its_value(store: Store) -> None:
    imei = Identifier("imei", "imei", "867900000000585")
    one = store.begin_capture({}, [imei, Identifier("gps", "home", "30.1,120.3")])
    two = store.begin_capture({}, [imei])
    rows = {(r["capture"], r["identifier"]): r["value_hmac"] for r in queries.view(store, "v_identifiers")}
    assert rows[one, "imei"] == rows[two, "imei"] != rows[one, "home"]
    assert "867900000000585" not in str(rows)


def test_runs_begin_resume_and_finish(store: Store) -> None:
    capture = store.begin_capture({})
    assert store.resume_run(capture) is None
    run = store.begin_run(capture, "0.1.0", "digest")
    assert store.resume_run(capture) == (run, 0)
    store.finish_run(run)
    assert store.resume_run(capture) is None
    (row,) = queries.view(store, "v_runs")
    finished = row["finished"]
    store.finish_run(run)
    assert next(queries.view(store, "v_runs"))["finished"] == finished != ""


def test_views_show_the_newest_finished_run(store: Store) -> None:
    capture = store.begin_capture({})
    first = store.begin_run(capture, "1", "")
    second = store.begin_run(capture, "2", "")
    assert next(queries.view(store, "v_runs"))["run"] in {first, second}
    store.finish_run(first)
    assert next(queries.view(store, "v_runs"))["run"] == first
    store.finish_run(second)
    (row,) = queries.view(store, "v_runs")
    assert row["tool_version"] == "2"
