"""Databases to test on, SQLite and PostgreSQL alike, and rows to put into them."""

from __future__ import annotations

import getpass
import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from leakwatch.journal.events import Mark
from leakwatch.model import Attribution, FlowSummary, LeakRecord, Party
from leakwatch.store import Store

START = 1795000000.0  # 2026-11-18T11:06:40Z


class Server:
    """A PostgreSQL server of its own; `new()` returns the URL of a fresh, empty database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def start(self) -> None:
        """Make the cluster (C locale, no fsync: nothing here outlives the tests) and start it on a socket only."""
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run(
            "initdb", "-D", str(self.folder / "data"), "-A", "trust", "-U", "leakwatch", "-E", "UTF8", "--no-sync"
        )
        options = f"-c listen_addresses= -k {self.folder} -c fsync=off -c max_connections=40"
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")

    def new(self) -> str:
        """Empty the one database: to make another for each test leaves thousands of files to be deleted."""
        with psycopg.connect(f"host={self.folder} user=leakwatch dbname=postgres", autocommit=True) as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(f"{others} AND backend_type = 'client backend'".encode())
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return f"postgresql+psycopg://leakwatch@/postgres?host={self.folder}"

    def _run(self, *command: str) -> None:
        # PostgreSQL refuses to run as root; in a container the tests often do.
        prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        done = subprocess.run([*prefix, *command], cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    missing = [name for name in ("initdb", "pg_ctl") if not shutil.which(name)]
    if missing:
        pytest.skip(f"PostgreSQL is not installed ({', '.join(missing)} not on PATH)")
    if os.getuid() == 0 and not shutil.which("runuser"):
        pytest.skip(f"PostgreSQL does not run as {getpass.getuser()}, and there is no runuser")
    # A short path of its own: a socket's path may have 107 bytes, and pytest's folders are closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="lw-pg-"))
    found = Server(folder)
    found.start()
    yield found
    found.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that does not exist yet (SQLite) or is empty (PostgreSQL)."""
    if request.param == "sqlite":
        return str(tmp_path / "data" / "test.db")
    new: str = request.getfixturevalue("server").new()
    return new


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    with Store.open(url, evidence_dir=tmp_path / "evidence") as opened:
        yield opened


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    with Store.open(str(tmp_path / "test.db")) as opened:
        yield opened


@pytest.fixture
def record() -> Callable[..., LeakRecord]:
    """Make a leak record; every field may be given, `leak` and `exchange` count up."""
    numbers = itertools.count()

    def make(**given: Any) -> LeakRecord:
        number = next(numbers)
        facts: dict[str, Any] = {
            "leak": f"{number:04x}{'ab' * 6}",
            "capture": "",
            "exchange": f"x{number}",
            "source": "",
            "index": number,
            "time": "2026-11-18T11:06:41.500Z",
            "phase": "",
            "consent": "",
            "boundary": False,
            "app": "com.example.app",
            "app_evidence": "assumed",
            "direction": "request",
            "protocol": "http/2",
            "method": "POST",
            "url": "https://log.umeng.example/v1",
            "host": "log.umeng.example",
            "ip": "192.0.2.7",
            "port": 443,
            "location": "body.json:$.imei",
            "identifier": "imei",
            "kind": "imei",
            "chain": ("gzip", "json", "md5"),
            "form": "",
            "offset": 120,
            "length": 32,
            "value": "8679********585",
            "confidence": "certain",
            "chance": 1e-38,
            "party": "third",
            "sdk": "umeng",
            "sdk_name": "Umeng",
            "company": "Umeng",
            "parent": "Alibaba",
            "country": "CN",
            "category": "analytics",
            "reason": "md5",
        }
        return LeakRecord(**{**facts, **given})

    return make


@pytest.fixture
def flow() -> Callable[..., FlowSummary]:
    """Make a flow's summary for an exchange."""

    def make(exchange: str, **given: Any) -> FlowSummary:
        attribution = Attribution(Party.THIRD, "umeng", "Umeng", "Umeng", "Alibaba", "CN", "analytics", "by its host")
        facts: dict[str, Any] = {
            "index": 0,
            "time": START + 1.5,
            "protocol": "http/2",
            "method": "POST",
            "url": "https://log.umeng.example/v1",
            "host": "log.umeng.example",
            "ip": "192.0.2.7",
            "port": 443,
            "status": 200,
            "sent": 300,
            "received": 100,
            "tls": True,
            "attribution": attribution,
        }
        return FlowSummary(exchange=exchange, **{**facts, **given})

    return make


@pytest.fixture
def mark() -> Callable[..., Mark]:
    """Make a mark `after` seconds from the start."""

    def make(name: str, after: float, **given: Any) -> Mark:
        return Mark(
            time=START + after, id=name, **{"axes": {"consent": "none"}, "by": "script", "uncertainty": 0.0, **given}
        )

    return make


@pytest.fixture
def run(store: Store) -> tuple[str, str]:
    """A capture and an analysis of it that has begun."""
    capture = store.begin_capture({"device": "pixel-8", "app": "com.example.app", "started": START})
    return capture, store.begin_run(capture, "0.1.0", "signatures")
