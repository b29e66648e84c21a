"""`leakwatch sniff` in a tester's hands: what is in the way is one line; what passes is printed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

SNIFF = [sys.executable, "-m", "leakwatch", "sniff"]


def sniff(*arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*before, *SNIFF, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_without_the_right_to_watch_it_says_so_in_one_line(tmp_path: Path) -> None:
    before: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("setpriv (util-linux) is not here to give up root's right")
        before = ("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw")
    done = sniff("-i", "lo", "--db", str(tmp_path / "x.db"), "--duration", "1", before=before)
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == "leakwatch: sniff needs root (or CAP_NET_RAW): run it again with sudo"
    assert "Traceback" not in done.stderr


def test_what_is_wrong_is_one_line(tmp_path: Path) -> None:
    wrong = {("-i", "nowhere0"): "nowhere0", ("-i", "lo", "--host", "phone"): "--host phone: not an IP"}
    for arguments, words in wrong.items():
        done = sniff(*arguments, "--db", str(tmp_path / "x.db"), "--duration", "1")
        assert done.returncode != 0
        last = done.stderr.splitlines()[-1]
        assert last.startswith("leakwatch: ")
        assert words in last or "needs root" in last


@pytest.mark.skipif(os.geteuid() != 0, reason="watching an interface needs root")
def test_without_a_capture_it_prints_what_it_sees(tmp_path: Path) -> None:
    command = [*SNIFF, "-i", "lo", "--db", str(tmp_path / "x.db"), "--duration", "4"]
    serve = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "18083", "--directory", str(tmp_path)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running,
        subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server,
    ):
        try:
            while running.poll() is None:
                try:
                    urllib.request.urlopen("http://127.0.0.1:18083/", timeout=1).read()
                except OSError:
                    continue
            said, told = running.communicate(timeout=30)
        finally:
            server.kill()
    assert "past the proxy: 127.0.0.1 (http/1.1, port 18083)" in said.splitlines()
    assert "No capture is running in this database" in told
    assert "went past the proxy." in told.splitlines()[-1]
