"""The follower: exactly once however often it is killed, resumed at the low-water mark, nothing lost at the end."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leakwatch.capture.analysing import analyse, conclude, open_follower, recorded, unfinished
from leakwatch.capture.control import take
from leakwatch.capture.follower import Follower, main
from leakwatch.errors import JournalError
from leakwatch.journal import JournalWriter, load_key
from leakwatch.journal.events import (
    BodyChunk,
    BodyEnd,
    CaptureEnded,
    CaptureStarted,
    Event,
    LedgerNote,
    Mark,
    Request,
    Response,
    StreamClosed,
    StreamMessage,
)
from leakwatch.model import Direction
from leakwatch.store import Store, queries, tables

IMEI = "867900045123877"
PROFILE = f"""\
version: 1
device: {{label: pixel-8, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}"}}]
apps: [{{package: com.example.app, first_party_domains: [example.com]}}]
"""
T0 = 1_795_287_600.0
CAPTURE = "c-20261121-190000-test"


class Recording:
    """A capture's folder as a proxy makes it, with a journal to append to."""

    def __init__(self, folder: Path, key_file: Path | None = None) -> None:
        self.db = str(folder / "leakwatch.db")
        self.folder = folder / CAPTURE
        self.folder.mkdir(mode=0o700)
        (self.folder / "profile.yaml").write_text(PROFILE)
        self.path = self.folder / "journal"
        self.key_file = key_file
        self.writer = JournalWriter(self.path, load_key(key_file, create=True) if key_file else None)
        self.numbers = itertools.count()
        facts = {"capture": CAPTURE, "app": "com.example.app", "device": "pixel-8", "mode": "regular", "started": T0}
        self.add(CaptureStarted(time=T0, facts=facts), mark("m-start", consent="none"))

    def add(self, *events: Event) -> None:
        for event in events:
            self.writer.append(event)

    def leaking(self, count: int = 1) -> list[str]:
        names = [f"x{next(self.numbers)}" for _ in range(count)]
        for name in names:
            self.add(request(name), response(name))
        return names

    def end(self) -> None:
        self.add(CaptureEnded(time=T0 + 60))
        self.writer.close()

    def run(self, store: Store, **options: Any) -> Follower:
        return open_follower(store, recorded(self.path, self.key_file), **options)


def mark(name: str, at: float = T0, **axes: str) -> Mark:
    return Mark(time=at, id=name, axes=axes, uncertainty=0.0)


def request(name: str, at: float = T0 + 1, client: str = "10.0.0.2", **options: Any) -> Request:
    body = f'{{"imei":"{IMEI}","n":"{name}"}}'.encode()
    known: dict[str, Any] = {"method": "POST", "target": b"/c", "body": body, "tls": True, "host": "api.example.com"}
    headers = ((b"Content-Type", b"application/json"),)
    return Request(time=at, exchange=name, client=(client, 4000), headers=headers, **(known | options))


def response(name: str, **options: Any) -> Response:
    return Response(time=T0 + 2, exchange=name, status=200, body=b"ok", **options)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "leakwatch.db")) as opened:
        yield opened


def exchanges(store: Store) -> list[str]:
    return sorted(row["exchange"] for row in queries.leaks(store))


