"""`leakwatch proxy` as a tester meets it: what is in the way is one line, leaks are data, the summary follows."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import pty
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leakwatch.store import Store, queries

IMEI = "867900045123877"
PROFILE = f"""\
version: 1
device: {{label: pixel-8, region: CN}}
identifiers: [{{type: imei, name: imei, value: "{IMEI}"}}]
apps: [{{package: com.example.app, first_party_domains: [example.com]}}]
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "phone.yaml").write_text(PROFILE)
    return tmp_path


@pytest.fixture
def endpoint() -> Iterator[int]:
    """A plain HTTP server that answers `ok`."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def arguments(folder: Path, port: int, *options: str) -> list[str]:
    command = [sys.executable, "-m", "leakwatch", "proxy", "--device", str(folder / "phone.yaml")]
    command += ["--app", "com.example.app", "--db", str(folder / "leakwatch.db"), "--confdir", str(folder / "confdir")]
    return [*command, "--listen-host", "127.0.0.1", "--listen-port", str(port), *options]


def post(port: int, endpoint: int, value: str = IMEI) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = json.dumps({"imei": value})
    connection.request("POST", f"http://127.0.0.1:{endpoint}/c", body, {"Content-Type": "application/json"})
    answer = connection.getresponse().read()
    connection.close()
    return answer


def until(condition: Callable[[], object], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


class Run:
    """A proxy whose output goes to files."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.port = folder, free_port()
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            command = arguments(folder, self.port, *options)
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)

    def __enter__(self) -> Run:
        until(lambda: "Join:" in self.err.read_text() or self.process.poll() is not None)
        assert self.process.poll() is None, self.err.read_text()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def lines(self) -> list[str]:
        return self.out.read_text().splitlines()


def test_json_lines_are_records_and_everything_else_is_on_stderr(folder: Path, endpoint: int) -> None:
    with Run(folder, "--format", "jsonl", "--examiner", "王芳", "--case", "7", "--phase", "consent=none") as run:
        assert post(run.port, endpoint) == b"ok"
        until(lambda: run.lines())
        assert run.end() == 0
    (record,) = map(json.loads, run.lines())
    assert (record["identifier"], record["chain"], record["phase"]) == ("imei", ["json"], "before_consent")
    assert IMEI not in run.out.read_text() + run.err.read_text()
    said = run.err.read_text()
    assert "1. Join: set the emulator's or program's proxy to 127.0.0.1" in said
    assert "phone seen ✓" in said
    assert "1 identifier went to 1 recipient; before consent." in said
    with Store.open(str(folder / "leakwatch.db")) as store:
        (row,) = queries.captures(store)
    assert (row["examiner"], row["case_no"], row["app"], row["device"]) == ("王芳", "7", "com.example.app", "pixel-8")
    assert row["ended"] > row["started"]


def test_without_a_terminal_lines_are_plain_and_repeats_are_folded(folder: Path, endpoint: int) -> None:
    with Run(folder) as run:
        for _ in range(3):
            post(run.port, endpoint)
        until(lambda: run.lines())
        assert run.end(signal.SIGTERM) == 0
    lines = run.lines()
    assert "\x1b" not in run.out.read_text()
    assert [line for line in lines if "→" in line and line[2] == ":"] == [lines[0]]
    assert lines[0].endswith("before consent  imei          json → 127.0.0.1 (unknown party)")
    assert "×3" in run.out.read_text()


def test_everything_that_is_kept_is_private(folder: Path, endpoint: int) -> None:
    with Run(folder, "--encrypt-journal", str(folder / "key")) as run:
        run.end()
    (capture,) = (p for p in folder.iterdir() if p.name.startswith("c-"))
    assert capture.stat().st_mode & 0o777 == 0o700
    for path in [*capture.iterdir(), folder / "leakwatch.db", folder / "key"]:
        if path.is_file():
            assert path.stat().st_mode & 0o777 == 0o600, path


