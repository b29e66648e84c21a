"""`leakwatch prove`: replay a leak from the profile's value and from the journal's bytes, or say where it breaks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leakwatch.cli.output import db_option, json_line, note, printable, shorten

if TYPE_CHECKING:
    from leakwatch.evidence import Proof

_SIDES = {"value": "from the value", "bytes": "from the stored bytes", "meeting": "where they meet"}
_SIGNS = {"checked": "✓", "replayed": "·", "failed": "✗"}
_WIDE = 56
"""Columns for an intermediate."""


@click.command()
@click.argument("leak")
@db_option()
@click.option("--journal-key", type=click.Path(dir_okay=False), help="Key file of an encrypted journal.")
@click.option("--reveal", is_flag=True, help="Print every intermediate as it is: personal data.")
@click.option("--commands", "as_commands", is_flag=True, help="Print the replay as shell lines for a stranger.")
@click.option("--message", type=click.Path(path_type=Path), metavar="FILE", help="Write the stored message there.")
@click.option("--format", "fmt", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    leak: str, db: str | None, journal_key: str | None, reveal: bool, as_commands: bool, message: Path | None, fmt: str
) -> None:
    """Replay LEAK (an unambiguous beginning of its id): each step from the value, and from the bytes in the journal.

    Steps marked ✓ were checked by code that the detector does not use, those marked · only replayed. Exit status: 0 it
    holds, 1 it breaks (the line says where), 2 wrong usage. --commands prints lines that need only openssl, base64,
    gzip and python3.
    """
    from leakwatch.evidence.commands import commands, gap
    from leakwatch.evidence.prove import prove, verdict
    from leakwatch.journal import load_key
    from leakwatch.store import Store, queries

    with Store.open(db, create=False) as store:
        record = queries.leak(store, leak)
        key_file = journal_key or queries.capture_facts(store, record["capture"]).get("journal_key")
        proof = prove(store, record["leak"], load_key(key_file) if key_file else None)
    if message is not None and proof.message:
        _write(message, proof.message)
    if as_commands:
        for line in commands(proof, reveal) if proof.holds else ():
            click.echo(line)
        if proof.holds and (why := gap(proof)):
            note(f"the commands do not replay all of it: {why}")
    elif fmt == "json":
        click.echo(json_line(proof.as_dict(reveal)))
    else:
        for line in _told(proof, reveal):
            click.echo(line)
    (note if as_commands or fmt == "json" else click.echo)(verdict(proof))
    raise SystemExit(0 if proof.holds else 1)


def _told(proof: Proof, reveal: bool) -> Iterator[str]:
    record = proof.record
    chain = " › ".join(record["chain"]) or "as it is"
    yield printable(f"leak {record['leak']}: {record['identifier']} {record['value']} in {record['location']}, {chain}")
    direction = "left the phone" if record["direction"] == "request" else "came back in a response: a server knows it"
    yield printable(f"{direction}; {record['host']} at {record['time']}")
    yield f"stored message: {proof.message_size} bytes, SHA-256 {proof.message_sha256}"
    side = ""
    wide = max((len(step.name) for step in proof.steps), default=0)
    for step in proof.steps:
        if step.side != side:
            side = step.side
            yield f"\n{_SIDES[side]}"
        shown = _revealed(step.data) if reveal and step.data else step.shown
        told = " · ".join(text for text in (step.detail, step.how) if text)
        yield printable(f"  {_SIGNS[step.status.value]} {step.name:<{wide}}  {shorten(shown, _WIDE):<{_WIDE}}  {told}")
    yield ""


def _revealed(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.hex()


def _write(path: Path, data: bytes) -> None:
    """Write personal data readable by its owner alone."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}") from None
