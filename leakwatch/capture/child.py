"""A child process with its output in a private log file: started, watched, asked to end, and its last words."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_TAIL = 8192


class Child:
    """A process in a session of its own, so that Ctrl-C in the terminal reaches only us.

    Its output goes to `log` (0600), or its standard output to the descriptor `stdout`.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        env: Mapping[str, str] | None = None,
        bound: bool = False,
        stdout: int | None = None,
    ) -> None:
        self.name = name
        self.command = list(command)
        self.log = log
        self._env = {**os.environ, **(env or {})}
        self._bound = bound
        self._stdout = stdout
        self._process: subprocess.Popen[bytes] | None = None
        self._from = 0

    def start(self) -> None:
        """Start it (again); `bound` children are asked to end by the kernel when we die without a word (Linux)."""
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            self._from = os.fstat(descriptor).st_size
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=descriptor if self._stdout is None else self._stdout,
                stderr=descriptor,
                env=self._env,
                start_new_session=True,
                preexec_fn=_die_with_parent if self._bound and sys.platform == "linux" else None,  # noqa: PLW1509 - no threads here
            )
        finally:
            os.close(descriptor)

    @property
    def pid(self) -> int:
        """The process id; 0 before the first start."""
        return self._process.pid if self._process else 0

    @property
    def status(self) -> int | None:
        """The exit status, negative for a signal; None while it runs (or was never started)."""
        return self._process.poll() if self._process else None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        """What it has written since its last start, the last 8 kB at most."""
        try:
            with self.log.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(self._from, end - _TAIL))
                return file.read().decode("utf-8", "replace")
        except OSError:
            return ""

    def last_words(self) -> str:
        """The last line that it wrote, or how it ended where it wrote none."""
        lines = [line.strip() for line in self.output().splitlines() if line.strip()]
        if self.status is not None and self.status < 0:
            return f"killed by {signal.Signals(-self.status).name}"
        return lines[-1] if lines else f"exit status {self.status}"

    def ask_to_end(self) -> None:
        """Send SIGTERM; for us that means: finish what you have, then end."""
        if self.running and self._process:
            self._process.terminate()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False where it still runs."""
        if self._process is None:
            return True
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """End it at once and collect it."""
        if self.running and self._process:
            self._process.kill()
            self._process.wait()


def _die_with_parent() -> None:  # pragma: no cover - runs between fork and exec
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