def counted(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every derived row, without what depends on the moment of the analysis."""
    from sqlalchemy import select

    found: dict[str, list[tuple[Any, ...]]] = {}
    with store.reading() as connection:
        for name in ("leak", "flow", "ledger", "mark", "attribution", "phase"):
            table = tables.metadata.tables[name]
            columns = [column for column in table.columns if column.name != "run"]
            found[name] = sorted(tuple(map(str, row)) for row in connection.execute(select(*columns)))
    return found


def test_leaks_flows_and_marks_are_committed_as_the_journal_grows(recording: Recording, store: Store) -> None:
    follower = recording.run(store)
    first = recording.leaking(3)
    follower.read()
    follower.commit()
    assert exchanges(store) == first
    recording.add(mark("m-2", T0 + 3, consent="given"), request("y", T0 + 4), response("y"))
    follower.read()
    follower.commit()
    assert {row["exchange"]: row["phase"] for row in queries.leaks(store)} == {
        **dict.fromkeys(first, "before_consent"),
        "y": "consented",
    }
    assert (follower.progress.flows, follower.progress.phase) == (4, "consented")


def test_the_offset_is_the_start_of_the_oldest_open_exchange(recording: Recording, store: Store) -> None:
    recording.leaking(2)
    start = recording.writer.append(request("open"))
    recording.leaking(2)
    follower = recording.run(store)
    follower.read()
    follower.commit()
    assert store.resume_run(CAPTURE) == (follower.run, start)


def interleaved(recording: Recording, seed: int) -> None:
    """Exchanges of every form, their events mixed, a second phone, and a few that never end."""
    dice = random.Random(seed)
    up, down = Direction.REQUEST, Direction.RESPONSE
    half = len(IMEI) // 2
    plans: list[list[Event]] = []
    for number in range(40):
        name = f"e{number}"
        client = "10.0.0.9" if number % 7 == 5 else "10.0.0.2"
        match number % 5:
            case 0:
                plans.append([request(name, client=client), response(name)])
            case 1:
                split = [b"pre " * 50 + IMEI[:half].encode(), IMEI[half:].encode() + b" post" * 50]
                chunks = [BodyChunk(time=T0, exchange=name, direction=up, data=part) for part in split]
                head = request(name, client=client, body=b"", complete=False)
                plans.append([head, *chunks, BodyEnd(time=T0, exchange=name, direction=up), response(name)])
            case 2:
                sent = [
                    StreamMessage(time=T0, exchange=name, protocol="websocket", direction=up, index=n, data=data)
                    for n, data in enumerate((b"{}", f'{{"imei":"{IMEI}"}}'.encode(), b"{}"))
                ]
                shake = Response(time=T0, exchange=name, status=101)
                plans.append([request(name, body=b""), shake, *sent, StreamClosed(time=T0, exchange=name)])
            case 3:
                answer = Response(time=T0, exchange=name, status=200, complete=False)
                parts = [BodyChunk(time=T0, exchange=name, direction=down, data=IMEI.encode())]
                plans.append([request(name), answer, *parts, BodyEnd(time=T0, exchange=name, direction=down)])
            case _:
                note = LedgerNote(time=T0, kind="not_kept", host=f"h{number}.example", bytes=number)
                plans.append([request(name), note])
    while plans:
        plan = dice.choice(plans[:6])
        recording.add(plan.pop(0))
        if not plan:
            plans.remove(plan)


class Killed(Exception):
    """Stands for kill -9 at a moment of our choosing."""


@pytest.mark.parametrize("seed", range(6))
def test_killed_anywhere_and_resumed_it_yields_the_same_rows(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leakwatch.capture.follower.COMMIT_EVENTS", 7)
    (tmp_path / "once").mkdir()
    (tmp_path / "often").mkdir()
    results = []
    for folder, kills in (("once", 0), ("often", 9)):
        recording = Recording(tmp_path / folder)
        interleaved(recording, seed)
        recording.end()
        dice = random.Random(seed)
        with Store.open(recording.db) as store:
            for _ in range(kills):
                _run_until_killed(recording, store, dice.randrange(5, 60), monkeypatch)
            follower = recording.run(store)
            follower.follow(lambda: True)
            assert conclude(follower, recorded(recording.path))
            results.append(counted(store))
    assert results[0] == results[1]
    assert len(results[0]["leak"]) >= 40


def _run_until_killed(recording: Recording, store: Store, events: int, monkeypatch: pytest.MonkeyPatch) -> None:
    follower = recording.run(store)
    left = iter(range(events))
    feed = follower._analysis.feed

    def feed_or_die(event: Event) -> Any:
        if next(left, None) is None:
            raise Killed
        return feed(event)

    monkeypatch.setattr(follower._analysis, "feed", feed_or_die)
    try:
        follower.follow(lambda: True)
    except Killed:
        return


def test_a_second_phone_is_still_known_after_a_restart(recording: Recording, store: Store) -> None:
    recording.leaking()
    first = recording.run(store)
    first.read()
    first.commit()
    recording.add(request("other", client="10.0.0.9"), response("other"))
    second = recording.run(store)
    second.read()
    second.commit()
    by_exchange = {row["exchange"]: row["app"] for row in queries.leaks(store)}
    assert by_exchange == {"x0": "com.example.app", "other": ""}


def test_a_killed_proxys_journal_is_ended(recording: Recording, store: Store) -> None:
    recording.leaking(2)
    recording.add(request("open", body=b"", complete=False))
    recording.add(BodyChunk(time=T0 + 5, exchange="open", direction=Direction.REQUEST, data=b"id " + IMEI.encode()))
    follower = recording.run(store)
    follower.read()
    follower.commit()
    assert not conclude(follower, recorded(recording.path))  # its proxy still writes
    recording.writer.close()
    with recording.path.open("ab") as journal:
        journal.write(b"\x40\0\0\0half a record")
    assert list(unfinished(store)) == [recording.folder]
    assert main(["--journal", str(recording.path), "--db", recording.db]) == 0
    assert exchanges(store) == ["open", "x0", "x1"]
    assert list(unfinished(store)) == []
    kinds = [row["kind"] for row in queries.coverage(store, CAPTURE).ledger]
    assert kinds == ["truncated"]
    (row,) = queries.captures(store)
    assert row["finished"]
    assert row["ended"].endswith("19:00:05.000Z") or row["ended"]


def test_a_new_analysis_keeps_the_ids_and_leaves_no_run_open(recording: Recording, store: Store) -> None:
    interleaved(recording, 1)
    recording.end()
    assert main(["--journal", str(recording.path), "--db", recording.db]) == 0
    before = counted(store)
    (old,) = queries.captures(store)
    run = analyse(store, recorded(recording.path))
    (new,) = queries.captures(store)
    assert (new["run"], old["run"] != run) == (run, True)
    from sqlalchemy import delete

    with store.writing() as connection:
        for name in ("leak", "ledger", "attribution"):
            table = tables.metadata.tables[name]
            connection.execute(delete(table).where(table.c.run == old["run"]))
    assert counted(store) == before
    assert store.resume_run(CAPTURE) is None


def test_a_running_capture_is_not_analysed_anew(recording: Recording, store: Store) -> None:
    with pytest.raises(JournalError, match="still running"):
        analyse(store, recorded(recording.path))


def test_an_encrypted_journal_is_followed_with_its_key(tmp_path: Path, store: Store) -> None:
    recording = Recording(tmp_path, key_file=tmp_path / "key")
    recording.leaking(2)
    recording.end()
    assert IMEI.encode() not in recording.path.read_bytes()
    arguments = ["--journal", str(recording.path), "--db", recording.db]
    assert main(arguments) == 2
    assert main([*arguments, "--key", str(tmp_path / "key")]) == 0
    assert exchanges(store) == ["x0", "x1"]


def test_mitmproxys_own_ui_is_told_which_flows_leak(recording: Recording, store: Store) -> None:
    recording.leaking(2)
    recording.end()
    assert main(["--journal", str(recording.path), "--db", recording.db]) == 0
    told = dict(item for item in take(recording.folder) if isinstance(item, tuple))
    assert told == dict.fromkeys(("x0", "x1"), "leakwatch: imei (json) to api.example.com, first party")
