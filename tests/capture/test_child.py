"""Child processes: private logs, last words, and an end that is asked for before it is forced."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from leakwatch.capture.child import Child


def child(tmp_path: Path, code: str, **options: object) -> Child:
    return Child("test", [sys.executable, "-c", code], tmp_path / "log", **options)  # type: ignore[arg-type]  # named


def test_its_output_goes_to_a_private_log(tmp_path: Path) -> None:
    one = child(tmp_path, "import sys; print('out'); print('err', file=sys.stderr)")
    one.start()
    assert one.wait(20)
    assert set(one.output().split()) == {"out", "err"}
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600
    assert (one.status, one.running) == (0, False)


def test_only_what_it_said_since_its_last_start_counts(tmp_path: Path) -> None:
    one = child(tmp_path, "import os; print(os.getpid())")
    for _ in range(2):
        one.start()
        assert one.wait(20)
    assert one.output().strip() == str(one.pid)
    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_its_last_words_are_its_last_line_or_how_it_ended(tmp_path: Path) -> None:
    for code, words in (
        ("print('one'); print('two'); print()", "two"),
        ("import sys; sys.exit(3)", "exit status 3"),
        ("import os; print('x', flush=True); os.kill(os.getpid(), 9)", "killed by SIGKILL"),
    ):
        one = child(tmp_path, code)
        one.start()
        assert one.wait(20)
        assert one.last_words() == words


def test_it_is_asked_then_killed(tmp_path: Path) -> None:
    one = child(
        tmp_path, "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    )
    one.start()
    while "up" not in one.output():
        assert not one.wait(0.02)
    one.ask_to_end()
    assert not one.wait(0.3)
    one.kill()
    assert one.status == -signal.SIGKILL
    one.ask_to_end()
    one.kill()


def test_its_standard_output_may_go_elsewhere_and_its_environment_grows(tmp_path: Path) -> None:
    read, write = os.pipe()
    one = child(tmp_path, "import os; print(os.environ['WORD'])", stdout=write, env={"WORD": "hello"})
    one.start()
    assert one.wait(20)
    assert os.read(read, 100) == b"hello\n"
    assert one.output() == ""
    os.close(read)
    os.close(write)


def test_what_was_never_started_is_not_running(tmp_path: Path) -> None:
    one = child(tmp_path, "")
    assert (one.pid, one.status, one.running, one.wait(0), one.output()) == (0, None, False, True, "")
