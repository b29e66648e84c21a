"""The journal keeps what it was given, survives what breaks it, and says so."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import threading
import zlib
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakwatch.errors import JournalError
from leakwatch.journal import JournalFollower, JournalWriter, journal_digest, load_key, read_journal
from leakwatch.journal import events as ev
from leakwatch.journal.framing import FRAME, HEADER_LENGTH
from leakwatch.model import Direction

KEY = bytes(range(32))
HEADERS = ((b"Host", b"a"), (b"x-\xff", b"\x00"))
EVERY_EVENT: tuple[ev.Event, ...] = (
    ev.CaptureStarted(time=1.25, facts={"app": "应用", "n": 1, "more": {"k": True}}),
    ev.CaptureEnded(time=2.0),
    ev.Request(
        time=3.0, exchange="e", index=4, host="h", port=443, client=("10.0.0.2", 5), server=("::1", 6), sni="s",
        tls=True, method="POST", target=b"/\xff?q=1", protocol="http/2", headers=HEADERS, trailers=HEADERS,
        body=b"\x00" * 40_000,
        app="a", app_evidence="proven", complete=False,
    ),
    ev.Response(time=4.0, exchange="e", status=200, reason="\udcff", headers=HEADERS, body=b"short"),
    ev.BodyChunk(time=5.0, exchange="e", direction=Direction.RESPONSE, data=b""),
    ev.BodyEnd(time=6.0, exchange="e", direction=Direction.REQUEST, trailers=HEADERS),
    ev.StreamOpened(time=7.0, exchange="t", protocol="udp"),
    ev.StreamMessage(
        time=8.0, exchange="t", protocol="tcp", direction=Direction.REQUEST, index=3, data=b"\x01" * 20_000, text=True
    ),
    ev.StreamClosed(time=9.0, exchange="t"),
    ev.DnsMessage(time=10.0, exchange="d", names=("a.example",), answers=(("a.example", "A", "192.0.2.1"),)),
    ev.TlsFailure(time=11.0, sni="s", refused=True, detail="d"),
    ev.PassThrough(time=12.0, sent=1, received=2**40),
    ev.ExchangeFailed(time=13.0, exchange="e", detail="reset"),
    ev.LedgerNote(time=14.0, kind="quic", direction="request", bytes=9),
    ev.Mark(time=15.0, id="m", axes={"consent": "given"}, who="w", uncertainty=0.0),
    ev.MarkCorrected(time=16.0, mark="m", old={"time": 1.0}, new={"axes": {"app": "idle"}}, why="typo"),
)  # fmt: skip


def write(path: Path, *events: ev.Event, key: bytes | None = None) -> list[int]:
    with JournalWriter(path, key) as journal:
        return [journal.append(event) for event in events]


def read(path: Path, offset: int = 0, key: bytes | None = None) -> list[ev.Event]:
    return [event for _, _, event in read_journal(path, offset, key)]


def note(number: int) -> ev.LedgerNote:
    return ev.LedgerNote(time=float(number), kind="quic", detail="x" * number)


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_every_event_comes_back_as_it_was(tmp_path: Path, key: bytes | None) -> None:
    assert {type(event) for event in EVERY_EVENT} == set(ev.EVENTS)
    offsets = write(tmp_path / "j", *EVERY_EVENT, key=key)
    records = list(read_journal(tmp_path / "j", key=key))
    assert [event for _, _, event in records] == list(EVERY_EVENT)
    assert [start for start, _, _ in records] == offsets
    assert [end for _, end, _ in records] == [*offsets[1:], (tmp_path / "j").stat().st_size]
    assert all(isinstance(e.direction, Direction) for e in read(tmp_path / "j", key=key) if isinstance(e, ev.BodyChunk))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            ev.Request,
            time=st.floats(allow_nan=False),
            exchange=st.text(),
            host=st.text(),
            target=st.binary(),
            headers=st.lists(st.tuples(st.binary(), st.binary())).map(tuple),
            body=st.binary() | st.binary(min_size=1).map(lambda b: b * 20_000),
        )
    )
)
def test_any_request_comes_back(tmp_path_factory: pytest.TempPathFactory, events: list[ev.Request]) -> None:
    path = tmp_path_factory.mktemp("j") / "journal"
    write(path, *events)
    assert read(path) == events


def test_files_and_folders_are_private(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "j", note(1))
    assert stat.S_IMODE((tmp_path / "a" / "b" / "j").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_a_journal_cut_anywhere_reads_up_to_the_cut(tmp_path: Path, key: bytes | None) -> None:
    path = tmp_path / "j"
    offsets = write(path, note(1), note(50), note(3), key=key)
    whole = path.read_bytes()
    ends = [*offsets[1:], len(whole)]
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert len(read(path, key=key)) == sum(end <= cut for end in ends), cut


def test_reopening_cuts_a_torn_tail_keeps_it_aside_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "j"
    offsets = write(path, note(1), note(50))
    torn = path.read_bytes()[:-7]
    path.write_bytes(torn)
    write(path, note(3))
    first, cut, last = read(path)
    assert (first, last) == (note(1), note(3))
    assert isinstance(cut, ev.LedgerNote) and cut.kind == "truncated" and cut.bytes == len(torn) - offsets[1]
    (aside,) = tmp_path.glob("j.torn-*")
    assert aside.read_bytes() == torn[offsets[1] :] and stat.S_IMODE(aside.stat().st_mode) == 0o600


def test_a_damaged_record_is_stepped_over_where_whole_ones_follow(tmp_path: Path) -> None:
    path = tmp_path / "j"
    offsets = write(path, note(1), note(50), note(3))
    data = bytearray(path.read_bytes())
    data[offsets[1] + 20] ^= 1
    path.write_bytes(data)
    first, damaged, last = read(path)
    assert (first, last) == (note(1), note(3))
    assert isinstance(damaged, ev.LedgerNote) and damaged.kind == "unreadable"
    assert f"offset {offsets[1]}" in damaged.detail and damaged.bytes == offsets[2] - offsets[1]


def test_damage_that_nothing_whole_follows_ends_the_reading_with_a_note(tmp_path: Path) -> None:
    path = tmp_path / "j"
    offsets = write(path, note(1), note(50), note(60), note(70))
    data = bytearray(path.read_bytes())
    for offset in offsets[1:]:
        data[offset + 20] ^= 1
    path.write_bytes(data)
    first, lost = read(path)
    assert first == note(1)
    assert isinstance(lost, ev.LedgerNote) and lost.kind == "truncated" and lost.bytes == len(data) - offsets[1]


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, 600), value=st.integers(0, 255))
def test_no_damage_crashes_or_invents(tmp_path_factory: pytest.TempPathFactory, at: int, value: int) -> None:
    path = tmp_path_factory.mktemp("j") / "journal"
    write(path, note(1), note(150), EVERY_EVENT[3], note(90))
    data = bytearray(path.read_bytes())
    data[at % len(data)] = value
    path.write_bytes(data)
    try:
        events = read(path)
    except JournalError:
        return
    known = [note(1), note(150), EVERY_EVENT[3], note(90)]
    assert all(e in known or (isinstance(e, ev.LedgerNote) and e.kind in ("unreadable", "truncated")) for e in events)


def test_a_claimed_length_costs_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, note(1))
    with path.open("ab") as file:
        file.write(FRAME.pack(1 << 30, 0) + b"x" * 100)
    assert read(path) == [note(1)]


def test_following_sees_each_record_once_and_never_half_of_one(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, note(1), note(2))
    whole = path.read_bytes()
    growing = tmp_path / "growing"
    growing.touch()
    seen: list[ev.Event] = []
    with JournalFollower(growing) as follower:
        for byte in range(len(whole)):
            with growing.open("ab") as file:
                file.write(whole[byte : byte + 1])
            seen += [event for _, _, event in follower.poll()]
        assert follower.offset == len(whole)
        assert not list(follower.poll())
    assert seen == [note(1), note(2)]


def test_another_follower_resumes_at_any_offset(tmp_path: Path) -> None:
    path = tmp_path / "j"
    notes = [note(n) for n in range(20)]
    write(path, *notes)
    for number, (_, end, _) in enumerate(read_journal(path)):
        assert read(path, end) == notes[number + 1 :]


def test_only_one_writer_at_a_time_and_the_lock_dies_with_it(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with JournalWriter(path), pytest.raises(JournalError, match="another process is writing"):
        JournalWriter(path)
    script = (
        "import os, sys; from leakwatch.journal import *; from leakwatch.journal.events import *\n"
        "w = JournalWriter(sys.argv[1]); w.append(CaptureEnded(time=1.0)); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    write(path, note(1))
    assert read(path) == [ev.CaptureEnded(time=1.0), note(1)]


def test_threads_may_write_at_once(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "j") as journal:
        jobs = [threading.Thread(target=lambda n=n: [journal.append(note(n)) for _ in range(200)]) for n in range(8)]
        for job in jobs:
            job.start()
        for job in jobs:
            job.join()
    events = read(tmp_path / "j")
    assert sorted(e.time for e in events) == sorted(float(n) for n in range(8) for _ in range(200))


def test_a_failed_write_raises_leaves_whole_records_and_stays_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "j"
    real = os.write
    with JournalWriter(path) as journal:
        journal.append(note(1))

        def disk_full(descriptor: int, data: Any) -> int:
            if len(data) > 10:
                return real(descriptor, data[:10])
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", disk_full)
        with pytest.raises(JournalError, match="No space left"):
            journal.append(note(60))
        monkeypatch.undo()
        with pytest.raises(JournalError, match="No space left"):
            journal.append(note(2))
    assert read(path) == [note(1)]
    assert path.stat().st_size == list(read_journal(path))[-1][1], "nothing half is left behind"


def test_a_closed_journal_refuses(tmp_path: Path) -> None:
    journal = JournalWriter(tmp_path / "j")
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="closed"):
        journal.append(note(1))


def test_places_that_cannot_be_written_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError, match="cannot be written"):
        JournalWriter(tmp_path / "file" / "j")
    (tmp_path / "other").write_bytes(b"something else entirely, which is not ours to write into, at all")
    with pytest.raises(JournalError, match="not a leakwatch journal"):
        JournalWriter(tmp_path / "other")
    with pytest.raises(JournalError, match="not a leakwatch journal"):
        read(tmp_path / "other")
    with pytest.raises(JournalError, match="cannot be read"):
        read(tmp_path / "missing")
    assert (tmp_path / "other").read_bytes().startswith(b"something else")


def test_an_event_of_the_future_is_stepped_over(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, note(1))

    def append(payload: object) -> None:
        data = msgpack.packb(payload)
        with path.open("ab") as file:
            file.write(FRAME.pack(len(data), zlib.crc32(data)) + data)

    append([200, {"time": 2.0}])
    append([13, {"time": 3.0, "kind": "quic", "colour": "blue"}])
    append([3, {"time": 4.0}])
    append("nonsense")
    _, unknown, extended, incomplete, nonsense = read(path)
    assert extended == ev.LedgerNote(time=3.0, kind="quic")
    assert all(isinstance(e, ev.LedgerNote) and e.kind == "unreadable" for e in (unknown, incomplete, nonsense))


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, note(1))
    data = bytearray(path.read_bytes())
    data[9] = 2
    path.write_bytes(data)
    with pytest.raises(JournalError, match="newer than this leakwatch"):
        read(path)


def test_an_encrypted_journal_shows_nothing_without_its_key(tmp_path: Path) -> None:
    path = tmp_path / "j"
    write(path, ev.LedgerNote(time=1.0, kind="quic", detail="secret words"), note(2), key=KEY)
    assert b"secret" not in path.read_bytes()
    with pytest.raises(JournalError, match="name its key file"):
        read(path)
    with pytest.raises(JournalError, match="not the one"):
        read(path, key=b"x" * 32)
    write(path, note(3), key=KEY)
    assert len(read(path, key=KEY)) == 3


def test_encrypted_records_cannot_be_moved_unseen(tmp_path: Path) -> None:
    path = tmp_path / "j"
    offsets = write(path, note(7), note(7), note(7), key=KEY)
    data = path.read_bytes()
    length = offsets[1] - offsets[0]
    path.write_bytes(data[: offsets[0]] + data[offsets[1] : offsets[2]] * 2 + data[offsets[2] :])
    assert length == offsets[2] - offsets[1]
    first, *rest = read(path, key=KEY)
    assert isinstance(first, ev.LedgerNote) and first.kind == "unreadable" and rest == [note(7), note(7)]


def test_a_key_file_is_made_once_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(JournalError, match="cannot be read"):
        load_key(path)
    key = load_key(path, create=True)
    assert len(key) == 32 and load_key(path, create=True) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_bytes(b"short")
    with pytest.raises(JournalError, match="32 random bytes"):
        load_key(path)


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    write(tmp_path / "j", note(1))
    assert journal_digest(tmp_path / "j") == hashlib.sha256((tmp_path / "j").read_bytes()).hexdigest()


def test_a_value_that_cannot_be_kept_is_an_error_and_spoils_nothing(tmp_path: Path) -> None:
    with JournalWriter(tmp_path / "j") as journal:
        with pytest.raises(JournalError, match="CaptureStarted"):
            journal.append(ev.CaptureStarted(time=1.0, facts={"x": object()}))
        journal.append(note(1))
    assert read(tmp_path / "j") == [note(1)]
    assert next(read_journal(tmp_path / "j"))[0] == HEADER_LENGTH
