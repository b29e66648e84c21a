"""The follower as a process: killed as the journal grows, asked to end, left by its proxy, and what is in its way."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leakwatch.capture.analysing import unfinished, writer_gone
from leakwatch.capture.follower import main
from leakwatch.journal import JournalWriter, read_journal
from leakwatch.journal.events import CaptureEnded, CaptureStarted, Request, Response
from leakwatch.store import Store, queries

IMEI = "867900045123877"
PROFILE = f"""\
version: 1
device: {{label: pixel-8, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}"}}]
"""
T0 = 1_795_287_600.0
CAPTURE = "c-20261121-190000-test"


class Recording:
    """A capture's folder as a proxy makes it, with a journal to append leaking exchanges to."""

    def __init__(self, folder: Path) -> None:
        self.db = str(folder / "leakwatch.db")
        self.folder = folder / CAPTURE
        self.folder.mkdir(mode=0o700)
        (self.folder / "profile.yaml").write_text(PROFILE)
        self.path = self.folder / "journal"
        self.writer = JournalWriter(self.path)
        self.count = 0
        self.writer.append(CaptureStarted(time=T0, facts={"capture": CAPTURE, "started": T0}))

    def leaking(self, count: int) -> list[str]:
        names = [f"x{number}" for number in range(self.count, self.count + count)]
        self.count += count
        for name in names:
            self.writer.append(Request(time=T0, exchange=name, host="h.example", target=f"/?i={IMEI}".encode()))
            self.writer.append(Response(time=T0, exchange=name, status=200))
        return names

    def end(self) -> None:
        self.writer.append(CaptureEnded(time=T0 + 60))
        self.writer.close()


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "leakwatch.db")) as opened:
        yield opened


def exchanges(store: Store) -> list[str]:
    return sorted(row["exchange"] for row in queries.leaks(store))


def start(recording: Recording, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "leakwatch.capture.follower", "--journal", str(recording.path)]
    return subprocess.Popen([*command, "--db", recording.db, *options], stderr=subprocess.PIPE, stdout=subprocess.PIPE)


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_kill_9_while_the_journal_grows_loses_and_doubles_nothing(recording: Recording, store: Store) -> None:
    names: list[str] = []
    dice = random.Random(3)
    for _ in range(4):
        process = start(recording)
        until((recording.folder / "status.json").exists)
        for _ in range(15):
            names += recording.leaking(5)
            time.sleep(0.01)
        time.sleep(dice.random() * 0.4)
        process.kill()
        process.communicate()
    recording.end()
    process = start(recording)
    assert process.wait(30) == 0, process.communicate()
    process.communicate()
    assert exchanges(store) == sorted(names)
    assert len(list(queries.view(store, "v_flows"))) == len(names)


def test_it_ends_by_itself_when_the_proxy_is_gone(recording: Recording, store: Store) -> None:
    process = start(recording)
    names = recording.leaking(3)
    until(lambda: exchanges(store) == names)
    assert process.poll() is None
    recording.writer.close()
    assert process.wait(10) == 0
    process.communicate()
    assert list(unfinished(store)) == []


def test_sigterm_reads_what_is_there_and_leaves_the_run_open(recording: Recording, store: Store) -> None:
    process = start(recording)
    until(lambda: (recording.folder / "status.json").exists())
    names = recording.leaking(200)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    process.communicate()
    assert exchanges(store) == sorted(names)
    assert store.resume_run(CAPTURE) is not None


def test_only_one_follower_works_on_a_capture(recording: Recording) -> None:
    first = start(recording)
    until(lambda: (recording.folder / "status.json").exists())
    second = start(recording)
    _, words = second.communicate(timeout=20)
    assert second.returncode == 2
    assert b"another follower is at work" in words
    first.kill()
    first.communicate()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda r: (r.folder / "profile.yaml").unlink(), b"profile.yaml"),
        (lambda r: (r.folder / "profile.yaml").write_text("device: ["), b"profile.yaml"),
        (lambda r: Path(r.db).write_text("this is not a database, is it"), b"is not a database"),
        (lambda r: r.path.write_bytes(b"GIF89a, not a journal of ours at all"), b"journal"),
    ],
    ids=["no profile", "bad profile", "no database", "no journal"],
)
def test_what_is_in_the_way_is_one_line(
    recording: Recording, spoil: Callable[[Recording], object], words: bytes
) -> None:
    spoil(recording)
    process = start(recording)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert words in said
    assert said.count(b"\n") == 1
    assert IMEI.encode() not in said


def test_private_files(recording: Recording) -> None:
    recording.end()
    assert main(["--journal", str(recording.path), "--db", recording.db]) == 0
    for path in (recording.path, recording.folder / "status.json", Path(recording.db)):
        assert path.stat().st_mode & 0o777 == 0o600
    assert writer_gone(recording.path)
    assert [type(event) for _, _, event in read_journal(recording.path)][-1] is CaptureEnded
