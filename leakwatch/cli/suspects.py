"""`leakwatch suspects`: values that look like identifiers and are none of the profile's."""

from __future__ import annotations

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows

_COLUMNS = ("time", "kind", "value", "key", "location", "host", "party", "company", "reason")


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
    from leakwatch.store import Store, queries

    with Store.open(db, create=False) as store:
        name = queries.resolve_capture(store, capture)
        found = queries.view(store, "v_suspects", name, order=("kind", "value_hmac", "time"))
        rows = [row for row in found if not kind or row["kind"] == kind]
    print_rows(rows, fmt, _COLUMNS if fmt == "table" else None)
    values = len({row["value_hmac"] for row in rows})
    note(f"{name}: {values} different values at {len(rows)} places look like identifiers; none is a leak by that")
