"""Several processes on one database at once, and writers that are killed: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from leakwatch.store import Batch, Store, queries
from leakwatch.store.check import check

WRITER = """
import sys, time
from leakwatch.model import FlowSummary, LeakRecord, LedgerEntry
from leakwatch.store import Batch, Store

url, name, total, evidence = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
texts = "source app app_evidence protocol method url ip value form reason "
texts += "sdk sdk_name company parent country category"

def record(n):
    facts = dict.fromkeys(texts.split(), "") | dict(phase="", consent="", boundary=False, direction="request")
    facts |= dict(host="a.example", port=443, location="body", identifier="imei", kind="imei")
    facts |= dict(chain=("json",), offset=0, length=3)
    facts |= dict(leak=f"{name}-{n}", exchange=f"{name}-{n}", index=n, time="2026-11-18T11:06:41.500Z")
    return LeakRecord(capture=capture, confidence="certain", chance=0.0, party="third", **facts)

store = Store.open(url, evidence_dir=evidence)
capture = store.begin_capture({"capture": name})
run, offset = store.resume_run(capture) or (store.begin_run(capture, "0.1.0", ""), 0)
print("ready", flush=True)
while offset < total:
    events = range(offset, min(offset + 5, total))
    flows = [FlowSummary(f"{name}-{n}", n, 1795000000.0 + n, "http/2", "GET", "", "a.example", sent=1) for n in events]
    ledger = [LedgerEntry(float(n), "opaque", bytes=1) for n in events]
    offset = events.stop
    keys = [str(n) for n in events]
    store.write(Batch(capture, run, [record(n) for n in events], flows, ledger, (), offset, keys, {"imei": b"8679"}))
store.finish_run(run)
"""


def start(url: str, name: str, total: int, evidence: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, url, name, str(total), str(evidence)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def counts(store: Store) -> dict[str, tuple[int, int, int]]:
    """Leaks, flows and ledger entries of each capture, as the views show them."""
    found = {}
    for capture in [str(row["capture"]) for row in queries.captures(store)]:
        shown = {name: list(queries.view(store, name, capture)) for name in ("v_leaks", "v_flows", "v_ledger")}
        entries = sum(row["entries"] for row in shown["v_ledger"])
        found[capture] = (len(shown["v_leaks"]), len(shown["v_flows"]), entries)
    return found


def test_five_processes_write_one_new_database_at_once(url: str, tmp_path: Path) -> None:
    names = [f"c-{n}" for n in range(5)]
    writers = [start(url, name, 100, tmp_path / "evidence") for name in names]
    for writer in writers:
        _, errors = writer.communicate(timeout=100)
        assert (writer.returncode, errors) == (0, "")
    with Store.open(url, evidence_dir=tmp_path / "evidence") as store:
        assert counts(store) == dict.fromkeys(names, (100, 100, 100))
        assert len({row["value_hmac"] for row in queries.view(store, "v_identifiers")}) == 1
        assert [row for row in check(store) if not row["ok"]] == []


def test_a_writer_killed_at_any_moment_resumes(url: str, tmp_path: Path) -> None:
    chance = random.Random(17)
    total, killed = 400, 0
    for _ in range(40):
        writer = start(url, "c-0", total, tmp_path / "evidence")
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(chance.uniform(0, 0.12) if killed < 5 else 0)
        if killed < 5 and writer.poll() is None:
            os.kill(writer.pid, signal.SIGKILL)
            killed += 1
        _, errors = writer.communicate(timeout=100)
        assert errors == ""
        if writer.returncode == 0:
            break
    assert killed > 0
    with Store.open(url, evidence_dir=tmp_path / "evidence") as store:
        assert counts(store) == {"c-0": (total, total, total)}
        assert [row for row in check(store) if not row["ok"]] == []


def test_killed_within_a_transaction(tmp_path: Path) -> None:
    """The rows are written and the transaction is open when the process dies: none of them is there afterwards."""
    code = (
        "import os, signal, sys\n"
        "from leakwatch.model import LedgerEntry\n"
        "from leakwatch.store import Batch, Store, writer\n"
        "store = Store.open(sys.argv[1])\n"
        "capture = store.begin_capture({})\n"
        "run = store.begin_run(capture, '', '')\n"
        "entries = [LedgerEntry(float(n), 'opaque') for n in range(500)]\n"
        "with store.writing() as connection:\n"
        "    writer.write(connection, Batch(capture, run, ledger=entries, offset=7), store)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.db")], check=False)
    assert done.returncode == -signal.SIGKILL
    with Store.open(str(tmp_path / "a.db")) as store:
        (capture,) = counts(store).items()
        assert capture[1] == (0, 0, 0)
        found = store.resume_run(capture[0])
        assert found is not None
        assert found[1] == 0


def test_an_open_store_sees_what_others_write(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    with Store.open(path) as one, Store.open(path) as two:
        capture = one.begin_capture({})
        run = two.begin_run(capture, "", "")
        two.write(Batch(capture, run, offset=3))
        assert one.resume_run(capture) == (run, 3)


def test_a_reader_does_not_keep_writers_out(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "a.db"), timeout=0.5) as store:
        for n in range(3):
            store.begin_capture({"capture": f"c-{n}"})
        rows = queries.captures(store)
        next(rows)
        store.begin_capture({"capture": "c-3"})
        assert [row["capture"] for row in rows] == ["c-1", "c-2"]
        rows.close()  # type: ignore[attr-defined]  # a generator


def test_a_folder_made_elsewhere_is_found_again(tmp_path: Path) -> None:
    path = str(tmp_path / "lab" / "a.db")
    with Store.open(path, evidence_dir=tmp_path / "elsewhere") as store:
        capture = store.begin_capture({})
        made = store.capture_folder(capture)
        store.update_capture(capture, {"folder": str(made)})
    with Store.open(path) as store:
        assert store.folder_of(capture) == store.capture_folder(capture) == made
        assert store.folder_of("c-other") == tmp_path / "lab" / "c-other"
        made.rmdir()
        assert store.folder_of(capture) == tmp_path / "lab" / capture, "moved along with the database"


@pytest.mark.parametrize("given", [None, "elsewhere"])
def test_where_evidence_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str | None) -> None:
    monkeypatch.chdir(tmp_path)
    with Store.open("a.db", evidence_dir=given) as store:
        assert store.capture_folder("c-1") == tmp_path / (given or ".") / "c-1"
        assert store.key_path == tmp_path / "a.db.key"
