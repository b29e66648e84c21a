"""`leakwatch review`: a person's judgement of a leak; every one stays, the last one holds."""

from __future__ import annotations

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows

COLUMNS = ("leak", "verdict", "who", "time", "note")


@click.command()
@click.argument("leak", required=False)
@click.argument("verdict", required=False, type=click.Choice(["confirm", "reject"]))
@click.option("--who", default="", help="Who judges.")
@click.option("--note", "why", default="", help="Why.")
@db_option()
@format_option()
def command(leak: str | None, verdict: str | None, who: str, why: str, db: str | None, fmt: str) -> None:
    """Judge LEAK (an unambiguous beginning of its id): `confirm` or `reject`. A new analysis keeps the judgement.

    Without a verdict, list what was judged of LEAK; without LEAK, of all.
    """
    from leakwatch.store import Store, queries

    if (who or why) and not verdict:
        raise click.UsageError("--who and --note belong to a verdict: confirm or reject")
    with Store.open(db, create=False) as store:
        name = str(queries.leak(store, leak)["leak"]) if leak else None
        if verdict and name:
            store.review(name, verdict, who, why)
        count = print_rows(queries.reviews(store, name), fmt, COLUMNS)
    if not count:
        note("nothing was judged yet; leakwatch review LEAK confirm|reject does it")
