"""Run the demo: stand-in endpoints, a real `leakwatch proxy`, the simulated phone; then the proxy's own summary."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from leakwatch.demo import world
from leakwatch.demo.certificates import write_certificates
from leakwatch.errors import LeakwatchError

PROXY_START = 15.0
"""Seconds that the proxy may take until it listens."""
DRAIN = 12.0
"""Seconds that the proxy may take, after the story, to finish the analysis and print its summary."""


INTRODUCTION = f"""\
A simulated phone runs {world.PACKAGE}, a made-up travel app, for about 20 seconds through a real proxy.
Every host it talks to is a stand-in on this computer. Halfway through, its user agrees to the privacy policy.
"""


@dataclass(frozen=True)
class Demo:
    """One run: `folder` (mode 0700) gets the profile, certificates and, unless `db` says otherwise, the database."""

    folder: Path
    db: str
    format: str = "table"
    pace: float = 1.0
    quiet: bool = False

    def run(self) -> int:
        """Play the story once and return the proxy's exit status; Ctrl-C ends it early, with a summary all the same."""
        if not self.quiet:
            sys.stderr.write(INTRODUCTION)
        profile = self.folder / "phone.yaml"
        profile.touch(mode=0o600)
        profile.write_text(world.PROFILE, encoding="utf-8")
        own_ca, leaf = write_certificates(self.folder, world.HOSTS)
        confdir = self.folder / "mitmproxy"
        confdir.mkdir(mode=0o700, exist_ok=True)
        (confdir / "config.yaml").write_text(f"ssl_verify_upstream_trusted_ca: {own_ca}\n", encoding="utf-8")
        with _endpoints(leaf) as upstream, _proxy(self._proxy_command(profile, confdir, upstream)) as (proxy, port):
            _wait_for(proxy, port, confdir / "mitmproxy-ca-cert.pem")
            try:
                self._play(port, confdir / "mitmproxy-ca-cert.pem", own_ca, proxy)
            except KeyboardInterrupt:
                pass
            return _finish(proxy)

    def _proxy_command(self, profile: Path, confdir: Path, upstream: int) -> list[str]:
        command = [
            sys.executable, "-m", "leakwatch", "proxy", "--device", str(profile), "--app", world.PACKAGE,
            "--app-version", world.APP_VERSION, "--db", self.db, "--confdir", str(confdir), "--note", "leakwatch demo",
            "--mode", f"upstream:http://127.0.0.1:{upstream}", "--listen-host", "127.0.0.1", "--simulated",
            "--format", self.format,
        ]  # fmt: skip
        return [*command, "--quiet"] if self.quiet else command

    def _play(self, port: int, ca: Path, own_ca: Path, proxy: subprocess.Popen[str]) -> None:
        command = [
            sys.executable, "-m", "leakwatch.demo.phone", "--proxy-port", str(port), "--ca", str(ca),
            "--own-ca", str(own_ca), "--pace", str(self.pace),
        ]  # fmt: skip
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as phone:
            assert phone.stdin and phone.stdout
            try:
                for line in phone.stdout:
                    if line.strip() == "agree":
                        self._mark_consent()
                        phone.stdin.write("tapped\n")
                        phone.stdin.flush()
                    if proxy.poll() is not None:
                        break
            except KeyboardInterrupt:
                phone.terminate()
                raise
            if proxy.poll() is not None:
                phone.terminate()
        if phone.returncode not in (0, -signal.SIGTERM, 130):
            raise LeakwatchError(f"the simulated phone failed with status {phone.returncode}; run the demo again")

    def _mark_consent(self) -> None:
        """Set the mark as a script does: the tap follows within its stated uncertainty."""
        subprocess.run(
            [sys.executable, "-m", "leakwatch", "mark", "consent=given", "--db", self.db, "--uncertainty", "0.5"],
            check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def _endpoints(leaf: Path) -> Iterator[int]:
    """Start the stand-ins and give their port; they end when their standard input closes."""
    command = [sys.executable, "-m", "leakwatch.demo.standins", "--certificate", str(leaf)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as endpoints:
        assert endpoints.stdin and endpoints.stdout
        try:
            yield int(endpoints.stdout.readline() or 0)
        finally:
            endpoints.stdin.close()


@contextmanager
def _proxy(command: list[str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start the proxy on a free port, on this terminal; kill it if the demo itself fails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    proxy = subprocess.Popen([*command, "--listen-port", str(port)], text=True)
    try:
        yield proxy, port
    finally:
        if proxy.poll() is None:
            proxy.kill()
        proxy.wait()


def _wait_for(proxy: subprocess.Popen[str], port: int, ca: Path) -> None:
    """Return when the proxy listens and has written its CA; raise LeakwatchError where it does not."""
    deadline = time.monotonic() + PROXY_START
    while time.monotonic() < deadline:
        if proxy.poll() is not None:
            raise LeakwatchError("the proxy did not start (its own message is above)")
        if ca.exists() and _listens(port):
            return
        time.sleep(0.1)
    raise LeakwatchError(f"the proxy did not listen on port {port} within {PROXY_START:.0f} s; run the demo again")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _finish(proxy: subprocess.Popen[str]) -> int:
    """Ask the proxy to drain and wait for its summary.

    By SIGTERM: a Ctrl-C has reached the proxy too, and a second SIGINT would mean "do not drain".
    """
    if proxy.poll() is None:
        proxy.send_signal(signal.SIGTERM)
    try:
        return proxy.wait(DRAIN)
    except subprocess.TimeoutExpired:
        raise LeakwatchError(f"the proxy did not finish within {DRAIN:.0f} s; its journal is kept") from None
    except KeyboardInterrupt:
        return proxy.wait(DRAIN)