def test_an_encrypted_journal_is_analysed_live_and_anew(folder: Path, endpoint: int) -> None:
    with Run(folder, "--encrypt-journal", str(folder / "key"), "--format", "jsonl") as run:
        post(run.port, endpoint)
        until(lambda: run.lines())
        assert run.end() == 0
    journal = next(folder.glob("c-*/journal"))
    assert IMEI.encode() not in journal.read_bytes()
    anew = [sys.executable, "-m", "leakwatch", "analyse", "--db", str(folder / "leakwatch.db"), "--format", "jsonl"]
    done = subprocess.run(anew, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (json.loads(done.stdout)["leaks"], json.loads(done.stdout)["leaks_before"]) == (1, 1)


def test_quiet_prints_the_summary_only(folder: Path) -> None:
    command = arguments(folder, free_port(), "--duration", "0", "--quiet")
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[1].startswith("com.example.app on pixel-8")


def test_duration_ends_it_and_nothing_claims_nothing(folder: Path) -> None:
    done = subprocess.run(
        arguments(folder, free_port(), "--duration", "0.5"), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    assert "Nothing reached the proxy: this says nothing about the app." in done.stdout


def test_a_proxy_that_dies_is_said_and_its_journal_analysed(folder: Path, endpoint: int) -> None:
    with Run(folder) as run:
        post(run.port, endpoint)
        pids = Path(f"/proc/{run.process.pid}/task/{run.process.pid}/children").read_text().split()
        proxy = next(pid for pid in pids if "mitmdump" in Path(f"/proc/{pid}/cmdline").read_text())
        os.kill(int(proxy), signal.SIGKILL)
        assert run.process.wait(60) == 2
    assert "the proxy stopped (killed by SIGKILL)" in run.err.read_text()
    assert "1 identifier went to 1 recipient" in run.out.read_text()


def test_on_a_terminal_keys_mark_and_q_sums_up(folder: Path, endpoint: int) -> None:
    port = free_port()
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS="80", LINES="24", TERM="xterm-256color")
        command = arguments(folder, port)
        os.execv(command[0], command)
    screen = bytearray()

    def shows(words: str) -> bool:
        while select.select([terminal], [], [], 0.05)[0]:
            try:
                screen.extend(os.read(terminal, 1 << 16))
            except OSError:
                break
        return words in screen.decode("utf-8", "replace")

    try:
        until(lambda: shows("Waiting for the phone"))
        assert "█▀" not in screen.decode("utf-8", "replace"), "no phone can reach loopback"
        post(port, endpoint)
        until(lambda: shows("before consent"))
        os.write(terminal, b"?")
        until(lambda: shows("a agreed"))
        time.sleep(3.2)
        os.write(terminal, b"a")
        until(lambda: shows("Tap Agree now"))
        until(lambda: shows("consented for"))
        post(port, endpoint)
        until(lambda: shows("2 flows"))
        os.write(terminal, b"q")
        until(lambda: shows("Try next"))
        assert os.waitpid(pid, 0)[1] == 0
    finally:
        os.close(terminal)
    with Store.open(str(folder / "leakwatch.db")) as store:
        assert sorted(row["phase"] for row in queries.leaks(store)) == ["before_consent", "consented"]


# -- what is in the way ------------------------------------------------------------------------------------------------


def refused(folder: Path, *options: str, port: int = 0) -> str:
    """Run a proxy that must not start; return its one line."""
    command = arguments(folder, port or free_port(), *options)
    done = subprocess.run(command, capture_output=True, text=True, timeout=90)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("leakwatch: ")
    assert IMEI not in line
    assert not list(folder.glob("c-*/journal"))
    return line


def test_a_port_in_use(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "is in use" in refused(folder, port=taken.getsockname()[1])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--mode", "regularr"], "--mode regularr: unknown mode; use regular"),
        (["--mode", "reverse:http://x"], "not a mode for a phone"),
        (["--mode", "upstream:"], "--mode upstream:"),
        (["--phase", "agreeed"], "'agreeed' is unknown"),
        (["--stream-over", "big"], "--stream-over big: not a size"),
        (["--listen-host", "192.0.2.7"], "cannot listen on 192.0.2.7"),
        (["--device", "/nowhere/phone.yaml"], "/nowhere/phone.yaml"),
        (["--apk", "/nowhere/app.apk"], "/nowhere/app.apk: No such file"),
        (["--encrypt-journal", "/nowhere/key"], "/nowhere/key: the journal's key"),
    ],
)
def test_a_wrong_option(folder: Path, options: list[str], words: str) -> None:
    assert words in refused(folder, *options)


def test_a_malformed_profile(folder: Path) -> None:
    (folder / "phone.yaml").write_text(PROFILE.replace("type: imei", "type: imeii"))
    assert "phone.yaml:3" in refused(folder)


def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    (folder / "file").write_text("")
    assert "file" in refused(folder, "--db", str(folder / "file" / "leakwatch.db"))
    assert "file" in refused(folder, "--evidence-dir", str(folder / "file"))


def test_a_file_that_is_no_database(folder: Path) -> None:
    (folder / "leakwatch.db").write_text("this is a text, and a long enough one")
    assert "is not a database" in refused(folder)


def test_a_newer_database(folder: Path) -> None:
    Store.open(str(folder / "leakwatch.db")).close()
    with sqlite3.connect(folder / "leakwatch.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "newer leakwatch" in refused(folder)


def test_a_locked_database(folder: Path) -> None:
    Store.open(str(folder / "leakwatch.db")).close()
    connection = sqlite3.connect(folder / "leakwatch.db", isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    try:
        assert "is locked" in refused(folder)
    finally:
        connection.close()
