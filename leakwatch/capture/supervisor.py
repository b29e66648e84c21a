"""Starts mitmdump and the follower, restarts a follower that died, notices a dead proxy, and drains at the end."""

from __future__ import annotations

import errno
import re
import socket
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from leakwatch.capture.child import Child
from leakwatch.capture.wording import clean
from leakwatch.errors import LeakwatchError

START_SECONDS = 30.0
STOP_SECONDS = 10.0
"""How long mitmdump may take to close its connections before it is killed; its journal loses nothing by that."""
_BACK_OFF = (0.2, 1.0, 2.0, 5.0, 10.0)
_HEALTHY = 30.0
_LISTENING = re.compile(r"listening at (.+)\.\s*$", re.MULTILINE)
_STAMP = re.compile(r"^\[\d\d:\d\d:\d\d\.\d+\]\s*")


class CaptureError(LeakwatchError):
    """A capture cannot be started, or broke off."""


class Supervisor:
    """The two processes of a capture. `say` gets one line for the tester whenever something goes wrong."""

    def __init__(self, proxy: Child, follower: Child, say: Callable[[str], None]) -> None:
        self.proxy = proxy
        self.follower = follower
        self._say = say
        self._restarts = 0
        self._started = 0.0
        self._due = 0.0

    def start(self, interrupted: Callable[[], bool] = lambda: False) -> int:
        """Start both and return the port that the proxy listens on; raises CaptureError with mitmdump's own reason."""
        self.proxy.start()
        deadline = time.monotonic() + START_SECONDS
        while True:
            found = _LISTENING.search(self.proxy.output())
            if found:
                break
            if not self.proxy.running:
                raise CaptureError(f"the proxy did not start: {_reason(self.proxy)}")
            if interrupted():
                self.proxy.kill()
                raise CaptureError("interrupted before the proxy had started; nothing was captured")
            if time.monotonic() > deadline:
                self.proxy.kill()
                raise CaptureError(f"the proxy did not start in {START_SECONDS:.0f} s; see {self.proxy.log}")
            time.sleep(0.05)
        self._start_follower()
        return int(found[1].rpartition(":")[2])

    def watch(self) -> bool:
        """Restart a dead follower when its time has come; False once the proxy is gone."""
        if self._due and time.monotonic() >= self._due:
            self._start_follower()
        elif not self._due and not self.follower.running and self.proxy.running:
            self._schedule_restart()
        if self.proxy.running:
            return True
        self._say(f"the proxy stopped ({_reason(self.proxy)}); what it recorded is kept and gets analysed now")
        return False

    def drain(self, impatient: Callable[[], bool] = lambda: False) -> bool:
        """End the proxy, then let the follower read the journal to its end; True where it did.

        The follower ends by itself once nobody writes the journal any more. `impatient` is asked meanwhile: a second
        Ctrl-C leaves the rest of the analysis to `leakwatch analyse`.
        """
        self.proxy.ask_to_end()
        if not _wait(self.proxy, STOP_SECONDS, impatient):
            self.proxy.kill()
        for pause in _BACK_OFF[:3]:
            if not self.follower.running and self.follower.status != 0:
                self._start_follower()
            if not _wait(self.follower, float("inf"), impatient):
                break
            if self.follower.status == 0:
                return True
            self._say(f"the analysis stopped ({_reason(self.follower)}); trying again in {pause:g} s")
            time.sleep(pause)
        self.kill()
        return False

    def kill(self) -> None:
        """End both at once."""
        self.proxy.kill()
        self.follower.kill()

    def _start_follower(self) -> None:
        self.follower.start()
        self._started, self._due = time.monotonic(), 0.0

    def _schedule_restart(self) -> None:
        if time.monotonic() - self._started > _HEALTHY:
            self._restarts = 0
        pause = _BACK_OFF[min(self._restarts, len(_BACK_OFF) - 1)]
        self._restarts += 1
        self._due = time.monotonic() + pause
        self._say(
            f"the analysis stopped ({_reason(self.follower)}); starting it again in {pause:g} s. "
            "The proxy goes on recording: nothing is lost."
        )


def check_listen(host: str, port: int, udp: bool = False) -> None:
    """Raise CaptureError where a proxy could not listen there: a port in use or refused, an address not ours."""
    if port == 0:
        return
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    try:
        family, _, _, _, address = socket.getaddrinfo(host or "0.0.0.0", port, type=kind)[0]  # noqa: S104 - probed, not served
    except OSError:
        raise CaptureError(f"--listen-host {host}: not an address; give one of this computer's") from None
    with socket.socket(family, kind) as probe:
        if not udp:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            where = f"{host or '*'}:{port}"
            if error.errno == errno.EADDRINUSE:
                raise CaptureError(
                    f"port {where} is in use; stop what uses it or choose another --listen-port"
                ) from None
            raise CaptureError(
                f"cannot listen on {where}: {error.strerror}; choose --listen-host, --listen-port"
            ) from None


def mitmdump() -> Path:
    """Return the mitmdump that belongs to this Python; raises CaptureError where it is missing."""
    for folder in (Path(sys.executable).parent, Path(sys.prefix) / "bin"):
        if (folder / "mitmdump").is_file():
            return folder / "mitmdump"
    raise CaptureError(f"mitmdump is not beside {sys.executable}; install leakwatch again")


def proxy_command(
    addon: Path, mode: str, host: str, port: int, confdir: Path | None, options: Sequence[str]
) -> list[str]:
    """Return mitmdump's command line; `options` are the addon's own, as `name=value`."""
    command = [str(mitmdump()), "-s", str(addon), "--mode", mode, "--listen-port", str(port)]
    if host:
        command += ["--listen-host", host]
    settings = ["flow_detail=0", "termlog_verbosity=info", *options]
    if confdir:
        settings.insert(0, f"confdir={confdir}")
    for setting in settings:
        command += ["--set", setting]
    return command


def _wait(child: Child, seconds: float, impatient: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not child.wait(0.1):
        if impatient() or time.monotonic() > deadline:
            return False
    return True


def _reason(child: Child) -> str:
    """The child's last words without mitmproxy's time stamp, short and safe to print."""
    words = _STAMP.sub("", child.last_words()).removeprefix("leakwatch: ")
    if words == "Error logged during startup, exiting...":
        lines = [line for line in child.output().splitlines() if line.strip()]
        words = _STAMP.sub("", lines[-2]) if len(lines) > 1 else words
    return clean(words)[:300]
