"""Whatever a database refuses is one line with what, where and what to do; nothing recorded is lost by it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from leakwatch.errors import StoreError
from leakwatch.store import Batch, Store, queries

Make = Callable[..., Any]


def refused(url: str, **options: Any) -> str:
    """What opening says; exactly one line that names the database."""
    with pytest.raises(StoreError) as error:
        Store.open(url, **options).close()
    line = str(error.value)
    assert line.startswith("database ") and "\n" not in line
    return line


def test_a_folder(tmp_path: Path) -> None:
    assert "is a folder" in refused(str(tmp_path))


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "cannot be opened" in refused(str(tmp_path / "file" / "a.db"))


def test_a_missing_database_is_not_made_by_a_reader(tmp_path: Path) -> None:
    assert "does not exist" in refused(str(tmp_path / "a.db"), create=False)
    assert not (tmp_path / "a.db").exists()


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to have a header" * 20, b"{}", b"\0" * 4096]
)
def test_not_a_database(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.db").write_bytes(content)
    assert "is not a database" in refused(str(tmp_path / "a.db"))
    assert (tmp_path / "a.db").read_bytes() == content


def test_a_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Store.open(str(path)).close()
    data = bytearray(path.read_bytes())
    data[200:] = os.urandom(len(data) - 200)
    path.write_bytes(data)
    assert "damaged" in refused(str(path)) or "not a database" in refused(str(path))


def test_somebody_elses_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    assert "belongs to another program" in refused(str(tmp_path / "a.db"))


def test_a_newer_database(url: str) -> None:
    with Store.open(url) as store, store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "was written by a newer leakwatch (its schema is 9999)" in refused(url)


def test_a_locked_database(tmp_path: Path, run_on: Callable[[Store], tuple[str, str]]) -> None:
    with Store.open(str(tmp_path / "a.db"), timeout=0.2) as store:
        capture, run = run_on(store)
        other = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="is locked by another program"):
            store.write(Batch(capture, run, offset=1))
        assert list(queries.captures(store))  # readers are not kept out
        other.execute("ROLLBACK")
        other.close()
        store.write(Batch(capture, run, offset=1))


@pytest.fixture
def run_on() -> Callable[[Store], tuple[str, str]]:
    def begin(store: Store) -> tuple[str, str]:
        capture = store.begin_capture({})
        return capture, store.begin_run(capture, "", "")

    return begin


FILL = """
import resource, sys
from leakwatch.errors import StoreError
from leakwatch.model import LedgerEntry
from leakwatch.store import Batch, Store
store = Store.open(sys.argv[1])
capture = store.begin_capture({})
run = store.begin_run(capture, "", "")
if len(sys.argv) > 2:
    import signal
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
done = 0
try:
    while done < 2000:
        entries = [LedgerEntry(float(done), "opaque", detail="x" * 900) for _ in range(20)]
        store.write(Batch(capture, run, ledger=entries, offset=done + 1))
        done += 1
except StoreError as error:
    print(done, error, sep="|")
"""


def fill(path: Path, *limit: str) -> tuple[int, str]:
    """Write until it is refused; return how many batches were committed and what the refusal said."""
    done = subprocess.run([sys.executable, "-c", FILL, str(path), *limit], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    number, _, told = done.stdout.strip().partition("|")
    return int(number), told


def committed(path: Path) -> int:
    with Store.open(str(path)) as store:
        capture = queries.resolve_capture(store, None)
        with store.reading() as connection:
            rows = connection.execute(text("SELECT count(*) FROM ledger")).scalar()
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        found = store.resume_run(capture)
        assert found is not None
        assert rows == found[1] * 20
        return found[1]


def test_a_file_size_limit(tmp_path: Path) -> None:
    number, told = fill(tmp_path / "a.db", str(1_500_000))
    assert number > 0
    assert "cannot be read or written" in told or "disk is full" in told
    assert "\n" not in told
    assert committed(tmp_path / "a.db") == number


def test_a_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        number, told = fill(disk / "a.db")
        assert number > 0
        assert "full" in told
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        assert committed(disk / "a.db") == number
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_read_only_folder(tmp_path: Path) -> None:
    """As root, whom modes do not stop, on a disk that is mounted read-only."""
    folder = tmp_path / "folder"
    folder.mkdir()
    if os.getuid():
        folder.chmod(0o500)
        assert "cannot be opened" in refused(str(folder / "a.db"))
        return
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("root in this container may not mount")
    try:
        assert "Read-only file system" in refused(str(folder / "a.db"))
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_read_only_database(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Store.open(str(path)).close()
    with Store.open(str(path)) as store, store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreError, match="is read-only"), store.writing() as other:
            other.exec_driver_sql("PRAGMA query_only=ON")
            other.execute(text("DELETE FROM capture"))


def test_no_server_and_no_such_database(server: Any) -> None:
    assert "cannot be reached" in refused("postgresql://u:hush@127.0.0.1:1/n", timeout=2)
    assert "hush" not in refused("postgresql://u:hush@127.0.0.1:1/n", timeout=2)
    assert "does not exist" in refused(server.new().replace("@/postgres", "@/none"))


def test_no_value_in_an_error(sqlite: Store, record: Make) -> None:
    with pytest.raises(StoreError) as error:
        sqlite.write(Batch("no capture", "no run", [record(value="867900000000585")]))
    shown = f"{error.value!r} {error.value.__cause__!r} {error.value.__cause__}"
    assert "867900000000585" not in shown
