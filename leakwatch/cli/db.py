"""`leakwatch db`: upgrade and check a database."""

from __future__ import annotations

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows


@click.group()
def command() -> None:
    """Upgrade and check a database."""


@command.command()
@db_option()
def upgrade(db: str | None) -> None:
    """Bring the database to this version's schema (every command does so when it opens an older one)."""
    from leakwatch.store import Store
    from leakwatch.store.schema import HEAD

    with Store.open(db, create=False) as store:
        note(f"database {store.where} is at schema {HEAD}")


@command.command()
@db_option()
@format_option()
def check(db: str | None, fmt: str) -> None:
    """Check integrity, references, schema, views, file modes and key; exit status 1 if anything is wrong."""
    from leakwatch.store import Store
    from leakwatch.store.check import check as run

    with Store.open(db, create=False) as store:
        results = run(store)
    print_rows(results, fmt)
    if not all(result["ok"] for result in results):
        raise click.exceptions.Exit(1)
