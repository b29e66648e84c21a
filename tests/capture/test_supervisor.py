"""The supervisor with real child processes: start, restart, drain, and one line for what goes wrong."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from leakwatch.capture import supervisor as module
from leakwatch.capture.child import Child
from leakwatch.capture.supervisor import CaptureError, Supervisor, check_listen, mitmdump, proxy_command

PROXY = """
import fcntl, signal, sys, time
lock = open("lock", "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("[12:00:00.000] HTTP(S) proxy listening at 127.0.0.1:4711.", flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
while True: time.sleep(0.05)
"""
FOLLOWER = """
import fcntl
with open("lock") as lock:
    fcntl.flock(lock, fcntl.LOCK_SH)  # as the real one, it ends when nobody writes any more
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def child(tmp_path: Path, name: str, code: str) -> Child:
    return Child(name, [sys.executable, "-c", code], tmp_path / f"{name}.log")


def pair(tmp_path: Path, proxy: str = PROXY, follower: str = FOLLOWER) -> tuple[Supervisor, list[str]]:
    said: list[str] = []
    return Supervisor(child(tmp_path, "proxy", proxy), child(tmp_path, "follower", follower), said.append), said


def until(condition: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]  # a callable
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_starts_both_and_drains_both(tmp_path: Path) -> None:
    both, said = pair(tmp_path)
    assert both.start() == 4711
    assert both.watch()
    assert both.drain()
    assert (both.proxy.status, both.follower.status, said) == (0, 0, [])
    assert (tmp_path / "proxy.log").stat().st_mode & 0o777 == 0o600


def test_a_killed_follower_is_started_again(tmp_path: Path) -> None:
    both, said = pair(tmp_path)
    both.start()
    first = both.follower.pid
    os.kill(first, signal.SIGKILL)
    until(lambda: both.watch() and both.follower.running and both.follower.pid != first)
    assert said == [
        "the analysis stopped (killed by SIGKILL); starting it again in 0.2 s. "
        "The proxy goes on recording: nothing is lost."
    ]
    assert both.drain()


def test_a_follower_that_keeps_failing_is_started_less_and_less_often(tmp_path: Path) -> None:
    both, said = pair(tmp_path, follower="import sys; sys.exit('leakwatch: database x is locked')")
    both.start()
    until(lambda: both.watch() and len(said) >= 2)
    both.kill()
    assert "(database x is locked); starting it again in 0.2 s" in said[0]
    assert "starting it again in 1 s" in said[1]


def test_a_dead_proxy_is_noticed(tmp_path: Path) -> None:
    both, said = pair(tmp_path)
    both.start()
    os.kill(both.proxy.pid, signal.SIGKILL)
    until(lambda: not both.watch())
    assert said[0].startswith("the proxy stopped (killed by SIGKILL)")
    assert both.drain()


def test_a_follower_that_died_is_started_again_to_drain(tmp_path: Path) -> None:
    both, _ = pair(tmp_path)
    both.start()
    os.kill(both.follower.pid, signal.SIGKILL)
    both.follower.wait(5)
    assert both.drain()
    assert both.follower.status == 0


def test_a_second_interrupt_does_not_wait_for_the_analysis(tmp_path: Path) -> None:
    stubborn = "import time; time.sleep(60)"
    both, _ = pair(tmp_path, follower=stubborn)
    both.start()
    asked = time.monotonic()
    assert not both.drain(impatient=lambda: time.monotonic() > asked + 0.5)
    assert not both.follower.running
    assert time.monotonic() - asked < 5


def test_a_proxy_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.3)
    both, _ = pair(tmp_path, proxy=PROXY.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN"))
    both.start()
    assert both.drain()
    assert both.proxy.status == -signal.SIGKILL


def test_a_proxy_that_does_not_start_says_why_in_one_line(tmp_path: Path) -> None:
    words = "[12:00:00.000] cannot do it\\nError logged during startup, exiting..."
    both, _ = pair(tmp_path, proxy=f"import sys; print('{words}'); sys.exit(1)")
    with pytest.raises(CaptureError, match=r"^the proxy did not start: cannot do it$"):
        both.start()
    assert not both.follower.running


def test_what_a_child_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    both, _ = pair(tmp_path, proxy="import sys; sys.exit('\\x1b[2Jbad')")
    with pytest.raises(CaptureError, match="did not start: ·") as caught:
        both.start()
    assert "\x1b" not in str(caught.value)


def test_ctrl_c_in_the_terminal_reaches_no_child(tmp_path: Path) -> None:
    both, _ = pair(tmp_path)
    both.start()
    assert os.getsid(both.proxy.pid) == both.proxy.pid
    assert os.getsid(both.follower.pid) == both.follower.pid
    both.kill()


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells children of our death on Linux only")
def test_the_proxy_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from leakwatch.capture.child import Child
child = Child("proxy", [sys.executable, "-c", {PROXY!r}], Path({str(tmp_path)!r}) / "log", bound=True)
child.start(); print(child.pid, flush=True); time.sleep(60)
"""
    import subprocess

    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        until(lambda: "listening" in (tmp_path / "log").read_text())
        parent.kill()
        until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_a_port_in_use_is_known_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CaptureError, match=rf"port 127\.0\.0\.1:{port} is in use; .*--listen-port"):
            check_listen("127.0.0.1", port)
    check_listen("127.0.0.1", port)
    check_listen("127.0.0.1", 0)


def test_an_address_of_another_computer_is_refused() -> None:
    with pytest.raises(CaptureError, match=r"cannot listen on 192\.0\.2\.7:8080"):
        check_listen("192.0.2.7", 8080)
    with pytest.raises(CaptureError, match="not an address"):
        check_listen("no such host", 8080)


def test_the_command_is_mitmdump_never_mitmweb() -> None:
    assert mitmdump().name == "mitmdump"
    command = proxy_command(Path("/a/addon.py"), "regular", "", 8080, Path("/c"), ["leakwatch_db=x"])
    assert command[1:3] == ["-s", "/a/addon.py"]
    assert "confdir=/c" in command
    assert "leakwatch_db=x" in command
    assert not any("mitmweb" in word for word in command)
