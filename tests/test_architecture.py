"""The rules of the tree that tools check: import contracts, types, lint; and what `--help` may not import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from leakwatch.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {"mitmproxy", "scapy", "sqlalchemy", "alembic", "pydantic", "hyperscan", "rich", "yaml"}
"""What `--help` does without: the four that DESIGN §3 names, and others that cost it more than click itself."""


def run(*arguments: str, timeout: float = 110) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
    )


def imported_by(code: str) -> set[str]:
    """The top-level packages that running `code` in a fresh interpreter imports."""
    listing = "import sys; print('\\n'.join({name.partition('.')[0] for name in sys.modules}))"
    done = run("-c", f"{code}\n{listing}")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_imports_go_one_way() -> None:
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_ruff_is_content() -> None:
    done = run("-m", "ruff", "check", "--output-format=concise", "leakwatch", "tests", "addons", "db", "bench")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


@pytest.mark.timeout(300)  # the first run, without a cache, reads the libraries too
def test_mypy_is_content() -> None:
    done = run("-m", "mypy", "--no-error-summary", timeout=290)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


HELP = """
import contextlib, io
from leakwatch.cli import cli
with contextlib.redirect_stdout(io.StringIO()) as out:
    cli(["--help"], standalone_mode=False)
assert "Commands:" in out.getvalue()
"""


def test_help_imports_nothing_heavy() -> None:
    assert imported_by(HELP) & HEAVY == set()


def test_the_analysis_needs_no_database_and_no_command_line() -> None:
    rooms = [
        "detector",
        "analysis",
        "parts",
        "decoders",
        "matching",
        "attribution",
        "identifiers",
        "journal",
        "sources",
    ]
    loaded = imported_by("; ".join(f"import leakwatch.{room}" for room in rooms))
    assert loaded & {"sqlalchemy", "alembic", "click", "mitmproxy", "scapy", "starlette"} == set()


def test_a_scan_that_stores_nothing_needs_no_database() -> None:
    loaded = imported_by("import leakwatch.cli.scan, leakwatch.offline.scan, leakwatch.store.expressions")
    assert loaded & {"sqlalchemy", "alembic", "mitmproxy", "scapy"} == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    done = run("-m", "leakwatch", name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage:")


def test_no_mitmproxy_or_scapy_where_it_does_not_belong() -> None:
    """mitmproxy only in `sources` and `capture` (and what starts it); scapy only lazily, inside functions."""
    for module in (ROOT / "leakwatch").rglob("*.py"):
        place = module.relative_to(ROOT / "leakwatch").as_posix()
        lines = module.read_text("utf-8").splitlines()
        if any(line.lstrip().startswith(("import mitmproxy", "from mitmproxy")) for line in lines):
            assert place.startswith(("sources/mitmproxy", "capture/", "demo/")), place
        at_import = [line for line in lines if line.startswith(("import scapy", "from scapy"))]
        assert not at_import, f"{place}: scapy is imported lazily (GPL-2.0-only, and slow to load)"


def test_the_ci_script_parses_and_may_be_run() -> None:
    script = ROOT / ".ci" / "run"
    if not script.parent.is_dir():
        pytest.skip(".ci is not part of a source archive")
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)
