"""`leakwatch captures`: every stored capture and what was found in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows

COLUMNS = (
    "capture",
    "app",
    "started",
    "leaks",
    "identifiers",
    "companies",
    "before_consent",
    "readable",
    "flows",
    "source",
    "app_version",
    "device",
)


@click.command()
@db_option()
@format_option()
def command(db: str | None, fmt: str) -> None:
    """List the stored captures, oldest first.

    The first column, or an unambiguous beginning of it, is the CAPTURE that other commands take.
    """
    from leakwatch.store import Store, queries

    with Store.open(db, create=False) as store:
        rows = queries.captures(store)
        table = fmt == "table"
        count = print_rows(map(_shown, rows) if table else rows, fmt, COLUMNS if table else None)
    if not count:
        note("no capture is stored yet; make one with `leakwatch proxy` or `leakwatch scan --db`")


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row for people: the start to the minute, the readable share cut (not rounded), where the traffic came from."""
    share = "" if row["readable"] is None else f"{int(row['readable'] * 1000) / 10:g} %"
    source = PurePath(row["source_path"]).name or row["mode"]
    return {**row, "started": row["started"][:16].replace("T", " "), "readable": share, "source": source}
