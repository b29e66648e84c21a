"""The documents tell the truth: every command is in them, every command in them exists, every link leads somewhere."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from leakwatch.cli import COMMANDS, cli
from leakwatch.journal.marks import APP, CONSENT, SWITCHES
from leakwatch.model import LEDGER_KINDS, Confidence, Party

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


def name_of(document: Path) -> str:
    return document.relative_to(ROOT).as_posix()


def blocks() -> Iterator[tuple[str, str, list[str]]]:
    """Every console block: its document, its mark (`run`: really run it), and its commands."""
    for document in DOCUMENTS:
        for mark, text in BLOCK.findall(document.read_text("utf-8")):
            joined = text.replace("\\\n", " ")
            yield name_of(document), mark.strip(), [line[2:] for line in joined.splitlines() if line.startswith("$ ")]


def shown() -> list[tuple[str, str]]:
    """Every `leakwatch …` that a console block shows, with its document."""
    return [(where, line) for where, _, lines in blocks() for line in lines if line.startswith("leakwatch ")]


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The click command that a command line calls, and the words left over."""
    command: click.Command = cli
    context = click.Context(cli)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        inner = command.get_command(context, words[0])
        assert inner is not None, f"there is no command {words[0]!r}"
        command, words = inner, words[1:]
        context = click.Context(command, parent=context)
    return command, words


def all_commands(command: click.Command, path: str) -> Iterator[str]:
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from all_commands(inner, f"{path} {name}")
    else:
        yield path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    told = "\n".join(document.read_text("utf-8") for document in DOCUMENTS)
    command, _ = resolve([name])
    for path in all_commands(command, f"leakwatch {name}"):
        assert re.search(rf"{path}\b", told), f"neither README.md nor docs/ says what `{path}` does"


@pytest.mark.parametrize(("where", "line"), shown())
def test_every_command_shown_exists_with_its_options(where: str, line: str) -> None:
    command, words = resolve(shlex.split(line.partition(" | ")[0].partition(" #")[0])[1:])
    known = {option for parameter in command.params for option in parameter.opts + parameter.secondary_opts}
    for word in words:
        if word.startswith("-") and word != "-":
            assert word.partition("=")[0] in known | {"-h", "--help"}, f"{where}: {line}"


@pytest.mark.parametrize(
    ("where", "lines"), [pytest.param(w, ls, id=f"{w}-{n}") for n, (w, m, ls) in enumerate(blocks()) if m == "run"]
)
def test_blocks_marked_run_run(where: str, lines: list[str], tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "LEAKWATCH_DB": str(tmp_path / "docs.db"), "HOME": str(tmp_path)}
    script = "set -euo pipefail\n" + "\n".join(lines)
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, f"{where}:\n{script}\n{done.stderr}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text("utf-8")):
        if not target.startswith(("http://", "https://", "mailto:", "#")):
            assert (document.parent / target.partition("#")[0]).exists(), target


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:`|\$ )make ([a-z]+)", (ROOT / "README.md").read_text("utf-8")):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_glossary_has_every_word_in_both_languages() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    words = {*LEDGER_KINDS, *CONSENT, *APP, *SWITCHES, *map(str, Party), *map(str, Confidence)}
    words |= {"before_consent", "consented", "refused", "withdrawn", "proven", "assumed", "also_in_baseline"}
    assert not {word for word in words if f"`{word}`" not in text}
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| ") and not line.startswith("| word")]
    assert len(rows) > 50
    for row in rows:
        assert len(row) == 6, row
        assert all(cell.strip() for cell in row[1:5]), row
        assert re.search("[一-鿿]", row[4]), f"no Chinese meaning: {row[1].strip()}"
