"""`leakwatch coverage`: what leaked, what was not seen, and what could not be observed."""

from __future__ import annotations

import click

from leakwatch.cli.output import db_option, format_option, note, print_rows


@click.command()
@click.argument("capture", required=False)
@db_option()
@format_option()
def command(capture: str | None, db: str | None, fmt: str) -> None:
    """Print the coverage ledger of CAPTURE (default: the newest), then one honest sentence.

    The ledger says by host and phase what was read (decrypted, clear) and what was not, and why. Bytes are of messages:
    heads and bodies of what was read; of TLS that stayed closed its content, without handshakes.

    Verdicts are leaked, not seen, and not observable; "not seen" is not "does not send".
    """
    from leakwatch.store import Store, queries

    with Store.open(db, create=False) as store:
        result = queries.coverage(store, queries.resolve_capture(store, capture))
    columns = ("subject", "name", "kind", "phase", "verdict", "count", "bytes", "detail") if fmt == "table" else None
    print_rows(result.rows(), fmt, columns)
    note(result.sentence)
