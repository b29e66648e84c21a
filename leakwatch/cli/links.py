"""`leakwatch links`: which recipients could link identifiers, within a capture and across apps."""

from __future__ import annotations

from typing import Any

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows

_WITHIN = ("recipient", "party", "parent", "bridges", "resettable", "permanent", "identifiers", "together")
_ACROSS = ("company", "parent", "kind", "permanent", "apps", "captures", "leaks")


@click.command()
@click.option("--capture", default=None, help="Of this capture  [default: the newest]")
@click.option("--across", is_flag=True, help="Across all captures: who got the same value from different apps.")
@db_option()
@format_option()
def command(capture: str | None, across: bool, db: str | None, fmt: str) -> None:
    """Say who could link identifiers of the device and its user, because they received several of them.

    A recipient bridges where it got one that the user can reset (advertising id …) and one that nobody can (IMEI,
    MAC …): a reset is then undone. That somebody could link does not say that they do.
    """
    from leakwatch.store import Store, queries

    with Store.open(db, create=False) as store:
        if across:
            rows = list(queries.links_across(store))
            companies = len({row["company"] for row in rows})
            said = f"companies that could join the same person across apps: {companies}, by {len(rows)} values"
        else:
            name = queries.resolve_capture(store, capture)
            rows = list(queries.links(store, name))
            bridging = sum(row["bridges"] for row in rows)
            several = f"recipients with several identifiers: {len(rows)}"
            said = f"{name}: {several}; with a resettable and a permanent one: {bridging}"
    table = fmt == "table"
    columns = (_ACROSS if across else _WITHIN) if table else None
    print_rows(map(_shown, rows) if table else rows, fmt, columns)
    note(said)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row for people: lists as words, yes for true."""
    words = {True: "yes", False: ""}
    return {
        name: ", ".join(value) if isinstance(value, list) else words[value] if isinstance(value, bool) else value
        for name, value in row.items()
    }
