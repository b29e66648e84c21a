"""What a scan keeps: one capture for the same bytes, a private folder, and a journal of the flows that leaked."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from leakwatch.journal import read_journal
from leakwatch.journal.events import CaptureStarted, Event, Request, Response, StreamClosed, StreamMessage
from leakwatch.model import Direction
from leakwatch.offline import keeping
from leakwatch.offline.jobs import Job
from leakwatch.offline.keeping import LeakingFlows
from leakwatch.offline.scan import Scanner
from leakwatch.store import Store

AAID = "3b241101-e2bb-4255-8caf-4136c566a962"
STARTED = CaptureStarted(time=0.0, facts={})


@pytest.fixture
def job(tmp_path: Path) -> Job:
    device = tmp_path / "phone.yaml"
    device.write_text(f'device: {{label: p, region: CN}}\nidentifiers: [{{type: aaid, name: aaid, value: "{AAID}"}}]\n')
    entries = [
        {
            "startedDateTime": f"2026-01-02T03:04:{i:02}Z",
            "request": {"method": "GET", "url": f"https://h{i}.example/?q={AAID if i % 3 == 0 else 'no'}"},
            "response": {"status": 200, "content": {"text": "ok"}},
        }
        for i in range(9)
    ]
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"entries": entries}}))
    return Job(path, device)


def scan(job: Job, database: Path) -> list[str]:
    said: list[str] = []
    with Store.open(str(database)) as store:
        scanner = Scanner(store=store, report=said.append)
        found = [record.leak for record in scanner.scan([job], lambda job, event: None)]
    assert not said
    return found


def ask(database: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute(query).fetchall()


def journal_of(database: Path) -> Path:
    ((folder,),) = ask(database, "select folder from capture")
    return Path(folder) / "journal"


def test_only_leaking_flows_are_journalled_and_files_are_private(tmp_path: Path, job: Job) -> None:
    found = scan(job, tmp_path / "x.db")
    assert len(found) == 3
    journal = journal_of(tmp_path / "x.db")
    events = [event for _, _, event in read_journal(journal)]
    assert [type(e) for e in events] == [CaptureStarted, *[Request, Response] * 3]
    assert [e.exchange for e in events[1::2]] == ["entry-0", "entry-3", "entry-6"]
    assert journal.stat().st_mode & 0o777 == 0o600
    assert journal.with_name("profile.yaml").stat().st_mode & 0o777 == 0o600
    assert journal.parent.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "x.db").stat().st_mode & 0o777 == 0o600


def test_the_same_bytes_are_one_capture_with_the_same_leaks(tmp_path: Path, job: Job) -> None:
    database = tmp_path / "x.db"
    first = scan(job, database)
    journal = journal_of(database).read_bytes()
    copy = tmp_path / "copy.har"
    copy.write_bytes(job.path.read_bytes())
    assert scan(Job(copy, job.device), database) == first
    assert journal_of(database).read_bytes() == journal
    ((path, size, sha256),) = ask(database, "select source_path, source_size, source_sha256 from capture")
    content = job.path.read_bytes()
    assert (path, size, sha256) == (str(job.path), len(content), hashlib.sha256(content).hexdigest())
    assert ask(database, "select count(*) from v_leaks") == [(3,)]
    assert ask(database, "select count(*) from flow") == [(9,)]
    scan(Job(job.path, job.device, "com.other"), database)
    assert ask(database, "select count(*) from capture") == [(2,)], "another app under test is another capture"


def test_a_scan_that_broke_off_is_made_whole_by_the_next(tmp_path: Path, job: Job) -> None:
    database = tmp_path / "x.db"
    with Store.open(str(database)) as store:
        records = Scanner(store=store, report=str).scan([job], lambda job, event: None)
        next(records)
        records.close()
    assert len(scan(job, database)) == 3
    exchanges = [e.exchange for _, _, e in read_journal(journal_of(database)) if isinstance(e, Response)]
    assert exchanges == ["entry-0", "entry-3", "entry-6"]
    assert ask(database, "select count(*) from v_leaks") == [(3,)]


def request(name: str, body: bytes = b"") -> Request:
    return Request(time=1.0, exchange=name, host="h.example", body=body)


def written(flows: LeakingFlows, path: Path) -> list[Event]:
    flows.close()
    return [event for _, _, event in read_journal(path)][1:]


def test_a_leak_that_becomes_known_late_brings_the_whole_flow(tmp_path: Path) -> None:
    flows = LeakingFlows(tmp_path / "j", STARTED, fresh=False)
    opened, switched = request("ws"), Response(time=2.0, exchange="ws", status=101)
    message = StreamMessage(
        time=3.0, exchange="ws", protocol="websocket", direction=Direction.REQUEST, index=0, data=b"x"
    )
    closed = StreamClosed(time=4.0, exchange="ws")
    for event in (opened, request("other"), switched):
        flows.seen(event, ())
    flows.seen(message, ["ws"])
    flows.seen(closed, ())
    assert written(flows, tmp_path / "j") == [opened, switched, message, closed]


def test_memory_is_bounded_by_keeping_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_WAITING", 5000)
    flows = LeakingFlows(tmp_path / "j", STARTED, fresh=False)
    for number in range(10):
        flows.seen(request(str(number), b"x" * 1000), ())
    assert [e.exchange for e in written(flows, tmp_path / "j")] == [str(n) for n in range(6)]


def test_flows_that_ended_without_a_leak_wait_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_WAITING", 5000)
    flows = LeakingFlows(tmp_path / "j", STARTED, fresh=False)
    for number in range(50):
        flows.seen(request(str(number), b"x" * 1000), ())
        flows.seen(Response(time=2.0, exchange=str(number), status=200), ())
    assert written(flows, tmp_path / "j") == []
