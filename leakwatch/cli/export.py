"""`leakwatch export`: a capture as a file that other tools read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from leakwatch.cli.output import db_option, note


@click.command()
@click.argument("capture")
@click.option("--format", "fmt", type=click.Choice(["mitm", "har"]), default="mitm", show_default=True,
              help="A mitmproxy flow file, or HAR 1.2 (HTTP and WebSocket only).")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE",
              help="Where to write it; readable for you only.")  # fmt: skip
@db_option()
@click.option("--evidence-dir", type=click.Path(path_type=Path), default=None, help="Where captures' folders are.")
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), default=None, metavar="KEYFILE",
              help="Key of an encrypted journal  [default: the one it was made with]")  # fmt: skip
def command(capture: str, fmt: str, output: Path, db: str | None, evidence_dir: Path | None, key: Path | None) -> None:
    """Write CAPTURE's journal as FILE. Nothing in it is masked: it is what the phone sent."""
    from leakwatch.capture.export import export
    from leakwatch.errors import JournalError
    from leakwatch.journal import load_key
    from leakwatch.store import Store, queries
    from leakwatch.store.messages import journals

    with Store.open(db, create=False, evidence_dir=evidence_dir) as store:
        name = queries.resolve_capture(store, capture)
        paths = journals(store, name)
        key_file = key or queries.capture_facts(store, name).get("journal_key")
    if not paths:
        raise JournalError(f"capture {name} has no journal here; was its folder moved or deleted?")
    count = export(_events(paths, load_key(key_file) if key_file else None), fmt, output)
    note(f"{count} flows of {name} written to {output}")


def _events(paths: list[Path], key: bytes | None) -> Iterator[Any]:
    from leakwatch.journal import read_journal

    for path in paths:
        for _, _, event in read_journal(path, 0, key):
            yield event
