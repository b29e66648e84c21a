"""`leakwatch signatures`: ask and maintain the signatures of SDKs and companies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from leakwatch.cli.output import format_option, note, print_rows

MATCH_COLUMNS = ("input", "sdk", "sdk_name", "company", "parent", "country", "category", "party", "reason")
FOLDER = click.Path(exists=True, path_type=Path)

folders_option = click.option(
    "--signatures", "folders", multiple=True, type=FOLDER, metavar="DIR", help="More signatures; later ones win."
)


@click.group(name="signatures")
def command() -> None:
    """Ask and maintain the signatures of SDKs and companies."""


@command.command()
@click.argument("inputs", nargs=-1, metavar="URL|HOST…")
@folders_option
@click.option("--device", type=FOLDER, metavar="FILE", help="Device profile, for the app's first-party domains.")
@click.option("--app", metavar="PACKAGE", help="Package of the app: first party is seen from it.")
@format_option()
def match(inputs: tuple[str, ...], folders: tuple[Path, ...], device: Path | None, app: str | None, fmt: str) -> None:
    """Say who runs each URL or HOST; without any, read them from standard input, one a line, one answer each."""
    from leakwatch.attribution.match import match_rows

    print_rows(match_rows(inputs or _lines(), folders, device, app or ""), fmt, MATCH_COLUMNS)


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line[:65536].decode("utf-8", "replace").rstrip("\r\n")


@command.command()
@click.argument("paths", nargs=-1, type=FOLDER)
@folders_option
@click.option("--warnings/--no-warnings", default=False, help="Print doubts too, not only errors.")
@format_option()
def lint(paths: tuple[Path, ...], folders: tuple[Path, ...], warnings: bool, fmt: str) -> None:
    """Check the bundled signatures and `--signatures DIR`; with PATHS print only what concerns them. Errors: exit 1."""
    from leakwatch import resources
    from leakwatch.attribution.lint import lint_paths

    found = lint_paths([resources.folder("signatures"), *folders], paths)
    errors = [f for f in found if f.level == "error"]
    rows: list[dict[str, Any]] = [
        {"level": f.level, "rule": f.rule, "file": f.file.name, "subject": f.subject, "message": f.message}
        for f in (found if warnings else errors)
    ]
    print_rows(rows, fmt)
    note(f"{len(errors)} errors, {len(found) - len(errors)} warnings")
    if errors:
        raise click.exceptions.Exit(1)
