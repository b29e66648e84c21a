"""`leakwatch signatures`: ask and maintain the signatures of SDKs and companies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows

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
@click.option("--mmdb", type=FOLDER, metavar="FILE", help="Where addresses are registered, by your own MMDB file.")
@format_option()
def match(
    inputs: tuple[str, ...],
    folders: tuple[Path, ...],
    device: Path | None,
    app: str | None,
    mmdb: Path | None,
    fmt: str,
) -> None:
    """Say who runs each URL or HOST; without any, read them from standard input, one a line, one answer each."""
    from leakwatch.attribution.match import match_rows

    print_rows(match_rows(inputs or _lines(), folders, device, app or "", mmdb), fmt, MATCH_COLUMNS)


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


@command.command("list")
@folders_option
@click.option("--category", metavar="WORD", help="Only this category.")
@click.option("--country", metavar="CC", help="Only companies of this country.")
@format_option()
def list_(folders: tuple[Path, ...], category: str | None, country: str | None, fmt: str) -> None:
    """List all SDKs."""
    from leakwatch.attribution.catalogue import listing, pack_of

    rows = (
        row
        for row in listing(pack_of(folders))
        if category in (None, row["category"]) and country in (None, row["country"])
    )
    print_rows(rows, fmt)


@command.command()
@click.argument("name", metavar="ID|NAME")
@folders_option
@click.option(
    "--format", "fmt", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True, help="How to print it."
)
def show(name: str, folders: tuple[Path, ...], fmt: str) -> None:
    """Show all that is known of an SDK or company, by id or by a name it bears."""
    from leakwatch.attribution.catalogue import details, pack_of
    from leakwatch.cli.output import json_line

    found = details(pack_of(folders), name)
    if fmt == "json":
        click.echo(json_line(found))
        return
    import yaml

    click.echo(yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=110), nl=False)


@command.command()
@folders_option
@format_option()
def stats(folders: tuple[Path, ...], fmt: str) -> None:
    """Count SDKs, hosts, references opened and recalled, and categories."""
    from leakwatch.attribution.catalogue import figures, pack_of

    print_rows(figures(pack_of(folders)), fmt)


@command.command()
@folders_option
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Where to write it.")
def page(folders: tuple[Path, ...], output: Path | None) -> None:
    """Write the whole pack as a page for people (`docs/signatures.md` is made so)."""
    from leakwatch.attribution.catalogue import pack_of
    from leakwatch.attribution.page import page as render

    text = render(pack_of(folders))
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@command.command()
@click.argument("old", type=FOLDER)
@click.argument("new", type=FOLDER)
@format_option()
def diff(old: Path, new: Path, fmt: str) -> None:
    """Say what differs between two folders of signatures."""
    from leakwatch.attribution.catalogue import difference
    from leakwatch.attribution.load import read_folders

    print_rows(difference(read_folders([old]), read_folders([new])), fmt, ("change", "kind", "id", "fields"))


@command.command("import")
@click.argument("form", metavar="FORMAT")
@click.argument("file", type=FOLDER)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Where to write.")
@click.option("--licence", default="", help="Licence of the data, kept in every file.  [default: the list's own]")
def import_(form: str, file: Path, output: Path, licence: str) -> None:
    """Turn a list of somebody else's into signatures for `--signatures DIR`.

    FORMAT: exodus, tracker-radar, disconnect, adblock (EasyPrivacy, AdGuard), trackercontrol, ghostery, hosts.
    """
    from leakwatch.attribution.importers import import_file

    sdks, hosts = import_file(form, file, output, licence)
    note(f"{sdks} SDKs, {hosts} hosts in {output}; use them with --signatures {output}")


@command.command()
@db_option()
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many domains.")
@click.option("--draft", "drafts", type=click.Path(path_type=Path), metavar="DIR", help="Write a draft YAML for each.")
@format_option()
def todo(db: str | None, limit: int, drafts: Path | None, fmt: str) -> None:
    """Rank the hosts that no signature names by what leaked to them."""
    from leakwatch.attribution.draft import draft, unknowns
    from leakwatch.store import Store, queries

    with Store.open(db) as store:
        found = unknowns(queries.leaks(store, {"party": ["unknown"]}))[:limit]
    if drafts is not None:
        drafts.mkdir(parents=True, exist_ok=True)
        for unknown in found:
            (drafts / f"{unknown.domain}.yaml").write_text(draft(unknown), encoding="utf-8")
        note(f"{len(found)} drafts in {drafts}: complete them, then `leakwatch signatures lint`")
    print_rows((unknown.row() for unknown in found), fmt)
