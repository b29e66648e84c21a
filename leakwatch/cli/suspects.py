"""`leakwatch suspects`: values that look like identifiers and are none of the profile's."""

from __future__ import annotations

from difflib import get_close_matches

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows
from leakwatch.errors import QueryError

_COLUMNS = ("kind", "value", "key", "host", "party", "company", "reason", "location", "time")


@click.command()
@click.argument("capture", required=False)
@db_option()
@click.option("--kind", default="", help="Only this type: imei, phone, id_card …")
@format_option()
def command(capture: str | None, db: str | None, kind: str, fmt: str) -> None:
    """List what in CAPTURE (default: the newest) looks like an identifier that the profile does not have.

    Suspects are hints, no leaks: nobody has shown that they belong to the device. Put one into the profile and run
    `leakwatch analyse`, and it is searched for in every form. Values are masked, always.
    """
    from leakwatch.identifiers.kinds import KINDS
    from leakwatch.store import Store, queries

    if kind and kind not in KINDS:
        near = get_close_matches(kind, KINDS, 1)
        hint = f"did you mean {near[0]!r}?" if near else "docs/identifiers.md lists them"
        raise QueryError(f"no identifier type is called {kind!r}; {hint}")
    with Store.open(db, create=False) as store:
        name = queries.resolve_capture(store, capture)
        found = queries.view(store, "v_suspects", name, order=("kind", "value_hmac", "time"))
        rows = [row for row in found if not kind or row["kind"] == kind]
    print_rows(rows, fmt, _COLUMNS if fmt == "table" else None)
    values = len({row["value_hmac"] for row in rows})
    if not rows:
        of = f" of type {kind}" if kind else ""
        note(f"{name}: nothing{of} looks like an identifier that the profile does not have")
        return
    note(
        f"{name}: {values} value{'s' if values > 1 else ''} at {len(rows)} place{'s' if len(rows) > 1 else ''} "
        f"that look like identifiers; none is counted as a leak"
    )
