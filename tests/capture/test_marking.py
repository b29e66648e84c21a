"""Marks from outside: to the one running capture, or late into a stored one; corrections keep the first record."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from leakwatch.capture.control import take
from leakwatch.capture.follower import main
from leakwatch.capture.marking import capture_to_mark, correct_mark, marks, set_mark, started
from leakwatch.errors import MarkError, QueryError
from leakwatch.journal import JournalWriter, read_journal
from leakwatch.journal.events import CaptureEnded, CaptureStarted, Event, Mark, MarkCorrected, Request
from leakwatch.store import Store, queries

T0 = 1_795_287_600.0
PROFILE = """\
version: 1
device: {label: pixel-8, region: CN}
identifiers: [{type: imei, name: imei, value: "867900045123877"}]
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "leakwatch.db")) as opened:
        yield opened


def capture(store: Store, name: str) -> JournalWriter:
    """Begin a capture whose proxy, the returned writer, is at work."""
    folder = store.capture_folder(store.begin_capture({"capture": name, "started": T0}))
    (folder / "profile.yaml").write_text(PROFILE)
    writer = JournalWriter(folder / "journal")
    writer.append(CaptureStarted(time=T0, facts={"capture": name, "started": T0}))
    writer.append(Mark(time=T0, id="m-start", axes={"consent": "none"}, by="default", uncertainty=0.0))
    writer.append(Request(time=T0 + 10, exchange="x", host="h.example", target=b"/?i=867900045123877"))
    return writer


def stored(store: Store, name: str) -> Path:
    with capture(store, name) as writer:
        writer.append(CaptureEnded(time=T0 + 60))
    assert main(["--journal", str(writer.path), "--db", store.where]) == 0
    return writer.path


def phase(store: Store) -> str:
    (row,) = queries.leaks(store)
    return str(row["phase"])


def test_the_only_running_capture_is_meant(store: Store) -> None:
    with pytest.raises(MarkError, match="no capture is running"):
        capture_to_mark(store, None)
    with capture(store, "c-1"):
        assert capture_to_mark(store, None) == "c-1"
        with capture(store, "c-2"):
            with pytest.raises(MarkError, match=r"2 captures are running \(c-1, c-2\); name one with --capture"):
                capture_to_mark(store, None)
            assert capture_to_mark(store, "c-2") == "c-2"
        assert capture_to_mark(store, None) == "c-1"
    with pytest.raises(QueryError):
        capture_to_mark(store, "c-9")


def test_a_running_proxy_gets_the_mark(store: Store) -> None:
    taken: list[Event | tuple[str, str]] = []
    with capture(store, "c-1") as writer:

        def proxy() -> None:
            deadline = time.monotonic() + 10
            while not taken and time.monotonic() < deadline:
                taken.extend(take(writer.path.parent))
                time.sleep(0.02)

        thread = threading.Thread(target=proxy)
        thread.start()
        mark = set_mark(store, "c-1", {"consent": "given"}, who="me")
        thread.join()
    assert taken == [mark]
    assert (mark.uncertainty, mark.by, mark.who) == (3.0, "hand", "me")


def test_a_proxy_that_takes_nothing_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leakwatch.capture.marking.TAKEN_SECONDS", 0.1)
    with capture(store, "c-1"), pytest.raises(MarkError, match="has not taken the mark yet"):
        set_mark(store, "c-1", {"consent": "given"})


def test_a_late_mark_is_in_the_journal_and_changes_the_phase(store: Store) -> None:
    path = stored(store, "c-1")
    assert phase(store) == "before_consent"
    with pytest.raises(MarkError, match="say when with --at"):
        set_mark(store, "c-1", {"consent": "given"})
    mark = set_mark(store, "c-1", {"consent": "given"}, time=T0 + 5)
    assert phase(store) == "consented"
    assert [event for _, _, event in read_journal(path)][-1] == mark
    assert started(store, "c-1") == T0


def test_a_correction_keeps_the_first_record(store: Store) -> None:
    path = stored(store, "c-1")
    mark = set_mark(store, "c-1", {"consent": "given"}, time=T0 + 5)
    correct_mark(store, "c-1", mark.id, {"time": T0 + 20}, who="me", why="pressed too early")
    assert phase(store) == "before_consent"
    rows = {row["mark"]: row for row in marks(store, "c-1")}
    assert rows[mark.id]["at"] == T0 + 5
    assert "by me: pressed too early" in rows[mark.id]["corrected"]
    last = [event for _, _, event in read_journal(path)][-1]
    assert isinstance(last, MarkCorrected)
    assert last.old == {"time": T0 + 5, "axes": {"consent": "given"}}
    correct_mark(store, "c-1", "m-start", {}, why="wrong phone")
    assert phase(store) == "unknown"
    with pytest.raises(MarkError, match="has no mark 'm-9'; its marks are m-start"):
        correct_mark(store, "c-1", "m-9", {})
