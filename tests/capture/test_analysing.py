"""Opening captures for analysis: locks, keys, first records, and what a scanned capture keeps of its own analysis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from leakwatch.capture import control
from leakwatch.capture.analysing import (
    analyse,
    conclude,
    is_running,
    journal_in,
    key_file,
    only_follower,
    open_follower,
    recorded,
    unfinished,
    writer_gone,
)
from leakwatch.errors import JournalError
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import CaptureStarted, LedgerNote, Mark, Request
from leakwatch.model import FlowSummary, LedgerEntry
from leakwatch.store import Batch, Store, queries

PROFILE = """\
version: 1
device: {label: pixel-8, region: CN}
identifiers: [{type: imei, name: imei, value: "867900045123877"}]
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "leakwatch.db")) as opened:
        yield opened


def test_a_journal_is_written_as_long_as_its_writer_lives(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    assert writer_gone(path)
    with JournalWriter(path):
        assert not writer_gone(path)
        assert is_running(tmp_path)
    assert writer_gone(path)
    assert not is_running(tmp_path)


def test_the_first_record_tells_the_facts(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "journal") as journal:
        with pytest.raises(JournalError, match="recorded nothing"):
            recorded(tmp_path / "journal")
        journal.append(CaptureStarted(time=1.0, facts={"app": "com.example.app"}))
    what = recorded(journal_in(tmp_path))
    assert (what.capture, what.app) == (tmp_path.name, "com.example.app")


def test_a_folder_without_a_journal_is_said(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="there is no journal here"):
        journal_in(tmp_path)
    (tmp_path / "journal.lwj").touch()
    assert journal_in(tmp_path).name == "journal.lwj"


def test_one_follower_at_a_time_and_the_lock_dies_with_it(tmp_path: Path) -> None:
    with only_follower(tmp_path) as first, only_follower(tmp_path) as second:
        assert (first, second) == (True, False)
    child = os.fork()
    if child == 0:
        with only_follower(tmp_path) as alone:
            os._exit(0 if alone else 1)
    assert os.waitpid(child, 0)[1] == 0
    with only_follower(tmp_path) as again:
        assert again


def test_the_key_of_an_encrypted_journal_is_remembered(store: Store) -> None:
    store.begin_capture({"capture": "c-1", "journal_key": "/keys/one"})
    store.begin_capture({"capture": "c-2", "journal_key": ""})
    assert key_file(store, "c-1") == Path("/keys/one")
    assert key_file(store, "c-2") is None
    assert key_file(store, "c-3") is None


def test_only_live_captures_without_an_end_are_unfinished(store: Store) -> None:
    for name, facts in (("c-1", {}), ("c-2", {"ended": 5.0}), ("c-3", {}), ("c-4", {})):
        folder = store.capture_folder(store.begin_capture({"capture": name, **facts}))
        if name != "c-3":
            (folder / "journal").touch()
    with JournalWriter(store.evidence / "c-4" / "journal"):
        assert [folder.name for folder in unfinished(store)] == ["c-1"]


def test_a_scanned_capture_keeps_its_ledger_and_recipients(store: Store) -> None:
    facts = {"capture": "c-1", "source_sha256": "ab" * 32, "source_path": "/x/a.har", "mode": "har"}
    capture = store.begin_capture(facts)
    folder = store.capture_folder(capture)
    (folder / "profile.yaml").write_text(PROFILE)
    with JournalWriter(folder / "journal.lwj") as journal:
        journal.append(CaptureStarted(time=0.0, facts=facts))
        journal.append(Request(time=1.0, exchange="leaks", host="h.example", target=b"/?i=867900045123877"))
        journal.append(LedgerNote(time=1.0, exchange="leaks", kind="opaque"))
    run = store.begin_run(capture, "0.0.1", "old")
    flow = FlowSummary("quiet", 1, 2.0, "http/1.1", "GET", "https://q.example/", "q.example")
    ledger = LedgerEntry(2.0, "undecodable", "q.example", "quiet")
    store.write(Batch(capture, run, flows=[flow], ledger=[ledger]))
    store.finish_run(run)
    analyse(store, recorded(journal_in(folder)))
    assert [row["kind"] for row in queries.view(store, "v_ledger")] == ["undecodable"]
    assert {row["exchange"] for row in queries.view(store, "v_flows")} == {"quiet", "leaks"}
    (leak,) = queries.leaks(store)
    assert (leak["exchange"], leak["source"]) == ("leaks", "/x/a.har")


def test_marks_asked_of_a_killed_proxy_are_recorded_when_its_journal_is_finished(store: Store) -> None:
    capture = store.begin_capture({"capture": "c-1"})
    folder = store.capture_folder(capture)
    (folder / "profile.yaml").write_text(PROFILE)
    with JournalWriter(folder / "journal") as journal:
        journal.append(CaptureStarted(time=0.0, facts={"capture": "c-1"}))
        journal.append(Request(time=9.0, exchange="x", host="h.example", target=b"/?i=867900045123877"))
    control.request_mark(folder, Mark(time=5.0, id="m-late", axes={"consent": "given"}, uncertainty=0.0))
    control.report_leaks(folder, [("x", "imei to h.example")])
    what = recorded(folder / "journal")
    follower = open_follower(store, what)
    follower.read()
    assert conclude(follower, what)
    assert not list((folder / "control").iterdir())
    (leak,) = queries.leaks(store)
    assert (leak["phase"], leak["consent"]) == ("consented", "given")
