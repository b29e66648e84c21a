"""The parts of a session that stand alone; tests/cli/test_proxy.py runs whole ones, with and without a terminal."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from leakwatch.capture.plan import Plan, prepare
from leakwatch.capture.session import Interrupts, end_killed, follower_child
from leakwatch.journal import JournalWriter
from leakwatch.journal.events import CaptureStarted, Request
from leakwatch.store import queries

PROFILE = """\
version: 1
device: {label: pixel-8, region: CN}
identifiers: [{type: imei, name: imei, value: "867900045123877"}]
"""


def plan(folder: Path) -> Plan:
    (folder / "phone.yaml").write_text(PROFILE)
    return Plan(device=folder / "phone.yaml", db=str(folder / "leakwatch.db"), listen_port=0)


def test_a_second_ctrl_c_counts_and_a_repeated_sigterm_does_not() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGHUP)
        assert interrupts.count == 1
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupts.count == 2
    assert signal.getsignal(signal.SIGINT) is before


def test_the_databases_url_is_on_no_command_line(tmp_path: Path) -> None:
    ready = prepare(plan(tmp_path))
    ready.store.close()
    child = follower_child(ready, ready.folder, tmp_path / "key", stdout=1)
    assert not any("leakwatch.db" in word for word in child.command)
    assert child.command[-3:] == ["--key", str(tmp_path / "key"), "--feed"]


def test_the_next_proxy_ends_what_a_killed_one_left(tmp_path: Path) -> None:
    killed = prepare(plan(tmp_path))
    started = CaptureStarted(time=1000.0, facts={"capture": killed.capture, "started": 1000.0})
    with JournalWriter(killed.journal) as journal:
        journal.append(started)
        journal.append(Request(time=1001.0, exchange="x", host="h.example", target=b"/?i=867900045123877"))
    with killed.store:
        ready = prepare(plan(tmp_path))
        assert end_killed(ready) == 1
        deadline = time.monotonic() + 30
        while not _of(ready.store, killed.capture)["finished"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert [row["identifier"] for row in queries.leaks(ready.store)] == ["imei"]
        while end_killed(ready):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        ready.store.close()


def _of(store: object, capture: str) -> dict[str, object]:
    (row,) = queries.view(store, "v_captures", capture)  # type: ignore[arg-type]  # a Store
    return row
